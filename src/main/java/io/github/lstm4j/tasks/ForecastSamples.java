package io.github.lstm4j.tasks;

import io.github.lstm4j.data.ForecastErrors;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.IntervalErrors;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Segments;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.TimeFormat;
import io.github.lstm4j.data.Windows;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * Windows of a table, N of them, with what followed. Only the table is held in memory; a window is
 * cut when its batch is needed.
 */
public final class ForecastSamples implements TaskSamples {
  private static final int MOST_GROUPS = 20; // that are printed
  private static final int MOST_COLUMNS = 3;
  private static final int QUANTILES = 3; // of a value with an interval: its ends, the median

  private final ForecastTask task;
  private final Windows windows;
  private final int[] starts;
  private final Table table;
  private final double[] rowNumbers;
  private final Segments segments;
  private final Tensor inputs; // (rows, F), scaled
  private final Frame measured; // (rows, K); null if the table lacks the targets
  private final Tensor targets; // the same, scaled; null if the truth was not asked for
  private final double[] last; // last known values of the targets (N, K); empty if not needed
  private final int season;

  /**
   * @param targets the targets' columns, scaled, or null if the truth is not asked for
   */
  ForecastSamples(ForecastTask task, Frame frame, Windows windows, int[] starts, Tensor targets) {
    this.task = task;
    this.windows = windows;
    this.starts = starts;
    this.table = frame.table();
    this.rowNumbers = table.rowNumbers();
    this.segments = task.inputs().segments(table);
    this.inputs = task.inputs().scaled(frame);
    this.measured = hasTargets() ? ForecastTask.measured(table, task.targetNames()) : null;
    this.targets = targets;
    this.last = task.change() ? lastKnown(frame) : new double[0];
    this.season = task.inputs().season(table);
  }

  /** A file that is forecast from need not have the targets. */
  private boolean hasTargets() {
    return task.targetNames().stream().allMatch(t -> table.has(t) && !table.isCategorical(t));
  }

  private double[] lastKnown(Frame frame) {
    int width = frame.names().size();
    List<String> names = task.targetNames();
    double[] known = new double[starts.length * names.size()];
    for (int j = 0; j < names.size(); j++) {
      int column = task.inputs().features().indexOf(names.get(j));
      for (int n = 0; n < starts.length; n++) {
        known[n * names.size() + j] = frame.values()[windows.lastRow(starts[n]) * width + column];
      }
    }
    return known;
  }

  @Override
  public int size() {
    return starts.length;
  }

  @Override
  public String describe() {
    return String.format(Locale.ROOT, "%,d windows", starts.length);
  }

  @Override
  public ForecastTask calibrated(Function<BatchSource, Tensor> model) {
    return task;
  }

  /** Inputs {@code (N, T, F)} and, where the truth was asked for, targets {@code (N, H·K)}. */
  @Override
  public BatchSource source() {
    return BatchSource.of(starts.length, this::batch);
  }

  private Batch batch(int[] numbers) {
    Tensor x = windows.inputs(inputs, startsOf(numbers));
    return targets == null ? Batch.of(x) : Batch.of(x, targets(numbers));
  }

  private int[] startsOf(int[] numbers) {
    return Arrays.stream(numbers).map(n -> starts[n]).toArray();
  }

  /** What the model learns for the windows of these numbers: {@code (n, H·K)}. */
  Tensor targets(int[] numbers) {
    Tensor y = windows.targets(targets, startsOf(numbers));
    int outputs = y.dim(1);
    for (int at = 0; task.change() && at < y.size(); at++) {
      int k = at % targetCount();
      double known = last[numbers[at / outputs] * targetCount() + k];
      y.data()[at] -= (float) scaleOf(numbers[at / outputs], k).apply(known);
    }
    return y;
  }

  private int targetCount() {
    return task.targets().names().size();
  }

  /** The scale of a target in window {@code n}. */
  private Normalizer.Column scaleOf(int n, int target) {
    Normalizer scale = task.targets().of(table, task.inputs().group(), windows.lastRow(starts[n]));
    return scale.columns().get(target);
  }

  @Override
  public int lastRow(int n) {
    return (int) rowNumbers[windows.lastRow(starts[n])];
  }

  /**
   * Outputs of the model in the unit of the table; of those with an interval the median.
   *
   * @param outputs (N, H·K), or (N, H·K·3)
   * @return (N, H·K), row-major
   */
  public double[] forecasts(Tensor outputs) {
    return inverted(outputs, QUANTILES / 2);
  }

  /**
   * The lower ends of the intervals, in the unit of the table; as {@link #forecasts}.
   *
   * @return null if the task has no intervals
   */
  public double[] lower(Tensor outputs) {
    return task.interval() == null ? null : inverted(outputs, 0);
  }

