package io.github.lstm4j.training;

import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Samples that are trained on, evaluated or predicted together: for each of the model's inputs and
 * targets a tensor with as many samples.
 *
 * <pre>{@code
 * Batch batch = Batch.of(x, y); // x (32, 24, 11), y (32, 1)
 * }</pre>
 */
public final class Batch {
  private final List<Rows> inputs;
  private final List<Rows> targets;
  private final Rows sampleWeights;
  private final int[] numbers;
  private final int first;

  /**
   * @param numbers which samples of the source these are, or null: one after the other from {@code
   *     first} on
   */
  Batch(List<Rows> inputs, List<Rows> targets, Rows sampleWeights, int[] numbers, int first) {
    this.inputs = inputs;
    this.targets = targets;
    this.sampleWeights = sampleWeights;
    this.numbers = numbers;
    this.first = first;
  }

  /** Inputs alone, to be predicted. */
  public static Batch of(Tensor x) {
    return of(List.of(x), List.of(), null);
  }

  /** Inputs and targets. */
  public static Batch of(Tensor x, Tensor y) {
    return of(List.of(x), List.of(y), null);
  }

  /**
   * Inputs, targets and what each sample's loss is multiplied by.
   *
   * @param sampleWeights (samples)
   */
  public static Batch of(Tensor x, Tensor y, Tensor sampleWeights) {
    return of(List.of(x), List.of(y), sampleWeights);
  }

  /**
   * For a model of several inputs or outputs.
   *
   * @param sampleWeights (samples), or null
   * @throws IllegalArgumentException if there are no inputs, or the tensors differ in the number of
   *     samples
   */
  public static Batch of(List<Tensor> inputs, List<Tensor> targets, Tensor sampleWeights) {
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("Batch: expected at least one input, got none");
    }
    Rows weights = sampleWeights == null ? null : Rows.of(sampleWeights);
    return new Batch(
        inputs.stream().map(Rows::of).toList(),
        targets.stream().map(Rows::of).toList(),
        weights,
        null,
        0);
  }

  /** The number of samples. */
  public int size() {
    return inputs.get(0).shape().dim(0);
  }

  /** A copy of the first input. */
  public Tensor input() {
    Rows x = inputs.get(0);
    return Tensor.of(Arrays.copyOfRange(x.data(), x.from(), x.from() + x.size()), x.shape());
  }

  /** The same with other weights of the samples. */
  Batch weighted(Rows weights) {
    return new Batch(inputs, targets, weights, numbers, first);
  }

  List<Rows> inputs() {
    return inputs;
  }

  List<Rows> targets() {
    return targets;
  }

  Rows sampleWeights() {
    return sampleWeights;
  }

  /** The same samples under other numbers; see the constructor. */
  Batch numbered(int[] others, int firstNumber) {
    return new Batch(inputs, targets, sampleWeights, others, firstNumber);
  }

  /** The number in the source of the sample in that row. */
  int number(int row) {
    return numbers == null ? first + row : numbers[first + row];
  }
}
