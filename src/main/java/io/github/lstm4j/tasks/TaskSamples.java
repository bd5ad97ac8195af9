package io.github.lstm4j.tasks;

import io.github.lstm4j.data.Table;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.BatchSource;

/** Samples of a table, each cut when its batch is needed. */
public interface TaskSamples {
  /** The number of samples. */
  int size();

  /** How many of what, for messages: "1,234 windows". */
  String describe();

  /** Inputs and, where the truth was asked for, targets; as the model takes and learns them. */
  BatchSource source();

  /** The inputs of sample {@code n} alone: {@code (1, T, F)}. */
  Tensor input(int n);

  /** The last row of sample {@code n}, as a number in the table's file. */
  int lastRow(int n);

  /**
   * The task, with what only a trained model's outputs for held-back samples tell: the threshold of
   * an alarm.
   */
  Task calibrated(Tensor outputs);

  /**
   * What the model's outputs for these samples say, in the table's units: a row for each answer,
   * with the row and time that it is about, the group if there are groups, the answer, and what
   * came, where that is known.
   */
  Table results(Tensor outputs);

  /** What the model's outputs say, in the table's units: as many numbers for each sample. */
  double[] answers(Tensor outputs);

  /** Lines that say how far the model's outputs for these samples are off. */
  String errorsText(Tensor outputs);

  /** Adds to a page what is to be seen of the model's outputs for these samples. */
  default void report(HtmlPage page, Tensor outputs) {
    page.section("Errors").preformatted(errorsText(outputs));
  }
}