  /**
   * The upper ends of the intervals, in the unit of the table; as {@link #forecasts}.
   *
   * @return null if the task has no intervals
   */
  public double[] upper(Tensor outputs) {
    return task.interval() == null ? null : inverted(outputs, QUANTILES - 1);
  }

  /**
   * @param rank which of the outputs of a value, from the smallest: a model that has learnt little
   *     may give a higher quantile a smaller number than a lower one
   */
  private double[] inverted(Tensor outputs, int rank) {
    int each = task.interval() == null ? 1 : QUANTILES;
    int values = task.outputNames().size();
    double[] out = new double[outputs.size() / each];
    double[] sorted = new double[each];
    for (int at = 0; at < out.length; at++) {
      int k = at % targetCount();
      Normalizer.Column target = scaleOf(at / values, k);
      for (int q = 0; q < each; q++) {
        double value = outputs.data()[at * each + q];
        sorted[q] =
            task.change()
                ? value * target.scale() + last[at / values * targetCount() + k]
                : target.invert(value);
      }
      Arrays.sort(sorted);
      out[at] = sorted[Math.min(rank, each - 1)];
    }
    return out;
  }

  /** A forecast for every window, horizon and target, in this order. */
  private double[] each(ForEach forecast) {
    int k = targetCount();
    int outputs = task.horizons().size() * k;
    double[] out = new double[starts.length * outputs];
    for (int at = 0; at < out.length; at++) {
      int row = windows.lastRow(starts[at / outputs]);
      out[at] = forecast.of(row, task.horizons().get(at % outputs / k), at % k);
    }
    return out;
  }

  /** What is forecast from a window's last row, for a horizon and a target. */
  private interface ForEach {
    double of(int lastRow, int horizon, int target);
  }

  /** A target in a row that lies in one stretch with another; NaN if it does not, or is unknown. */
  private double known(int from, int row, int target) {
    boolean there = measured != null && row >= 0 && row < segments.rows();
    return there && segments.together(Math.min(from, row), Math.max(from, row))
        ? measured.values()[row * targetCount() + target]
        : Double.NaN;
  }

  /** What followed, in the unit of the table: (N, H·K), row-major; NaN where it is not known. */
  public double[] actual() {
    return each((row, horizon, target) -> known(row, row + horizon, target));
  }

  /** The forecast that nothing changes: (N, H·K), row-major; NaN where it is not known. */
  public double[] persistence() {
    return each((row, horizon, target) -> known(row, row, target));
  }

  /**
   * The forecast that all is as it was one season before, or as many seasons as it takes to get to
   * what was known: (N, H·K), row-major; NaN where it is not known.
   *
   * @param season in rows
   */
  public double[] seasonal(int season) {
    return each(
        (row, horizon, target) -> {
          long back = (long) season * ((horizon + season - 1L) / season);
          return back > row + horizon
              ? Double.NaN
              : known(row, (int) (row + horizon - back), target);
        });
  }

  /** The row and time that each forecast is about, what is forecast, and what came. */
  @Override
  public Table results(Tensor outputs) {
    int k = targetCount();
    int perWindow = task.horizons().size() * k;
    int count = starts.length * perWindow;
    int[] last = new int[count];
    double[] horizons = new double[count];
    List<String> names = new ArrayList<>(count);
    for (int at = 0; at < count; at++) {
      last[at] = windows.lastRow(starts[at / perWindow]);
      horizons[at] = task.horizons().get(at % perWindow / k);
      names.add(task.targetNames().get(at % k));
    }
    Table results = task.inputs().keys(table, last);
    if (results.has(TableInputs.TIME)) { // of what is forecast, not of the window
      results = results.withTimes(TableInputs.TIME, times(), results.timeFormat(TableInputs.TIME));
    }
    results =
        results
            .withCategories("target", names)
            .with("horizon", horizons)
            .with("forecast", forecasts(outputs));
    if (task.interval() != null) {
      results = results.with("lower", lower(outputs)).with("upper", upper(outputs));
    }
    return results.with("actual", actual());
  }

  /** When what is forecast will be: (N, H·K), row-major, in seconds. */
  private double[] times() {
    String column = task.inputs().time();
    double[] times = table.times(column);
    TimeFormat format = table.timeFormat(column);
    return each(
        (row, horizon, target) -> {
          boolean there = row + horizon < times.length && segments.together(row, row + horizon);
          return there
              ? times[row + horizon]
              : task.inputs().timeAfter(times[row], horizon, format);
        });
  }

  /** How far the model's outputs for these windows are off, in the unit of the table. */
  public ForecastErrors errors(Tensor outputs) {
    return ForecastErrors.of(forecasts(outputs), actual(), task.outputNames().size());
  }

  /** What the intervals are worth; null if the task has none. */
  public IntervalErrors intervalErrors(Tensor outputs) {
    return task.interval() == null
        ? null
        : IntervalErrors.of(lower(outputs), upper(outputs), actual(), task.outputNames().size());
  }

