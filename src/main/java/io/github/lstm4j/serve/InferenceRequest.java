package io.github.lstm4j.serve;

import io.github.lstm4j.tensor.Tensor;
import java.util.List;

/**
 * A request of inference.
 *
 * @param id the client's name for it; null: none
 * @param inputs in the model's order, each (rows, …)
 * @param outputs those that are wanted, in order
 * @param sequence whose timestep it is; null: it stands alone
 */
record InferenceRequest(
    String id, List<Tensor> inputs, List<Wanted> outputs, SequencePart sequence) {

  /**
   * An output that is wanted.
   *
   * @param number of the model's outputs
   * @param binary whether its elements come behind the JSON
   */
  record Wanted(int number, boolean binary) {}

  /**
   * A part of a sequence.
   *
   * @param id a text, or a number of 64 bits
   * @param start whether the sequence begins with it
   * @param end whether the sequence ends with it
   */
  record SequencePart(Object id, boolean start, boolean end) {}

  /** How many rows it has. */
  int rows() {
    return inputs.get(0).dim(0);
  }
}
