package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * What flows from layer to layer while a model is lowered to a graph.
 *
 * @param value the tensor: (B,F), or (T,B,…) for sequences
 * @param mask (T,B) 1 where a timestep counts, or null: all count
 * @param states what {@code returnState} yields beside the value: h, c, …; mostly empty
 * @param logits what went into the sigmoid or softmax that gave the value, or null: for
 *     crossentropies, as Keras on TensorFlow keeps it beside a tensor
 */
public record Signal(Value value, Value mask, List<Value> states, Value logits) {
  /** A signal that no sigmoid or softmax gave. */
  public Signal(Value value, Value mask, List<Value> states) {
    this(value, mask, states, null);
  }

  /** A signal without states. */
  public Signal(Value value, Value mask) {
    this(value, mask, List.of());
  }

  /** The same with another mask, or null for none. */
  public Signal withMask(Value other) {
    return new Signal(value, other, states, logits);
  }

  /** A layer's numbers (B,T) where they are fed as ids are, (T,B); or as they are. */
  public Signal asFeatures(Graph graph) {
    boolean ids = value.timeMajor() && value.shape().rank() == 2;
    return ids
        ? new Signal(graph.permute(value, new int[] {1, 0}, false, value.name() + ".rows"), mask)
        : this;
  }

  /** The value with its mask, and behind it the states. */
  List<Signal> outputs() {
    List<Signal> all = new ArrayList<>(List.of(new Signal(value, mask, List.of(), logits)));
    states.forEach(s -> all.add(new Signal(s, null)));
    return all;
  }

  /** Whether it is a sequence. */
  public boolean isSequence() {
    return value.shape().rank() > 2;
  }
}
