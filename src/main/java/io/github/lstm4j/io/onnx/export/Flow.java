package io.github.lstm4j.io.onnx.export;

import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.tensor.Shape;

/**
 * What flows between the nodes that are written for layers: a tensor in the user's order of axes.
 *
 * @param name of the tensor in the ONNX graph
 * @param shape (None, features) or (None, timesteps, …)
 * @param type {@code FLOAT}, or {@code INT64} for ids that are fed
 * @param mask a BOOL tensor (batch, timesteps), true where a timestep counts; null if all do
 */
record Flow(String name, Shape shape, ElementType type, String mask) {
  /** Numbers without a mask. */
  Flow(String name, Shape shape) {
    this(name, shape, ElementType.FLOAT, null);
  }

  boolean isSequence() {
    return shape.rank() > 2;
  }

  Flow withMask(String other) {
    return new Flow(name, shape, type, other);
  }
}
