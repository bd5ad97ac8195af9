package io.github.lstm4j.tasks;

import io.github.lstm4j.data.ClassificationErrors;
import io.github.lstm4j.data.Ranking;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.report.BarChart;
import io.github.lstm4j.report.Histogram;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.report.LineChart;
import io.github.lstm4j.report.ScatterChart;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** What there is to see of labels, numbers and scores that a model gives. */
public final class AnswerPictures {
  private static final int STEPS = 200; // of a ROC curve
  private static final int MOST_CLASSES = 6; // with a curve

  private AnswerPictures() {}

  /** Which classes are taken for which, how well each is found, and the ROC curves. */
  public static void classes(HtmlPage page, ClassificationErrors errors, List<String> names) {
    page.section("Confusion matrix");
    List<String> header = new ArrayList<>(List.of("Actual ↓, predicted →"));
    header.addAll(names);
    List<List<String>> rows = new ArrayList<>();
    for (int truth = 0; truth < names.size(); truth++) {
      List<String> row = new ArrayList<>(List.of(names.get(truth)));
      for (int predicted = 0; predicted < names.size(); predicted++) {
        row.add(String.format(Locale.ROOT, "%,d", errors.confusion(truth, predicted)));
      }
      rows.add(row);
    }
    page.numbers(header, rows);
    page.chart(
        new BarChart("Found by class", "Recall and precision of each class.", "share", names)
            .bars("recall", "s1", each(names.size(), errors::recall))
            .bars("precision", "s3", each(names.size(), errors::precision)),
        "Recall: of those that are of the class, how many are found; precision: of those that are"
            + " said to be, how many are.");
    Map<String, Ranking> curves = new LinkedHashMap<>();
    int first = names.size() == 2 ? 1 : 0; // the other curve is the same, mirrored
    for (int c = first; c < Math.min(names.size(), MOST_CLASSES); c++) {
      curves.put(names.get(c), errors.ranking(c));
    }
    roc(page, curves);
  }

  private interface Measure {
    double of(int number);
  }

  private static List<Double> each(int count, Measure measure) {
    return IntStream.range(0, count).mapToObj(measure::of).toList();
  }

  /** How many positives are found at the price of how many false alarms, whatever the threshold. */
  static void roc(HtmlPage page, Map<String, Ranking> curves) {
    double[] rates = new double[STEPS + 1];
    Arrays.setAll(rates, i -> (double) i / STEPS);
    LineChart chart =
        new LineChart(
                "ROC curve",
                "The share of positives that is found, by the share of negatives that is taken for"
                    + " positive.",
                "true positive rate")
            .places(rates)
            .along("false positive rate")
            .line("by chance", "ink", rates);
    int colour = 1;
    for (Map.Entry<String, Ranking> curve : curves.entrySet()) {
      Ranking ranking = curve.getValue();
      if (ranking.positives() > 0 && ranking.negatives() > 0) {
        chart.line(
            String.format(Locale.ROOT, "%s (area %.3f)", curve.getKey(), ranking.rocAuc()),
            "s" + colour++,
            found(ranking, rates));
      }
    }
    page.section("ROC curve");
    page.chart(
        chart, "The area under a curve is 0.5 by chance, and 1 if no negative comes before.");
  }

  /** The rate of true positives at each rate of false ones, straight between two thresholds. */
  private static double[] found(Ranking ranking, double[] rates) {
    double[] found = new double[rates.length];
    double x = 0;
    double y = 0;
    int at = 0;
    for (Ranking.Cut cut : ranking.cuts()) {
      double nextX = (double) cut.falsePositives() / ranking.negatives();
      double nextY = (double) cut.truePositives() / ranking.positives();
      while (at < rates.length && rates[at] < nextX) {
        found[at] = y + (rates[at] - x) / (nextX - x) * (nextY - y);
        at++;
      }
      x = nextX;
      y = nextY;
    }
    Arrays.fill(found, at, found.length, 1);
    return found;
  }

  /** Predicted numbers against actual ones. */
  static void numbers(HtmlPage page, double[] predicted, double[] actual) {
    double[] residuals = new double[actual.length];
    Arrays.setAll(residuals, n -> predicted[n] - actual[n]);
    page.section("Predicted against actual");
    page.charts(
        List.of(
            new ScatterChart(
                "Predicted against actual",
                "On the dotted line the prediction is right.",
                "actual",
                "predicted",
                actual,
                predicted),
            new Histogram(
                "Residuals",
                "How often predicted less actual is of each size.",
                "predicted − actual",
                residuals)));
  }

  /**
   * The score of each row beside the threshold.
   *
   * @param results with a column {@code score}
   */
  static void scores(HtmlPage page, Table results, double threshold) {
    page.section("Score over time");
    Map<String, Table> series =
        results.has(TableInputs.GROUP)
            ? results.groups(TableInputs.GROUP)
            : new LinkedHashMap<>(Map.of("", results));
    Map.Entry<String, Table> first = series.entrySet().iterator().next();
    Table shown = first.getValue();
    double[] scores = shown.numbers("score");
    double[] limit = new double[scores.length];
    Arrays.fill(limit, threshold);
    boolean dated = shown.has(TableInputs.TIME) && shown.timeFormat(TableInputs.TIME).hasDate();
    LineChart chart =
        new LineChart(
                "Score" + (series.size() > 1 ? ", group " + first.getKey() : ""),
                "The score of each row, and the threshold above which a row is an anomaly.",
                "score")
            .line("score", "s1", scores)
            .line("threshold", "s2", limit)
            .fromZero();
    if (dated) {
      chart.times(shown.times(TableInputs.TIME));
    } else {
      chart.places(shown.numbers("row")).along("row");
    }
    page.chart(
        chart,
        series.size() > 1
            ? "The first of " + series.size() + " groups. Drag to zoom, double-click to show all."
            : "Drag to zoom, double-click to show all.");
    page.chart(
        new Histogram(
            "Scores", "How often scores of each size come.", "score", results.numbers("score")),
        String.format(Locale.ROOT, "The threshold is %.4g.", threshold));
  }
}
