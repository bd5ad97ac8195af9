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
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Shape;
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
  private static final int LONGEST = 1 << 28; // rows; two of them fit an int

  /**
   * Checks that the parts fit each other.
   *
   * @throws IllegalArgumentException if not; the message names the field
   */
  public ForecastTask {
    horizons = List.copyOf(horizons);
    if (window < 1 || window > LONGEST) {
      throw new IllegalArgumentException(
          KEY + ".window: expected 1 to " + LONGEST + " rows, got " + window);
    }
    if (horizons.isEmpty() || horizons.stream().anyMatch(h -> h < 1 || h > LONGEST)) {
      throw new IllegalArgumentException(
          KEY + ".horizons: expected some, of 1 to " + LONGEST + " rows, got " + horizons);
    }
    List<String> scaled = inputs.columns().stream().map(Normalizer.Column::name).toList();
    if (scaled.isEmpty() || !scaled.equals(features.names())) {
      throw new IllegalArgumentException(
          KEY
              + ".inputs: expected the scales of "
              + Printable.text(features.names())
              + ", got those of "
              + Printable.text(scaled));
    }
    List<String> names = targets.columns().stream().map(Normalizer.Column::name).toList();
    if (names.isEmpty() || (change && !scaled.containsAll(names))) {
      throw new IllegalArgumentException(
          KEY
              + ".targets: expected some"
              + (change ? ", which are features too as their change is forecast" : "")
              + ", got "
              + Printable.text(names));
    }
    if (!Double.isFinite(timeStep)) {
      throw new IllegalArgumentException(
          KEY + ".time_step: expected a finite number, got " + timeStep);
    }
  }

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
   * @throws IllegalArgumentException if there is none, or it is damaged, or not this model's: its
   *     window, columns or outputs are others; the message names file and field
   */
  public static ForecastTask of(KerasModels.Loaded loaded, Path file) {
    ForecastTask task;
    try {
      task = fromExtra(loaded.extra());
      if (task != null) {
        task.checkFits(loaded.model());
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
    if (task == null) {
      throw new IllegalArgumentException(
          file
              + ": holds no description of columns, scales and windows, so a .csv cannot be turned"
              + " into inputs; make the model with train, or give arrays (.npy, .npz)");
    }
    return task;
  }

  private void checkFits(Sequential model) {
    Shape needed = Shape.of(Shape.UNKNOWN, window, features.names().size());
    Shape input = model.inputShape();
    if (input.rank() != 3 || !input.with(0, Shape.UNKNOWN).accepts(needed)) {
      throw new IllegalArgumentException(
          KEY
              + ": a window and its columns are inputs "
              + needed
              + ", but the model takes "
              + input);
    }
    Shape made = model.outputShape();
    if (made.rank() != 2 || made.last() != outputNames().size()) {
      throw new IllegalArgumentException(
          KEY
              + ": "
              + horizons.size()
              + " horizons of "
              + targets.columns().size()
              + " targets are "
              + outputNames().size()
              + " outputs, but the model's are "
              + made);
    }
  }

  /**
   * What {@link #toExtra} gave; null if there is none.
   *
   * @throws IllegalArgumentException if it is damaged; the message names the field
   */
  public static ForecastTask fromExtra(Map<String, Object> extra) {
    if (extra.get(KEY) == null) {
      return null;
    }
    StoredFields task =
        StoredFields.of(
            KEY,
            extra.get(KEY),
            "features",
            "inputs",
            "targets",
            "window",
            "horizons",
            "change",
            "time",
            "time_step");
    String time = task.has("time") ? task.text("time") : null;
    return new ForecastTask(
        Encoder.fromStored(task.path("features"), task.get("features")),
        Normalizer.fromStored(task.path("inputs"), task.get("inputs")),
        Normalizer.fromStored(task.path("targets"), task.get("targets")),
        task.integer("window", 1, LONGEST),
        task.integers("horizons", 1, LONGEST),
        task.flag("change"),
        time,
        time == null ? 0 : task.number("time_step"));
  }
}
