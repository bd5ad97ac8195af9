package io.github.lstm4j.tasks;

import io.github.lstm4j.data.ForecastErrors;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Windows;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Windows of a table, N of them, with what followed. Only the table is held in memory; a window is
 * cut when its batch is needed.
 */
public final class ForecastSamples implements TaskSamples {
  private final ForecastTask task;
  private final Windows windows;
  private final int[] starts;
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
    this.rowNumbers = frame.table().rowNumbers();
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
      int column = frame.names().indexOf(names.get(j));
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
  public ForecastTask calibrated(Tensor outputs) {
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
   * Outputs of the model in the unit of the table.
   *
   * @param outputs (N, H·K)
   * @return (N, H·K), row-major
   */
  public double[] forecasts(Tensor outputs) {
    double[] out = new double[outputs.size()];
    for (int at = 0; at < out.length; at++) {
      int k = at % targetCount();
      Normalizer.Column target = task.targets().columns().get(k);
      double value = outputs.data()[at];
      out[at] =
          task.change()
              ? value * target.scale() + last[at / outputs.dim(1) * targetCount() + k]
              : target.invert(value);
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

  /** How far the model's outputs for these windows are off, in the unit of the table. */
  public ForecastErrors errors(Tensor outputs) {
    return ForecastErrors.of(forecasts(outputs), actual(), outputs.dim(1));
  }

  @Override
  public String errorsText(Tensor outputs) {
    ForecastErrors errors = errors(outputs);
    List<String> names = task.outputNames();
    StringBuilder s = new StringBuilder();
    for (int k = 0; k < names.size(); k++) {
      s.append(
          String.format(
              Locale.ROOT,
              "  %-16s RMSE %-10.4g MAE %.4g%n",
              names.get(k),
              errors.rmse().get(k),
              errors.mae().get(k)));
    }
    return s.toString();
  }
}
