package io.github.lstm4j.tasks;

import io.github.lstm4j.data.Table;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.BatchSource;
import java.util.function.Function;

/** Samples of a table, each cut when its batch is needed. */
public interface TaskSamples {
  /** The number of samples. */
  int size();

  /** How many of what, for messages: "1,234 windows". */
  String describe();

  /** Inputs and, where the truth was asked for, targets; as the model takes and learns them. */
  BatchSource source();

  /** The last row of sample {@code n}, as a number in the table's file. */
  int lastRow(int n);

  /**
   * The task, with what only a trained model's outputs for these samples tell: the threshold of an
   * alarm.
   *
   * @param model from inputs to outputs
   */
  Task calibrated(Function<BatchSource, Tensor> model);

  /**
   * The model's outputs as answers in the table's units: one row each, with its row in the file,
   * its group and its time if it has them, and the truth where it is known.
   */
  Table results(Tensor outputs);

  /** Lines that say how far the model's outputs for these samples are off. */
  String errorsText(Tensor outputs);
}
