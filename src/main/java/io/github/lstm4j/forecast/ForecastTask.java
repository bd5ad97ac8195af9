package io.github.lstm4j.forecast;

import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Encoder;
import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.ForecastErrors;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Segments;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.Windows;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * How the rows of a table become a model's inputs, and a model's outputs become forecasts. Fitted
 * on the training rows, and stored in the model's file.
 *
 * @param features the columns that go in, encoded
 * @param inputs the scale of the encoded columns
 * @param targets the scale of the columns that are forecast, K of them
 * @param window how many rows go in, T
 * @param horizons how many rows after the window's last one are forecast, H of them
 * @param change whether the model's outputs are the change from the target's last known value; the
 *     targets are then features too
 * @param time the column that holds the time, or null: rows that do not follow each other by one
 *     time step are never in one window
 * @param timeStep seconds from row to row
 */
public record ForecastTask(
    Encoder features,
    Normalizer inputs,
    Normalizer targets,
    int window,
    List<Integer> horizons,
    boolean change,
    String time,
    double timeStep) {
  private static final String KEY = "forecast";

  /** Windows of a table. */
  public static final class Cut {
    private final Tensor x;
    private final Tensor y;
    private final int[] lastRows;
    private final double[] last; // last known values of the targets (N, K); empty if not needed

    private Cut(Tensor x, Tensor y, int[] lastRows, double[] last) {
      this.x = x;
      this.y = y;
      this.lastRows = lastRows;
      this.last = last;
    }

    /** Inputs (N, T, F), scaled. */
    public Tensor x() {
      return x;
    }

    /** Targets (N, H·K), scaled; null if they were not asked for. */
    public Tensor y() {
      return y;
    }

    /** The number of windows. */
    public int size() {
      return lastRows.length;
    }

    /** The last row of window {@code n}, as a number in the table's file. */
    public int lastRow(int n) {
      return lastRows[n];
    }
  }

  /** The names of the forecast columns. */
  public List<String> targetNames() {
    return targets.columns().stream().map(Normalizer.Column::name).toList();
  }

  /** A name for each of the model's outputs: {@code pm2.5+1}, {@code pm2.5+6}, … */
  public List<String> outputNames() {
    List<String> names = new ArrayList<>();
    for (int h : horizons) {
      targetNames().forEach(t -> names.add(t + "+" + h));
    }
    return names;
  }

  /** Reads the columns that this task needs, and no others; the targets only if asked for. */
  public Table read(Path csv, boolean withTargets) throws IOException {
    Set<String> columns = new LinkedHashSet<>(features.columns());
    if (withTargets) {
      columns.addAll(targetNames());
    }
    if (time != null) {
      columns.add(time);
    }
    return CsvReader.of(csv)
        .columns(columns.toArray(String[]::new))
        .categorical(features.categoricalColumns().toArray(String[]::new))
        .read();
  }

  /** All windows with a known target in the given rows of the encoded table. */
  public Cut cut(Frame frame, Range rows) {
    Frame measured = measured(frame.table(), targetNames());
    Tensor y = targets.apply(measured);
    Windows windows = windows(frame.table());
    int[] starts = windows.starts(y, rows);
    Cut cut = cut(frame, windows, starts);
    Tensor level = windows.targets(y, starts);
    if (change) {
      int k = targets.columns().size();
      for (int at = 0; at < level.size(); at++) {
        int target = at % k;
        double known = cut.last[at / level.dim(1) * k + target];
        level.data()[at] -= (float) targets.columns().get(target).apply(known);
      }
    }
    return new Cut(cut.x, level, cut.lastRows, cut.last);
  }

  /** All windows, whether what follows is known or not. */
  public Cut cutInputs(Frame frame) {
    Windows windows = windows(frame.table());
    return cut(frame, windows, windows.starts(frame.rows(), new Range(0, frame.rows())));
  }

  private Cut cut(Frame frame, Windows windows, int[] starts) {
    int width = frame.names().size();
    int k = change ? targets.columns().size() : 0;
    double[] rowNumbers = frame.table().rowNumbers();
    int[] lastRows = new int[starts.length];
    double[] last = new double[starts.length * k];
    for (int n = 0; n < starts.length; n++) {
      int row = windows.lastRow(starts[n]);
      lastRows[n] = (int) rowNumbers[row];
      for (int j = 0; j < k; j++) {
        int column = frame.names().indexOf(targetNames().get(j));
        last[n * k + j] = frame.values()[row * width + column];
      }
    }
    return new Cut(windows.inputs(inputs.apply(frame), starts), null, lastRows, last);
  }

  private Windows windows(Table table) {
    Segments segments = Segments.byTime(table.rowNumbers(), 1);
    if (time != null) {
      segments = segments.and(Segments.byTime(table.times(time), timeStep));
    }
    return Windows.of(window)
        .horizons(horizons.stream().mapToInt(Integer::intValue).toArray())
        .segments(segments);
  }

  /** The columns as numbers, with what is missing left missing. */
  static Frame measured(Table table, List<String> columns) {
    Encoder encoder = Encoder.empty();
    for (String column : columns) {
      encoder = encoder.number(column, Missing.KEEP);
    }
    return encoder.encode(table);
  }

  /**
   * Outputs of the model, or its targets, in the unit of the table.
   *
   * @param scaled (N, H·K)
   * @return (N, H·K), row-major
   */
  public double[] invert(Tensor scaled, Cut cut) {
    int k = targets.columns().size();
    double[] out = new double[scaled.size()];
    for (int at = 0; at < out.length; at++) {
      Normalizer.Column target = targets.columns().get(at % k);
      double value = scaled.data()[at];
      out[at] =
          change
              ? value * target.scale() + cut.last[at / scaled.dim(1) * k + at % k]
              : target.invert(value);
    }
    return out;
  }

  /** How far the model's outputs for these windows are off, in the unit of the table. */
  public ForecastErrors errors(Tensor predicted, Cut cut) {
    return ForecastErrors.of(invert(predicted, cut), invert(cut.y, cut), outputNames().size());
  }

  /** A line for each output with its errors. */
  public String text(ForecastErrors errors) {
    StringBuilder s = new StringBuilder();
    for (int k = 0; k < outputNames().size(); k++) {
      s.append(
          String.format(
              Locale.ROOT,
              "  %-16s RMSE %-10.4g MAE %.4g%n",
              outputNames().get(k),
              errors.rmse().get(k),
              errors.mae().get(k)));
    }
    return s.toString();
  }

  /** As maps and lists, to be stored beside a model under a key of its own. */
  public Map<String, Object> toExtra() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("features", features.toMap());
    map.put("inputs", inputs.toMap());
    map.put("targets", targets.toMap());
    map.put("window", window);
    map.put("horizons", horizons);
    map.put("change", change);
    if (time != null) {
      map.put("time", time);
      map.put("time_step", timeStep);
    }
    return Map.of(KEY, map);
  }

  /**
   * The task that was stored with a model.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static ForecastTask of(KerasModels.Loaded loaded, Path file) {
    ForecastTask task = fromExtra(loaded.extra());
    if (task == null) {
      throw new IllegalArgumentException(
          file
              + ": holds no description of columns, scales and windows, so a .csv cannot be turned"
              + " into inputs; make the model with train, or give arrays (.npy, .npz)");
    }
    return task;
  }

  /**
   * What {@link #toExtra} gave; null if there is none.
   *
   * @throws IllegalArgumentException if it is damaged
   */
  @SuppressWarnings("unchecked")
  public static ForecastTask fromExtra(Map<String, Object> extra) {
    if (extra.get(KEY) == null) {
      return null;
    }
    try {
      Map<String, Object> map = (Map<String, Object>) extra.get(KEY);
      String time = (String) map.get("time");
      return new ForecastTask(
          Encoder.fromMap((Map<String, Object>) map.get("features")),
          Normalizer.fromMap((Map<String, Object>) map.get("inputs")),
          Normalizer.fromMap((Map<String, Object>) map.get("targets")),
          ((Number) map.get("window")).intValue(),
          ((List<Number>) map.get("horizons")).stream().map(Number::intValue).toList(),
          (Boolean) map.get("change"),
          time,
          time == null ? 0 : ((Number) map.get("time_step")).doubleValue());
    } catch (ClassCastException | NullPointerException e) {
      throw new IllegalArgumentException("the model's file describes no forecast: " + extra, e);
    }
  }
}
