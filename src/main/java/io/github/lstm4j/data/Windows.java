package io.github.lstm4j.data;

import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.tensor.Series;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;

/**
 * Cuts a long series into windows of equal length, each with its target.
 *
 * <p>A window that starts at row {@code s} is the rows {@code s, s + rate, …, s + (length−1)·rate}.
 * Windows start every {@code stride} rows. Its target is
 *
 * <ul>
 *   <li>without {@link #horizons}: row {@code s} of the targets, as in {@code
 *       keras.utils.timeseries_dataset_from_array} (who wants the future shifts the targets);
 *   <li>with {@code horizons(h1, h2, …)}: the rows {@code h1, h2, …} after the window's last row.
 * </ul>
 *
 * <p>Left out are windows that do not lie within the asked rows together with their targets, that
 * span a break ({@link #segments}), or whose target is missing (NaN).
 *
 * <pre>{@code
 * Windows windows = Windows.of(24).horizons(1, 6, 24);
 * Samples train = windows.cut(features, targets, split.train()); // x (N, 24, F), y (N, 3)
 * }</pre>
 */
public final class Windows {
  private static final int[] AT_START = {};

  private final int length;
  private final int stride;
  private final int rate;
  private final int[] horizons;
  private final Segments segments; // null: no breaks
  private final int[] gaps; // rows above each that may be in no window; null: all may

  private Windows(int length, int stride, int rate, int[] horizons, Segments segments, int[] gaps) {
    this.length = length;
    this.stride = stride;
    this.rate = rate;
    this.horizons = horizons;
    this.segments = segments;
    this.gaps = gaps;
  }

  /** Windows of {@code length} timesteps, one for every row to start at. */
  public static Windows of(int length) {
    return new Windows(positive("window length", length), 1, 1, AT_START, null, null);
  }

  /** Windows that start every {@code stride} rows; Keras's {@code sequence_stride}. */
  public Windows stride(int stride) {
    return new Windows(length, positive("stride", stride), rate, horizons, segments, gaps);
  }

  /** Windows of every {@code rate}-th row; Keras's {@code sampling_rate}. */
  public Windows samplingRate(int rate) {
    return new Windows(length, stride, positive("sampling rate", rate), horizons, segments, gaps);
  }

  /** Targets this many rows (≥ 1) after the window's last row. */
  public Windows horizons(int... horizons) {
    for (int h : horizons) {
      positive("horizon", h);
    }
    return new Windows(length, stride, rate, horizons.clone(), segments, gaps);
  }

  /** Windows that, with their targets, lie within one segment each. */
  public Windows segments(Segments segments) {
    return new Windows(length, stride, rate, horizons, segments, gaps);
  }

  /**
   * Windows that hold no row of {@code inputs} with a missing value; targets may lie there.
   *
   * @param inputs {@code (rows, F)}, NaN where missing
   */
  public Windows complete(Frame inputs) {
    int width = inputs.names().size();
    int[] above = new int[inputs.rows() + 1];
    for (int row = 0; row < inputs.rows(); row++) {
      boolean missing = false;
      for (int j = 0; j < width; j++) {
        missing |= Double.isNaN(inputs.values()[row * width + j]);
      }
      above[row + 1] = above[row] + (missing ? 1 : 0);
    }
    return new Windows(length, stride, rate, horizons, segments, above);
  }

