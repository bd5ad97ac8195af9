package io.github.lstm4j.tasks;

import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Sequences of a table, N of them, with their labels. Only the table is held in memory; a sequence
 * is cut, and filled up to the timesteps of the model, when its batch is needed.
 */
public final class SequenceSamples implements TaskSamples {
  private final SequenceTask task;
  private final Table table;
  private final Spans spans;
  private final double[] rowNumbers;
  private final Tensor inputs; // (rows, F), scaled
  private final float[] targets; // of each answer; null if the truth was not asked for
  private final int unlabelled;

  SequenceSamples(SequenceTask task, Frame frame, Spans spans, float[] targets, int unlabelled) {
    this.task = task;
    this.table = frame.table();
    this.spans = spans;
    this.rowNumbers = table.rowNumbers();
    this.inputs = task.inputs().scaled(frame);
    this.targets = targets;
    this.unlabelled = unlabelled;
    if (task.head().padding() != null) {
      refusePadding();
    }
  }

  /** Those sequences whose label is known. */
  static SequenceSamples labelled(SequenceTask task, Frame frame, Spans all) {
    Table table = frame.table();
    int[] rows = task.labelled().rows(table, task.label().column(), task.inputs().group(), all);
    Spans spans = all;
    if (task.labelled() != Labelled.ROW) {
      int[] found = rows;
      spans = all.some(IntStream.range(0, rows.length).filter(n -> found[n] >= 0).toArray());
      rows = Arrays.stream(rows).filter(row -> row >= 0).toArray();
    }
    float[] targets = new float[rows.length];
    for (int n = 0; n < rows.length; n++) {
      targets[n] = task.label().target(table, rows[n]);
    }
    return new SequenceSamples(task, frame, spans, targets, all.size() - spans.size());
  }

  /** That no row looks like what fills up short sequences. */
  private void refusePadding() {
    int width = inputs.dim(1);
    for (int row = 0; row < inputs.dim(0); row++) {
      boolean real = false;
      for (int j = 0; j < width && !real; j++) {
        real = inputs.data()[row * width + j] != SequenceTask.PADDING;
      }
      if (!real) {
        throw new IllegalArgumentException(
            table.where(row, table.names().get(0))
                + ": all inputs of the row are "
                + SequenceTask.PADDING
                + ", which marks rows that are none; scale them");
      }
    }
  }

  @Override
  public int size() {
    return spans.size();
  }

  @Override
  public String describe() {
    if (task.labelled() == Labelled.WINDOW) {
      return String.format(Locale.ROOT, "%,d windows", size()) + labels();
    }
    int least = spans.shortest();
    int most = spans.longest();
    return String.format(Locale.ROOT, "%,d sequences of ", size())
        + (least == most ? most : least + " to " + most)
        + " rows"
        + labels();
  }

  private String labels() {
    List<String> all = new ArrayList<>();
    all.add(targets == null ? "" : task.label().describe(targets));
    all.add(spans.cut() == 0 ? "" : spans.cut() + " are the last of a longer group");
    all.add(
        unlabelled == 0
            ? ""
            : unlabelled
                + (unlabelled == 1 ? " without a label is" : " without a label are")
                + " left out");
    String text = String.join("; ", all.stream().filter(part -> !part.isEmpty()).toList());
    return text.isEmpty() ? "" : " (" + text + ")";
  }

  /** Inputs {@code (N, T, F)} and, where the truth was asked for, targets. */
  @Override
  public BatchSource source() {
    return BatchSource.of(size(), this::batch);
  }

  private Batch batch(int[] numbers) {
    int timesteps = task.timesteps();
    int width = inputs.dim(1);
    Tensor x = Tensor.zeros(numbers.length, timesteps, width);
    for (int i = 0; i < numbers.length; i++) {
      int length = spans.length(numbers[i]);
      int to = i * timesteps * width;
      int from = spans.first(numbers[i]) * width;
      System.arraycopy(inputs.data(), from, x.data(), to, length * width);
      Arrays.fill(x.data(), to + length * width, to + timesteps * width, SequenceTask.PADDING);
    }
    if (targets == null) {
      return Batch.of(x);
    }
    if (task.labelled() == Labelled.ROW) {
      return Batch.of(x, stepTargets(numbers));
    }
    Tensor y = Tensor.zeros(numbers.length, 1);
    for (int i = 0; i < numbers.length; i++) {
      y.data()[i] = targets[numbers[i]];
    }
    return Batch.of(x, y);
  }

  /** (n, T, 1); 0 where rows only fill up. */
  private Tensor stepTargets(int[] numbers) {
    int[] before = firstAnswers();
    Tensor y = Tensor.zeros(numbers.length, task.timesteps(), 1);
    for (int i = 0; i < numbers.length; i++) {
      System.arraycopy(
          targets, before[numbers[i]], y.data(), i * task.timesteps(), spans.length(numbers[i]));
    }
    return y;
  }

  /** The number of answers before each sequence's first. */
  private int[] firstAnswers() {
    int[] before = new int[size()];
    for (int n = 1; n < before.length; n++) {
      before[n] = before[n - 1] + spans.length(n - 1);
    }
    return before;
  }

  @Override
  public int lastRow(int n) {
    return (int) rowNumbers[spans.lastRow(n)];
  }

  @Override
  public SequenceTask calibrated(Function<BatchSource, Tensor> model) {
    return task;
  }

  /** The rows that there is an answer for. */
  private int[] answeredRows() {
    return IntStream.range(0, size())
        .flatMap(
            n ->
                task.labelled() == Labelled.ROW
                    ? IntStream.rangeClosed(spans.first(n), spans.lastRow(n))
                    : IntStream.of(spans.lastRow(n)))
        .toArray();
  }

  /** The outputs for those rows: (answers, units); what only fills up has none. */
  private Tensor answers(Tensor outputs) {
    int units = task.head().units();
    if (task.labelled() != Labelled.ROW) {
      return outputs;
    }
    Tensor answers = Tensor.zeros(spans.rows(), units);
    for (int n = 0, to = 0; n < size(); n++) {
      int length = spans.length(n) * units;
      System.arraycopy(outputs.data(), n * task.timesteps() * units, answers.data(), to, length);
      to += length;
    }
    return answers;
  }

  /** Columns: row, group and time if there are any, predicted, probabilities of classes, actual. */
  @Override
  public Table results(Tensor outputs) {
    int[] rows = answeredRows();
    Table answers = task.label().answers(task.inputs().keys(table, rows), answers(outputs));
    String label = task.label().column();
    if (!table.names().contains(label)) {
      return answers;
    }
    return task.label().actual(answers, table, rows);
  }

  @Override
  public String errorsText(Tensor outputs) {
    return task.label().errorsText(answers(outputs), targets);
  }

  @Override
  public void report(HtmlPage page, Tensor outputs) {
    TaskSamples.super.report(page, outputs);
    task.label().report(page, answers(outputs), targets);
  }
}
