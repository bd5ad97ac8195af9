package io.github.lstm4j.tasks;

import io.github.lstm4j.data.Table;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.BatchSource;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** Samples of a table, each cut when its batch is needed. */
public interface TaskSamples {
  /** The number of samples. */
  int size();

  /** How many of what, for messages: "1,234 windows". */
  String describe();

  /** Inputs and, where the truth was asked for, targets; as the model takes and learns them. */
  BatchSource source();

  /** The inputs of sample {@code n} alone: {@code (1, T, F)}. */
  default Tensor input(int n) {
    try (BatchSource.Batches batches = source().batches(1, null)) {
      for (int before = 0; before < n; before++) {
        batches.next();
      }
      return batches.next().input();
    }
  }

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
   * The model's outputs as answers in the table's units: a line each, with its {@code row} in the
   * file, its {@code time} and {@code group} if it has them, and the truth where it is known.
   */
  Table results(Tensor outputs);

  /**
   * The answers as numbers alone, for arrays: a row for each row of {@link #results}, without its
   * number, time and texts.
   */
  default double[][] numbers(Tensor outputs) {
    Table results = results(outputs);
    List<double[]> columns =
        results.names().stream()
            .filter(name -> !results.isCategorical(name))
            .filter(name -> !name.equals("row") && !name.equals(TableInputs.TIME))
            .map(results::numbers)
            .toList();
    double[][] rows = new double[results.rows()][columns.size()];
    for (int row = 0; row < rows.length; row++) {
      int at = row;
      Arrays.setAll(rows[row], k -> columns.get(k)[at]);
    }
    return rows;
  }

  /** Lines that say how far the model's outputs for these samples are off. */
  String errorsText(Tensor outputs);

  /** Adds to a page what is to be seen of the model's outputs for these samples. */
  default void report(HtmlPage page, Tensor outputs) {
    page.section("Errors").preformatted(errorsText(outputs));
  }
}