  private static int positive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be at least 1; got " + value);
    }
    return value;
  }

  /** The number of timesteps. */
  public int length() {
    return length;
  }

  /** The last row of the window that starts at row {@code start}. */
  public int lastRow(int start) {
    return start + (length - 1) * rate;
  }

  /** The rows from a window's first to the last that it or its target needs. */
  public int span() {
    long rows = 1L + (length - 1L) * rate + Arrays.stream(horizons).max().orElse(0);
    return (int) Math.min(rows, Integer.MAX_VALUE);
  }

  /**
   * Where the windows start that have a whole target.
   *
   * @param targets {@code (rows, K)}; NaN is a missing target
   * @param range the rows that windows and targets lie in; Keras's {@code start_index}, {@code
   *     end_index}
   */
  public int[] starts(Tensor targets, Range range) {
    return starts(Series.of(targets), range);
  }

  /** As {@link #starts(Tensor, Range)}, of targets that need not lie in memory. */
  public int[] starts(Series targets, Range range) {
    return starts(targets.rows(), range, targets);
  }

  /**
   * Where all windows start, whether their target is known or not: what can be predicted from.
   *
   * @param rows the rows of the series
   * @param range the rows that the windows lie in
   */
  public int[] starts(int rows, Range range) {
    return new Windows(length, stride, rate, AT_START, segments, gaps).starts(rows, range, null);
  }

  private int[] starts(int rows, Range range, Series targets) {
    if (range.to() > rows) {
      throw new IllegalArgumentException(
          "rows " + range.from() + " to " + range.to() + " of a series of " + rows + " rows");
    }
    if (segments != null && segments.rows() != rows) {
      throw new IllegalArgumentException(
          "a series of " + rows + " rows, but segments of " + segments.rows());
    }
    int[] starts = new int[Math.max(0, (range.size() - span()) / stride + 1)];
    float[] row = new float[targets == null ? 0 : targets.columns()];
    int n = 0;
    // long: a start beyond the last may not fit an int
    for (long s = range.from(); s + span() <= range.to(); s += stride) {
      int start = (int) s;
      if ((segments == null || segments.together(start, start + span() - 1))
          && (gaps == null || gaps[start] == gaps[lastRow(start) + 1])
          && (targets == null || hasTarget(targets, start, row))) {
        starts[n++] = start;
      }
    }
    return Arrays.copyOf(starts, n);
  }

  private boolean hasTarget(Series targets, int start, float[] row) {
    for (int k = 0; k < targetRows(); k++) {
      if (targetRow(start, k) >= targets.rows()) {
        return false;
      }
      targets.read(targetRow(start, k), 1, row, 0);
      for (float value : row) {
        if (Float.isNaN(value)) {
          return false;
        }
      }
    }
    return true;
  }

  private int targetRows() {
    return Math.max(1, horizons.length);
  }

  private int targetRow(int start, int k) {
    return horizons.length == 0 ? start : lastRow(start) + horizons[k];
  }

  /**
   * The windows that start at these rows.
   *
   * @param series {@code (rows, F)}
   * @return {@code (N, length, F)}
   */
  public Tensor inputs(Tensor series, int[] starts) {
    return inputs(Series.of(series), starts);
  }

  /** As {@link #inputs(Tensor, int[])}, of rows that need not lie in memory. */
  public Tensor inputs(Series series, int[] starts) {
    int f = series.columns();
    Tensor x = Tensor.zeros(starts.length, length, f);
    for (int n = 0; n < starts.length; n++) {
      int to = n * length * f;
      if (rate == 1) {
        series.read(starts[n], length, x.data(), to);
      } else {
        for (int t = 0; t < length; t++) {
          series.read(starts[n] + t * rate, 1, x.data(), to + t * f);
        }
      }
    }
    return x;
  }

  /**
   * The targets of the windows that start at these rows.
   *
   * @param series {@code (rows, K)}
   * @return {@code (N, H·K)}: first all columns at the first horizon, then at the second, …
   */
  public Tensor targets(Tensor series, int[] starts) {
    return targets(Series.of(series), starts);
  }

  /** As {@link #targets(Tensor, int[])}, of rows that need not lie in memory. */
  public Tensor targets(Series series, int[] starts) {
    int width = series.columns();
    Tensor y = Tensor.zeros(starts.length, targetRows() * width);
    for (int n = 0, to = 0; n < starts.length; n++) {
      for (int k = 0; k < targetRows(); k++, to += width) {
        series.read(targetRow(starts[n], k), 1, y.data(), to);
      }
    }
    return y;
  }

  /**
   * All windows within {@code range} that have a whole target, in the order of time.
   *
   * @param inputs {@code (rows, F)}
   * @param targets {@code (rows, K)}; NaN is a missing target. Without horizons there may be fewer
   *     rows of targets than of inputs: what has no target is left out
   * @return x {@code (N, length, F)}, y {@code (N, H·K)}; N may be 0
   * @throws IllegalArgumentException if the series are not equally long, or the range is not within
   */
  public Samples cut(Tensor inputs, Tensor targets, Range range) {
    if (inputs.dim(0) != targets.dim(0) && horizons.length > 0) {
      throw new IllegalArgumentException(
          "inputs " + inputs.shape() + " and targets " + targets.shape() + ": unequal rows");
    }
    int[] starts = starts(inputs.dim(0), range, Series.of(targets));
    return new Samples(inputs(inputs, starts), targets(targets, starts));
  }
}
