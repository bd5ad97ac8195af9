package io.github.lstm4j.serve;

import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** A model that is loaded: what answers requests. One thread runs it at a time. */
public interface Engine extends AutoCloseable {
  /** What goes in. */
  List<TensorSpec> inputs();

  /** What comes out. */
  List<TensorSpec> outputs();

  /**
   * Texts as the numbers that an input of {@link DataType#BYTES} is fed with.
   *
   * @param shape of the texts
   * @throws IllegalArgumentException if they cannot be
   */
  Tensor encode(int input, Shape shape, List<String> texts);

  /**
   * Checks what is not seen from the {@link #inputs} alone.
   *
   * @throws IllegalArgumentException if the inputs cannot be fed
   */
  void check(List<Tensor> inputs);

  /** Whether rows answer for themselves alone, whatever stands beside them in a batch. */
  boolean batches();

  /**
   * Answers.
   *
   * @param inputs each (rows, …)
   * @param most how many rows may be computed at once
   * @return each (rows, …)
   */
  List<Tensor> run(List<Tensor> inputs, int most);

  /**
   * How many numbers the state of a sequence is.
   *
   * @throws IllegalArgumentException if it cannot be fed one timestep at a time; says why
   */
  int stateSize();

  /**
   * A timestep of several sequences.
   *
   * @param readings each (sequences, features)
   * @param states of each sequence; get the states after the step
   * @return each (sequences, outputs)
   */
  List<Tensor> step(List<Tensor> readings, float[][] states);

  /** How rows of a table become inputs and outputs answers, if the model's file says so. */
  Optional<Task> task();

  @Override
  void close();
}
