package io.github.lstm4j.tasks;

import io.github.lstm4j.data.ForecastErrors;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.IntervalErrors;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.Windows;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * Windows of a table, N of them, with what followed. Only the table is held in memory; a window is
 * cut when its batch is needed.
 */
public final class ForecastSamples implements TaskSamples {
  private static final int QUANTILES = 3; // of a value with an interval: its ends, the median

  private final ForecastTask task;
  private final Windows windows;
  private final int[] starts;
  private final Table table;
  private final double[] rowNumbers;
  private final Tensor inputs; // (rows, F), scaled
  private final Frame measured; // (rows, K); null if the truth was not asked for
  private final Tensor targets; // the same, scaled
  private final double[] last; // last known values of the targets (N, K); empty if not needed

  /**
   * @param measured the targets' columns, or null if the truth is not asked for
   * @param targets the same, scaled
   */
  ForecastSamples(
      ForecastTask task,
      Frame frame,
      Windows windows,
      int[] starts,
      Frame measured,
      Tensor targets) {
    this.task = task;
    this.windows = windows;
    this.starts = starts;
    this.table = frame.table();
    this.rowNumbers = table.rowNumbers();
    this.inputs = task.inputs().scaled(frame);
    this.measured = measured;
    this.targets = targets;
    this.last = task.change() ? lastKnown(frame) : new double[0];
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
      y.data()[at] -= (float) task.targets().columns().get(k).apply(known);
    }
    return y;
  }

  private int targetCount() {
    return task.targets().columns().size();
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
      Normalizer.Column target = task.targets().columns().get(k);
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

  /**
   * What followed, in the unit of the table: (N, H·K), row-major.
   *
   * @throws IllegalStateException if the truth was not asked for
   */
  public double[] actual() {
    if (measured == null) {
      throw new IllegalStateException("these windows were cut without what followed");
    }
    int k = targetCount();
    int outputs = task.horizons().size() * k;
    double[] out = new double[starts.length * outputs];
    for (int at = 0; at < out.length; at++) {
      int horizon = task.horizons().get(at % outputs / k);
      int row = windows.lastRow(starts[at / outputs]) + horizon;
      out[at] = measured.values()[row * k + at % k];
    }
    return out;
  }

  /** Columns: row, group and time if there are any, a forecast for each output. */
  @Override
  public Table results(Tensor outputs) {
    int[] rows = Arrays.stream(starts).map(windows::lastRow).toArray();
    Table answers = task.inputs().keys(table, rows);
    double[] forecasts = forecasts(outputs);
    List<String> names = task.outputNames();
    for (int k = 0; k < names.size(); k++) {
      double[] column = new double[starts.length];
      int at = k;
      Arrays.setAll(column, n -> forecasts[n * names.size() + at]);
      answers = answers.with(names.get(k), column);
    }
    return answers;
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

  @Override
  public String errorsText(Tensor outputs) {
    ForecastErrors errors = errors(outputs);
    IntervalErrors intervals = intervalErrors(outputs);
    List<String> names = task.outputNames();
    StringBuilder s = new StringBuilder();
    for (int k = 0; k < names.size(); k++) {
      s.append(
          String.format(
              Locale.ROOT,
              "  %-16s RMSE %-10.4g MAE %.4g%s%n",
              names.get(k),
              errors.rmse().get(k),
              errors.mae().get(k),
              intervals == null ? "" : text(intervals, k)));
    }
    return s.toString();
  }

  private String text(IntervalErrors intervals, int k) {
    return String.format(
        Locale.ROOT,
        "   in the %s%% interval %.1f%%, width %.4g",
        new BigDecimal(task.interval().toString())
            .movePointRight(2)
            .stripTrailingZeros()
            .toPlainString(),
        100 * intervals.coverage().get(k),
        intervals.width().get(k));
  }
}
