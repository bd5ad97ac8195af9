package io.github.lstm4j.tasks;

import io.github.lstm4j.data.ForecastErrors;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.report.BarChart;
import io.github.lstm4j.report.BoxChart;
import io.github.lstm4j.report.Chart;
import io.github.lstm4j.report.Histogram;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.report.LineChart;
import io.github.lstm4j.report.ScatterChart;
import java.time.DayOfWeek;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.ZoneOffset;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * What there is to see of forecasts: beside what came, and how the residuals, forecast less actual,
 * are spread over time, hours, days of the week, months and groups.
 */
public final class ForecastPictures {
  private static final int MOST_OUTPUTS = 3;
  private static final int MOST_GROUPS = 30;
  private static final double DAY = 86_400;

  private final HtmlPage page;
  private final Table results;
  private final double[] actual;
  private final double[] forecast;
  private final boolean dated;
  private final Map<String, int[]> outputs = new LinkedHashMap<>(); // name to rows of the results

  /**
   * @param page gets the pictures
   * @param results as {@link ForecastSamples#results} gives them
   */
  public ForecastPictures(HtmlPage page, Table results) {
    this.page = page;
    this.results = results;
    this.actual = results.numbers("actual");
    this.forecast = results.numbers("forecast");
    this.dated = results.has("time") && results.timeFormat("time").hasDate();
    Map<String, List<Integer>> rows = new LinkedHashMap<>();
    for (int row = 0; row < results.rows(); row++) {
      String name = results.text("target", row) + "+" + results.text("horizon", row);
      rows.computeIfAbsent(name, n -> new ArrayList<>()).add(row);
    }
    rows.forEach(
        (name, list) -> outputs.put(name, list.stream().mapToInt(Integer::intValue).toArray()));
  }

  /** The first sections: how large the errors are beside those of simpler methods. */
  public void errors(Comparison comparison) {
    List<String> names = List.copyOf(outputs.keySet());
    ForecastErrors model = comparison.methods().get(Comparison.MODEL);
    List<HtmlPage.Tile> tiles = new ArrayList<>();
    for (int k = 0; k < Math.min(6, names.size()); k++) {
      double skill = comparison.skill(k);
      tiles.add(
          new HtmlPage.Tile(
              "RMSE of " + names.get(k),
              number(model.rmse().get(k)),
              Double.isFinite(skill)
                  ? text("%.1f %% %s persistence", Math.abs(skill), skill < 0 ? "above" : "below")
                  : ""));
    }
    page.tiles(tiles);
    page.section("Error by horizon");
    BarChart bars =
        new BarChart(
            "Root mean squared error",
            "RMSE of the model and of simpler methods: " + names + ".",
            "RMSE; lower is better",
            names);
    List<String> colours = List.of("s1", "ink", "s3");
    List<List<String>> rows = new ArrayList<>();
    int i = 0;
    for (Map.Entry<String, ForecastErrors> method : comparison.methods().entrySet()) {
      bars.bars(method.getKey(), colours.get(i++), method.getValue().rmse());
    }
    page.chart(bars, comparison.note());
    for (int k = 0; k < names.size(); k++) {
      for (Map.Entry<String, ForecastErrors> method : comparison.methods().entrySet()) {
        boolean told =
            method.getKey().equals(Comparison.MODEL) && Double.isFinite(comparison.skill(k));
        rows.add(
            List.of(
                names.get(k),
                method.getKey(),
                number(method.getValue().rmse().get(k)),
                number(method.getValue().mae().get(k)),
                told ? text("%.1f", comparison.skill(k)) : ""));
      }
    }
    page.numbers(List.of("Output", "Method", "RMSE", "MAE", "Skill, %"), rows);
  }

  /** All further sections. */
  public void all() {
    List<String> drawn = drawn();
    if (drawn.size() < outputs.size()) {
      page.paragraph(
          text("Of %d outputs these are drawn: %s.", outputs.size(), String.join(", ", drawn)));
    }
    page.section("Forecast and truth over time");
    drawn.forEach(this::overTime);
    page.section("Predicted against actual");
    page.charts(drawn.stream().map(this::scatter).toList());
    page.section("Residuals");
    page.paragraph("Forecast less actual: above zero the forecast was too high.");
    drawn.forEach(this::residualsOverTime);
    page.charts(drawn.stream().map(this::histogram).toList());
    if (dated) {
      calendar(drawn);
    }
    if (results.has("group")) {
      groups(drawn);
    }
  }

  /** The first, the middle and the last. */
  private List<String> drawn() {
    List<String> all = List.copyOf(outputs.keySet());
    if (all.size() <= MOST_OUTPUTS) {
      return all;
    }
    return List.of(all.get(0), all.get(all.size() / 2), all.get(all.size() - 1));
  }

