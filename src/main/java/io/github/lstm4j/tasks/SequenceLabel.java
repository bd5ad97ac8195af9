package io.github.lstm4j.tasks;

import io.github.lstm4j.data.Table;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.tensor.Tensor;
import java.util.Map;

/** What is learnt about a sequence, or about each of its rows: a column of classes or numbers. */
public sealed interface SequenceLabel permits ClassLabel, NumberLabel {
  /** The column that holds the label. */
  String column();

  /** What the model ends in. */
  Head head(Head.Per per, Float padding);

  /**
   * What the model learns for a row.
   *
   * @throws IllegalArgumentException if the row holds a label that was not learnt
   */
  float target(Table table, int row);

  /** What the samples of each class count in training. */
  default Map<Integer, Double> weights() {
    return Map.of();
  }

  /** How often each label occurs, for messages; empty if that says nothing. */
  default String describe(float[] targets) {
    return "";
  }

  /**
   * With the columns that say what the model thinks.
   *
   * @param outputs (N, units)
   */
  Table answers(Table rows, Tensor outputs);

  /** With the column {@code actual}, as far as it is known. */
  Table actual(Table answers, Table table, int[] rows);

  /**
   * Lines that say how far outputs are off.
   *
   * @param outputs (N, units)
   * @param targets N of them
   */
  String errorsText(Tensor outputs, float[] targets);

  /**
   * Adds to a page what is to be seen of outputs.
   *
   * @param outputs (N, units)
   * @param targets N of them
   */
  void report(HtmlPage page, Tensor outputs, float[] targets);

  /** As maps and lists, to be stored. */
  Map<String, Object> toMap();
}
