package io.github.lstm4j.training;

import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * How far a training is, as a model's file has it beside the weights and the optimizer's state, so
 * that a training that goes on from there does what it would have done without a stop.
 *
 * <p>A file that is saved while an epoch's end is being told knows which callbacks were told
 * already: the others are told when the training goes on. So it makes no difference which callback
 * saves.
 *
 * @param epoch the number of epochs that are done: the {@code initialEpoch} to go on with
 * @param logs what the last epoch measured
 * @param callbacks what each remembers, in their order
 * @param carried what stateful layers carry from batch to batch; may be empty while they exist
 */
public record Progress(
    int epoch, Map<String, Double> logs, List<Told> callbacks, List<Tensor> carried) {
  /**
   * A callback.
   *
   * @param name its {@link Callback#stateName}, with a number behind it if it is not the first
   * @param ofEnd whether it was told of the last epoch's end
   * @param state what it remembers
   */
  public record Told(String name, boolean ofEnd, CallbackState state) {}

  /** With what stateful layers carry now, unless it has that from a file. */
  Progress carrying(LayerGraph layers) {
    return new Progress(epoch, logs, callbacks, carried.isEmpty() ? layers.carried() : carried);
  }
}