  /** The rows of an output that one line can show: those of the first group. */
  private int[] line(String output) {
    int[] rows = outputs.get(output);
    if (!results.has("group") || rows.length == 0) {
      return rows;
    }
    String first = results.text("group", rows[0]);
    return Arrays.stream(rows)
        .filter(row -> String.valueOf(first).equals(String.valueOf(results.text("group", row))))
        .toArray();
  }

  private String ofGroup(int[] rows) {
    return results.has("group") && rows.length > 0
        ? ", group " + results.text("group", rows[0])
        : "";
  }

  /** Along the time, or the rows if there is none; where rows are missing, with a gap. */
  private LineChart placed(LineChart chart, int[] rows, Map<String, double[]> lines) {
    double[] places = new double[rows.length];
    double[] times = results.has("time") ? results.times("time") : null;
    double[] last = results.numbers("row");
    double[] ahead = results.numbers("horizon");
    Arrays.setAll(places, i -> times == null ? last[rows[i]] + ahead[rows[i]] : times[rows[i]]);
    int[] at = withGaps(places);
    double[] at2 =
        Arrays.stream(at).mapToDouble(i -> i >= 0 ? places[i] : between(places, ~i)).toArray();
    List<String> colours = List.of("ink", "s1", "s2");
    if (dated) {
      chart.times(at2);
    } else {
      chart.places(at2).along(times == null ? "row" : "time");
    }
    int colour = lines.size() == 1 ? 1 : 0;
    for (Map.Entry<String, double[]> line : lines.entrySet()) {
      chart.line(line.getKey(), colours.get(colour++), spread(line.getValue(), rows, at));
    }
    if (results.has("lower") && lines.size() > 1) {
      chart.band(
          "interval",
          "s1",
          spread(results.numbers("lower"), rows, at),
          spread(results.numbers("upper"), rows, at));
    }
    return chart;
  }

  private static double between(double[] places, int before) {
    return (places[before] + places[before + 1]) / 2;
  }

  /** The numbers of the points, and between two that lie far apart ~ the number of the first. */
  private static int[] withGaps(double[] places) {
    double[] steps = new double[Math.max(0, places.length - 1)];
    Arrays.setAll(steps, i -> places[i + 1] - places[i]);
    double[] sorted = steps.clone();
    Arrays.sort(sorted);
    double usual = sorted.length == 0 ? 0 : sorted[sorted.length / 2];
    IntStream.Builder all = IntStream.builder();
    for (int i = 0; i < places.length; i++) {
      all.add(i);
      if (i < steps.length && steps[i] > 1.5 * usual) {
        all.add(~i);
      }
    }
    return all.build().toArray();
  }

  private static double[] spread(double[] values, int[] rows, int[] at) {
    return Arrays.stream(at).mapToDouble(i -> i >= 0 ? values[rows[i]] : Double.NaN).toArray();
  }

  private void overTime(String output) {
    int[] rows = line(output);
    Map<String, double[]> lines = new LinkedHashMap<>();
    lines.put("actual", actual);
    lines.put("forecast", forecast);
    LineChart chart =
        new LineChart(
            "Forecast " + output + ofGroup(rows),
            text("What was forecast for %s beside what came, %d points.", output, rows.length),
            target(rows));
    page.chart(placed(chart, rows, lines), "Drag to zoom, double-click to show all.");
  }

  private String target(int[] rows) {
    return rows.length == 0 ? "" : results.text("target", rows[0]);
  }

  private Chart scatter(String output) {
    int[] rows = outputs.get(output);
    return new ScatterChart(
        "Predicted against actual, " + output,
        text("On the dotted line the forecast is right; %d points.", rows.length),
        "actual",
        "forecast",
        Arrays.stream(rows).mapToDouble(row -> actual[row]).toArray(),
        Arrays.stream(rows).mapToDouble(row -> forecast[row]).toArray());
  }

  private double[] residuals() {
    double[] residuals = new double[actual.length];
    Arrays.setAll(residuals, row -> forecast[row] - actual[row]);
    return residuals;
  }

  private double[] residuals(int[] rows) {
    return Arrays.stream(rows).mapToDouble(row -> forecast[row] - actual[row]).toArray();
  }

  private void residualsOverTime(String output) {
    int[] rows = line(output);
    LineChart chart =
        new LineChart(
            "Residuals over time, " + output + ofGroup(rows),
            "Forecast less actual of " + output + " over time.",
            "forecast − actual");
    page.chart(placed(chart, rows, Map.of("residual", residuals())), "");
  }

