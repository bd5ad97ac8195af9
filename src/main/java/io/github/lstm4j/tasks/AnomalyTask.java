package io.github.lstm4j.tasks;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.tensor.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Rows that are unlike those of the training. The model rebuilds windows of the inputs. A row's
 * score is the mean, over its columns and over the windows that hold it, of the squared error in
 * scaled units; an anomaly is a row whose score is above the threshold.
 *
 * @param inputs how rows become inputs of F columns
 * @param window how many rows a window holds, T
 * @param quantile the share of held-back rows whose score is not above the threshold
 * @param threshold the score above which a row is an anomaly; null until a trained model is known
 * @param label the column that says which rows are anomalies, to measure by; or null
 */
public record AnomalyTask(
    TableInputs inputs, int window, double quantile, Double threshold, String label)
    implements Task {
  private static final String KEY = "anomaly";
  private static final int LONGEST = 1 << 28; // rows

  /**
   * Checks that the parts fit each other.
   *
   * @throws IllegalArgumentException if not; the message names the field
   */
  public AnomalyTask {
    if (window < 1 || window > LONGEST) {
      throw new IllegalArgumentException(
          KEY + ".window: expected 1 to " + LONGEST + " rows, got " + window);
    }
    if (!(quantile > 0 && quantile <= 1)) {
      throw new IllegalArgumentException(
          KEY + ".quantile: expected more than 0 and at most 1, got " + quantile);
    }
    if (threshold != null && !(threshold >= 0 && threshold <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException(
          KEY + ".threshold: expected a number that is not negative, got " + threshold);
    }
    if (label != null && inputs.features().columns().contains(label)) {
      throw new IllegalArgumentException(
          KEY
              + ".label: column "
              + Printable.text(label)
              + " is among the inputs; train with it as the label, so that it does not go in");
    }
  }

  @Override
  public AnomalyTask labelled(String column) {
    return new AnomalyTask(inputs, window, quantile, threshold, column);
  }

  @Override
  public AnomalyTask reading(UnaryOperator<TableReading> how) {
    return new AnomalyTask(inputs.reading(how), window, quantile, threshold, label);
  }

  @Override
  public Shape inputShape() {
    return Shape.of(window, inputs.width());
  }

  @Override
  public Head head() {
    return new Head(
        inputs.width(),
        Activation.LINEAR,
        Loss.meanSquaredError(),
        Head.Per.RECONSTRUCTED_TIMESTEP,
        null);
  }

  @Override
  public String describeInputs() {
    return KEY + ": a window and its columns";
  }

  @Override
  public String describeOutputs() {
    return KEY + ": the window again";
  }

  @Override
  public Table read(CsvReader csv, boolean withTruth) throws IOException {
    List<String> column = label == null ? List.of() : List.of(label);
    return withTruth
        ? inputs.read(csv, column, List.of(), column)
        : inputs.read(csv, List.of(), column, column);
  }

  @Override
  public AnomalySamples cut(Frame frame, List<Range> rows) {
    int[] starts =
        rows.stream()
            .flatMapToInt(r -> Arrays.stream(inputs.windows(frame, window).starts(frame.rows(), r)))
            .toArray();
    return new AnomalySamples(this, frame, starts, true);
  }

  @Override
  public AnomalySamples cutInputs(Frame frame) {
    Range all = new Range(0, frame.rows());
    int[] starts = inputs.windows(frame, window).starts(frame.rows(), all);
    return new AnomalySamples(this, frame, starts, false);
  }

  @Override
  public String describeSample(boolean withTruth) {
    return "whole window";
  }

  @Override
  public int sampleRows(boolean withTruth) {
    return window;
  }

  @Override
  public Map<String, Object> toExtra() {
    Map<String, Object> map = new LinkedHashMap<>(inputs.toMap());
    map.put("window", window);
    map.put("quantile", quantile);
    if (threshold != null) {
      map.put("threshold", threshold);
    }
    if (label != null) {
      map.put("label", label);
    }
    return Map.of(KEY, map);
  }

  /**
   * What {@link #toExtra} gave; null if there is none.
   *
   * @throws IllegalArgumentException if it is damaged; the message names the field
   */
  public static AnomalyTask fromExtra(Map<String, Object> extra) {
    if (extra.get(KEY) == null) {
      return null;
    }
    String[] fields =
        Stream.concat(
                TableInputs.FIELDS.stream(), Stream.of("window", "quantile", "threshold", "label"))
            .toArray(String[]::new);
    StoredFields task = StoredFields.of(KEY, extra.get(KEY), fields);
    return new AnomalyTask(
        TableInputs.from(task),
        task.integer("window", 1, LONGEST),
        task.number("quantile"),
        task.has("threshold") ? (Double) task.number("threshold") : null,
        task.has("label") ? task.text("label") : null);
  }
}
