package io.github.lstm4j.tasks;

import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.tensor.Shape;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Classification or regression of sequences.
 *
 * @param inputs how rows become inputs of F columns
 * @param label what is learnt
 * @param timesteps how many rows go in at most, T; of longer groups the last
 * @param labelled what there is one label for
 */
public record SequenceTask(
    TableInputs inputs, SequenceLabel label, int timesteps, Labelled labelled) implements Task {
  private static final String KEY = "sequence";
  private static final int LONGEST = 1 << 28; // rows

  /**
   * What timesteps hold that only fill up a short sequence: no scaled value can be as low, but one
   * that {@link SequenceSamples} refuses.
   */
  static final float PADDING = -Float.MAX_VALUE;

  /**
   * Checks that the parts fit each other.
   *
   * @throws IllegalArgumentException if not; the message names the field
   */
  public SequenceTask {
    if (timesteps < 1 || timesteps > LONGEST) {
      throw new IllegalArgumentException(
          KEY + ".timesteps: expected 1 to " + LONGEST + " rows, got " + timesteps);
    }
    if (labelled != Labelled.WINDOW && inputs.group() == null) {
      throw new IllegalArgumentException(KEY + ".group: expected a column, got none");
    }
  }

  @Override
  public SequenceTask reading(UnaryOperator<TableReading> how) {
    return new SequenceTask(inputs.reading(how), label, timesteps, labelled);
  }

  @Override
  public Shape inputShape() {
    return Shape.of(timesteps, inputs.width());
  }

  @Override
  public Head head() {
    return label.head(
        labelled == Labelled.ROW ? Head.Per.TIMESTEP : Head.Per.SAMPLE,
        labelled == Labelled.WINDOW ? null : PADDING);
  }

  @Override
  public Map<Integer, Double> classWeight() {
    return label.weights();
  }

  @Override
  public String describeInputs() {
    return KEY + ": rows and their columns";
  }

  @Override
  public String describeOutputs() {
    return KEY + ": labels";
  }

  @Override
  public Table read(CsvReader csv, boolean withTruth) throws IOException {
    List<String> column = List.of(label.column());
    List<String> texts = label instanceof ClassLabel ? column : List.of();
    Table table =
        withTruth
            ? inputs.read(csv, column, List.of(), texts)
            : inputs.read(csv, List.of(), column, texts);
    if (texts.isEmpty() && table.has(label.column())) {
      table.numbers(label.column()); // fails here if they are none
    }
    return table;
  }

  private Spans spans(Frame frame, List<Range> rows) {
    return labelled == Labelled.WINDOW
        ? Spans.windows(inputs.windows(frame, timesteps), frame.rows(), rows)
        : Spans.whole(Spans.groups(frame.table(), inputs.group()), rows, timesteps);
  }

  @Override
  public SequenceSamples cut(Frame frame, List<Range> rows) {
    return SequenceSamples.labelled(this, frame, spans(frame, rows));
  }

  @Override
  public SequenceSamples cutInputs(Frame frame) {
    return new SequenceSamples(
        this, frame, spans(frame, List.of(new Range(0, frame.rows()))), null, 0);
  }

  @Override
  public String describeSample(boolean withTruth) {
    return (labelled == Labelled.WINDOW ? "whole window" : "whole group")
        + (withTruth ? " with a label" : "");
  }

  @Override
  public int sampleRows(boolean withTruth) {
    return labelled == Labelled.WINDOW ? timesteps : 1;
  }

  @Override
  public Map<String, Object> toExtra() {
    Map<String, Object> map = new LinkedHashMap<>(inputs.toMap());
    map.put("label", label.toMap());
    map.put("timesteps", timesteps);
    map.put("labelled", labelled.name().toLowerCase(Locale.ROOT));
    return Map.of(KEY, map);
  }

  /**
   * What {@link #toExtra} gave; null if there is none.
   *
   * @throws IllegalArgumentException if it is damaged; the message names the field
   */
  public static SequenceTask fromExtra(Map<String, Object> extra) {
    if (extra.get(KEY) == null) {
      return null;
    }
    String[] fields =
        Stream.concat(TableInputs.FIELDS.stream(), Stream.of("label", "timesteps", "labelled"))
            .toArray(String[]::new);
    StoredFields task = StoredFields.of(KEY, extra.get(KEY), fields);
    return new SequenceTask(
        TableInputs.from(task), label(task), task.integer("timesteps", 1, LONGEST), labelled(task));
  }

  private static SequenceLabel label(StoredFields task) {
    return task.map("label").containsKey("classes")
        ? ClassLabel.fromStored(task.path("label"), task.get("label"))
        : NumberLabel.fromStored(task.path("label"), task.get("label"));
  }

  private static Labelled labelled(StoredFields task) {
    String name = task.text("labelled");
    return Stream.of(Labelled.values())
        .filter(l -> l.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(() -> task.wrong("labelled", "group, row or window"));
  }
}
