package io.github.lstm4j.tasks;

import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Encoder;
import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.Windows;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Forecasts of columns from the rows before.
 *
 * @param inputs how rows become inputs of F columns
 * @param targets the scale of the columns that are forecast, K of them
 * @param window how many rows go in, T
 * @param horizons how many rows after the window's last one are forecast, H of them
 * @param change whether the model's outputs are the change from the target's last known value; the
 *     targets are then features too
 * @param interval how probable it is that the truth lies in the interval that is forecast beside
 *     each value, between 0 and 1; null: there is none. With one a model has three outputs for
 *     each: the quantiles at its ends, and the median between them
 */
public record ForecastTask(
    TableInputs inputs,
    Scales targets,
    int window,
    List<Integer> horizons,
    boolean change,
    Double interval)
    implements Task {
  private static final String KEY = "forecast";
  private static final double NARROWEST = 1e-5; // nearer to 0 or 1 its quantiles are as floats
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
    if (interval != null && !(interval >= NARROWEST && interval <= 1 - NARROWEST)) {
      throw new IllegalArgumentException(
          KEY + ".interval: expected a probability between 0 and 1, got " + interval);
    }
    List<String> names = targets.names();
    if (!targets.groups().keySet().equals(inputs.scale().groups().keySet())) {
      throw new IllegalArgumentException(
          KEY + ".targets.groups: expected the groups that the inputs have scales of");
    }
    if (names.isEmpty()
        || (change && names.stream().anyMatch(name -> inputs.features().indexOf(name) < 0))) {
      throw new IllegalArgumentException(
          KEY
              + ".targets: expected some"
              + (change ? ", which are features too as their change is forecast" : "")
              + ", got "
              + Printable.text(names));
    }
  }

  @Override
  public ForecastTask reading(UnaryOperator<TableReading> how) {
    return new ForecastTask(inputs.reading(how), targets, window, horizons, change, interval);
  }

  @Override
  public Shape inputShape() {
    return Shape.of(window, inputs.width());
  }

  @Override
  public Head head() {
    int numbers = horizons.size() * targets.names().size();
    if (interval == null) {
      return Head.ofNumbers(numbers);
    }
    float below = (float) ((1 - interval) / 2);
    return Head.ofQuantiles(numbers, below, 0.5f, 1 - below);
  }

  @Override
  public String describeInputs() {
    return KEY + ": a window and its columns";
  }

  @Override
  public String describeOutputs() {
    return KEY
        + ": "
        + horizons.size()
        + " horizons of "
        + targets.names().size()
        + " targets"
        + (interval == null ? "" : ", each with its interval");
  }

  /** The names of the forecast columns. */
  public List<String> targetNames() {
    return targets.names();
  }

  /** A name for each value that is forecast: {@code pm2.5+1}, {@code pm2.5+6}, … */
  @Override
  public List<String> outputNames() {
    List<String> names = new ArrayList<>();
    for (int h : horizons) {
      targetNames().forEach(t -> names.add(t + "+" + h));
    }
    return names;
  }

  @Override
  public Table read(CsvReader csv, boolean withTruth) throws IOException {
    return withTruth
        ? inputs.read(csv, targetNames(), List.of(), List.of())
        : inputs.read(csv, List.of(), targetNames(), List.of());
  }

  @Override
  public ForecastSamples cut(Frame frame, List<Range> rows) {
    Tensor y = targets.apply(measured(frame.table(), targetNames()), inputs.group());
    Windows windows = windows(frame);
    int[] starts = rows.stream().flatMapToInt(r -> Arrays.stream(windows.starts(y, r))).toArray();
    return new ForecastSamples(this, frame, windows, starts, y);
  }

  @Override
  public ForecastSamples cutInputs(Frame frame) {
    Windows windows = windows(frame);
    int[] starts = windows.starts(frame.rows(), new Range(0, frame.rows()));
    return new ForecastSamples(this, frame, windows, starts, null);
  }

  @Override
  public String describeSample(boolean withTruth) {
    return withTruth ? "whole window with its target" : "whole window";
  }

  @Override
  public int sampleRows(boolean withTruth) {
    return window + (withTruth ? horizons.stream().mapToInt(h -> h).max().orElseThrow() : 0);
  }

  private Windows windows(Frame frame) {
    return inputs
        .windows(frame, window)
        .horizons(horizons.stream().mapToInt(Integer::intValue).toArray());
  }

  /** The columns as numbers, with what is missing left missing. */
  static Frame measured(Table table, List<String> columns) {
    Encoder encoder = Encoder.empty();
    for (String column : columns) {
      encoder = encoder.number(column, Missing.KEEP);
    }
    return encoder.encode(table);
  }

  @Override
  public Map<String, Object> toExtra() {
    Map<String, Object> map = new LinkedHashMap<>(inputs.toMap());
    map.put("targets", targets.toMap());
    map.put("window", window);
    map.put("horizons", horizons);
    map.put("change", change);
    if (interval != null) {
      map.put("interval", interval);
    }
    return Map.of(KEY, map);
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
    String[] fields =
        Stream.concat(
                TableInputs.FIELDS.stream(),
                Stream.of("targets", "window", "horizons", "change", "interval"))
            .toArray(String[]::new);
    StoredFields task = StoredFields.of(KEY, extra.get(KEY), fields);
    return new ForecastTask(
        TableInputs.from(task),
        Scales.fromStored(task.path("targets"), task.get("targets")),
        task.integer("window", 1, LONGEST),
        task.integers("horizons", 1, LONGEST),
        task.flag("change"),
        task.has("interval") ? task.number("interval") : null);
  }
}