  /** A row for each window with its forecasts, horizon by horizon. */
  @Override
  public double[][] numbers(Tensor outputs) {
    double[] forecasts = forecasts(outputs);
    int width = task.outputNames().size();
    double[][] rows = new double[starts.length][];
    Arrays.setAll(rows, n -> Arrays.copyOfRange(forecasts, n * width, (n + 1) * width));
    return rows;
  }

  private ForecastSamples(ForecastSamples other, int season) {
    this.task = other.task;
    this.windows = other.windows;
    this.starts = other.starts;
    this.table = other.table;
    this.rowNumbers = other.rowNumbers;
    this.segments = other.segments;
    this.inputs = other.inputs;
    this.measured = other.measured;
    this.targets = other.targets;
    this.last = other.last;
    this.season = season;
  }

  /**
   * The same windows, measured beside a seasonal naive of that season.
   *
   * @param rows of a season; 0: none. Without it as the time step suggests: a day of hours, a week
   *     of days, a year of weeks or months
   */
  public ForecastSamples season(int rows) {
    return new ForecastSamples(this, rows);
  }

  /** The model beside what needs no model. */
  public Comparison comparison(Tensor outputs) {
    Map<String, double[]> others = new LinkedHashMap<>();
    others.put(Comparison.PERSISTENCE, persistence());
    if (season > 0) {
      others.put(Comparison.SEASONAL, seasonal(season));
    }
    return new Comparison(task.outputNames(), forecasts(outputs), actual(), season, others);
  }

  @Override
  public String errorsText(Tensor outputs) {
    return comparison(outputs).text() + intervalText(outputs) + groupText(outputs);
  }

  @Override
  public void report(HtmlPage page, Tensor outputs) {
    ForecastPictures pictures = new ForecastPictures(page, results(outputs));
    pictures.errors(comparison(outputs));
    if (task.interval() != null) {
      page.preformatted(intervalText(outputs));
    }
    pictures.all();
  }

  /** A line for each group with the model's RMSE, the largest first. */
  private String groupText(Tensor outputs) {
    String column = task.inputs().group();
    if (column == null) {
      return "";
    }
    int width = task.outputNames().size();
    double[] forecasts = forecasts(outputs);
    double[] actual = actual();
    Map<String, List<Integer>> windowsOf = new LinkedHashMap<>();
    for (int n = 0; n < starts.length; n++) {
      String group = table.text(column, windows.lastRow(starts[n]));
      windowsOf.computeIfAbsent(group, g -> new ArrayList<>()).add(n);
    }
    Map<String, ForecastErrors> errors = new LinkedHashMap<>();
    windowsOf.forEach(
        (group, numbers) ->
            errors.put(
                group,
                ForecastErrors.of(
                    some(forecasts, numbers, width), some(actual, numbers, width), width)));
    int wide = errors.keySet().stream().mapToInt(g -> Math.min(40, g.length())).max().orElse(1);
    StringBuilder s = new StringBuilder(String.format(Locale.ROOT, "RMSE by group:%n"));
    errors.entrySet().stream()
        .sorted(Comparator.comparingDouble(e -> -e.getValue().rmse().get(0)))
        .limit(MOST_GROUPS)
        .forEach(
            e -> {
              s.append(String.format(Locale.ROOT, "  %-" + wide + "s", e.getKey()));
              for (int k = 0; k < Math.min(width, MOST_COLUMNS); k++) {
                s.append(
                    String.format(
                        Locale.ROOT,
                        "  %s %-8.4g",
                        task.outputNames().get(k),
                        e.getValue().rmse().get(k)));
              }
              s.append(System.lineSeparator());
            });
    return errors.size() > MOST_GROUPS
        ? s.append(String.format(Locale.ROOT, "  (%d more)%n", errors.size() - MOST_GROUPS))
            .toString()
        : s.toString();
  }

  private static double[] some(double[] values, List<Integer> numbers, int width) {
    return numbers.stream()
        .flatMapToDouble(n -> Arrays.stream(values, n * width, (n + 1) * width))
        .toArray();
  }

  /** A line for each output: how often what came lay in its interval, and how wide that is. */
  private String intervalText(Tensor outputs) {
    IntervalErrors intervals = intervalErrors(outputs);
    StringBuilder s = new StringBuilder();
    for (int k = 0; intervals != null && k < task.outputNames().size(); k++) {
      s.append(
          String.format(
              Locale.ROOT,
              "  %-16s in the %s%% interval %.1f%%, width %.4g%n",
              task.outputNames().get(k),
              new BigDecimal(task.interval().toString())
                  .movePointRight(2)
                  .stripTrailingZeros()
                  .toPlainString(),
              100 * intervals.coverage().get(k),
              intervals.width().get(k)));
    }
    return s.toString();
  }
}
