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
}
