package io.github.lstm4j.tasks;

import io.github.lstm4j.data.ClassificationErrors;
import io.github.lstm4j.data.Ranking;
import io.github.lstm4j.report.BarChart;
import io.github.lstm4j.report.Chart;
import io.github.lstm4j.report.Histogram;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.report.LineChart;
import io.github.lstm4j.report.ScatterChart;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** What there is to see of answers that are labels: of classes and of numbers. */
final class LabelPictures {
  private static final int MOST_CURVES = 3;
  private static final int MOST_CLASSES = 30;

  private LabelPictures() {}

  /** Which classes are taken for which, and what each threshold gives. */
  static void classes(HtmlPage page, ClassificationErrors errors, List<String> classes) {
    page.tiles(
        List.of(
            new HtmlPage.Tile("accuracy", ErrorsText.number(errors.accuracy()), ""),
            new HtmlPage.Tile(
                "balanced accuracy",
                ErrorsText.number(errors.balancedAccuracy()),
                String.format(Locale.ROOT, "chance: %.4f", 1.0 / classes.size())),
            new HtmlPage.Tile("ROC AUC", ErrorsText.number(errors.rocAuc()), "chance: 0.5"),
            new HtmlPage.Tile("log loss", ErrorsText.number(errors.logLoss()), "")));
    page.section("Confusion matrix");
    int shown = Math.min(MOST_CLASSES, classes.size());
    page.paragraph(
        "How many samples of each class, a line each, were predicted to be of which."
            + (shown < classes.size() ? " The first " + shown + " classes." : ""));
    List<String> header = new ArrayList<>(List.of("actual \\ predicted"));
    header.addAll(classes.subList(0, shown));
    List<List<String>> rows = new ArrayList<>();
    for (int c = 0; c < shown; c++) {
      List<String> row = new ArrayList<>(List.of(classes.get(c)));
      for (int p = 0; p < shown; p++) {
        row.add(String.valueOf(errors.confusion(c, p)));
      }
      rows.add(row);
    }
    page.numbers(header, rows);
    page.chart(
        new BarChart(
                "Precision and recall",
                "Precision and recall of each class.",
                "share",
                classes.subList(0, shown))
            .bars("precision", "s1", each(shown, errors::precision))
            .bars("recall", "s3", each(shown, errors::recall)),
        "");
    List<Chart> curves = new ArrayList<>();
    int first = classes.size() == 2 ? 1 : 0;
    for (int c = first; c < Math.min(classes.size(), first + MOST_CURVES); c++) {
      Ranking ranking = errors.ranking(c);
      if (ranking.positives() > 0 && ranking.negatives() > 0) {
        curves.add(roc(ranking, classes.get(c)));
        curves.add(precision(ranking, classes.get(c)));
      }
    }
    if (!curves.isEmpty()) {
      page.section("Thresholds");
      page.charts(curves);
    }
  }

  private static List<Double> each(int classes, IntToDoubleFunction of) {
    return IntStream.range(0, classes).mapToObj(c -> of.applyAsDouble(c)).toList();
  }

  /** True positives over false positives, from no sample to all. */
  static Chart roc(Ranking ranking, String name) {
    int points = ranking.cuts().size() + 1;
    double[] across = new double[points];
    double[] up = new double[points];
    for (int i = 1; i < points; i++) {
      Ranking.Cut cut = ranking.cuts().get(i - 1);
      across[i] = cut.falsePositives() / (double) ranking.negatives();
      up[i] = cut.truePositives() / (double) ranking.positives();
    }
    return new LineChart(
            "ROC curve, " + name,
            String.format(Locale.ROOT, "The area under it is %.4f.", ranking.rocAuc()),
            "true positives, share")
        .places(across)
        .along("false positives, share")
        .fromZero()
        .line("model", "s1", up)
        .line("chance", "ink", across);
  }

  private static Chart precision(Ranking ranking, String name) {
    int points = ranking.cuts().size();
    double[] recall = new double[points];
    double[] precision = new double[points];
    double[] chance = new double[points];
    for (int i = 0; i < points; i++) {
      Ranking.Cut cut = ranking.cuts().get(i);
      recall[i] = cut.truePositives() / (double) ranking.positives();
      precision[i] = cut.truePositives() / (double) (cut.truePositives() + cut.falsePositives());
      chance[i] = ranking.positives() / (double) (ranking.positives() + ranking.negatives());
    }
    return new LineChart(
            "Precision and recall, " + name,
            String.format(
                Locale.ROOT, "The average precision is %.4f.", ranking.averagePrecision()),
            "precision")
        .places(recall)
        .along("recall")
        .fromZero()
        .line("model", "s1", precision)
        .line("chance", "ink", chance);
  }

  /** Predicted against actual, and how the residuals are spread. */
  static void numbers(HtmlPage page, double[] predicted, double[] actual) {
    double[] residuals = new double[actual.length];
    Arrays.setAll(residuals, n -> predicted[n] - actual[n]);
    page.section("Predicted against actual");
    page.charts(
        List.of(
            new ScatterChart(
                "Predicted against actual",
                "On the dotted line the prediction is right; " + actual.length + " points.",
                "actual",
                "predicted",
                actual,
                predicted),
            new Histogram(
                "Residuals",
                "How often residuals of each size come.",
                "predicted − actual",
                residuals)));
  }
}