  private Chart histogram(String output) {
    double[] residuals = residuals(outputs.get(output));
    double[] known = Arrays.stream(residuals).filter(Double::isFinite).toArray();
    double mean = Arrays.stream(known).average().orElse(Double.NaN);
    return new Histogram(
        "Residuals, " + output,
        text("How often residuals of each size come; their mean is %.4g.", mean),
        "forecast − actual",
        residuals);
  }

  private void calendar(List<String> drawn) {
    double[] clock = results.localTimes("time");
    List<LocalDateTime> times =
        Arrays.stream(clock)
            .mapToObj(s -> LocalDateTime.ofEpochSecond((long) Math.floor(s), 0, ZoneOffset.UTC))
            .toList();
    double span = Arrays.stream(clock).max().orElse(0) - Arrays.stream(clock).min().orElse(0);
    boolean hours = times.stream().mapToInt(LocalDateTime::getHour).distinct().count() > 1;
    boolean days = times.stream().map(LocalDateTime::getDayOfWeek).distinct().count() > 2;
    List<Chart> charts = new ArrayList<>();
    for (String output : drawn) {
      if (hours) {
        charts.add(
            boxes(output, "hour of the day", 24, i -> times.get(i).getHour(), String::valueOf));
      }
      if (days) {
        charts.add(
            boxes(
                output,
                "weekday",
                7,
                i -> times.get(i).getDayOfWeek().getValue() - 1,
                d -> DayOfWeek.of(d + 1).getDisplayName(TextStyle.SHORT, Locale.ROOT)));
      }
      if (span > 60 * DAY) {
        charts.add(
            boxes(
                output,
                "month",
                12,
                i -> times.get(i).getMonthValue() - 1,
                m -> Month.of(m + 1).getDisplayName(TextStyle.SHORT, Locale.ROOT)));
      }
    }
    if (!charts.isEmpty()) {
      page.section("Residuals by hour, weekday and month");
      page.paragraph(
          "A box holds the middle half of the residuals, its line the median; nine of ten lie along"
              + " the stem.");
      page.charts(charts);
    }
  }

  private Chart boxes(
      String output,
      String along,
      int count,
      ToIntFunction<Integer> boxOf,
      IntFunction<String> name) {
    Map<Integer, List<Double>> byBox = new LinkedHashMap<>();
    for (int row : outputs.get(output)) {
      byBox
          .computeIfAbsent(boxOf.applyAsInt(row), b -> new ArrayList<>())
          .add(forecast[row] - actual[row]);
    }
    BoxChart chart =
        new BoxChart(
                "Residuals by " + along + ", " + output,
                "The residuals of " + output + " for each " + along + ".",
                "forecast − actual")
            .along(along);
    for (int b = 0; b < count; b++) {
      List<Double> values = byBox.getOrDefault(b, List.of());
      chart.box(name.apply(b), values.stream().mapToDouble(Double::doubleValue).toArray());
    }
    return chart;
  }

  private void groups(List<String> drawn) {
    page.section("Error by group");
    for (String output : drawn) {
      Map<String, List<Double>> byGroup = new LinkedHashMap<>();
      for (int row : outputs.get(output)) {
        double residual = forecast[row] - actual[row];
        if (!Double.isNaN(residual)) {
          byGroup
              .computeIfAbsent(String.valueOf(results.text("group", row)), g -> new ArrayList<>())
              .add(residual);
        }
      }
      List<String> worst =
          byGroup.keySet().stream()
              .sorted((a, b) -> Double.compare(rmse(byGroup.get(b)), rmse(byGroup.get(a))))
              .limit(MOST_GROUPS)
              .toList();
      List<List<String>> rows = new ArrayList<>();
      for (String group : worst) {
        List<Double> residuals = byGroup.get(group);
        double mean = residuals.stream().mapToDouble(Math::abs).average().orElse(Double.NaN);
        rows.add(
            List.of(group, text("%,d", residuals.size()), number(rmse(residuals)), number(mean)));
      }
      page.chart(
          new BarChart(
                  "RMSE by group, " + output,
                  "The model's error of " + output + " in each group, the largest first.",
                  "RMSE",
                  worst)
              .bars("model", "s1", worst.stream().map(g -> rmse(byGroup.get(g))).toList()),
          byGroup.size() > worst.size()
              ? text("The %d groups with the largest error of %d.", worst.size(), byGroup.size())
              : "");
      page.numbers(List.of("Group", "Forecasts of " + output, "RMSE", "MAE"), rows);
    }
  }

  private static double rmse(List<Double> residuals) {
    return Math.sqrt(residuals.stream().mapToDouble(r -> r * r).average().orElse(Double.NaN));
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "none" : text("%.4g", value);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
