package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;
import java.util.Map;

/** An activation as a layer of its own. Any shape; softmax is over the last axis. */
public final class Activation extends Layer {
  private final io.github.lstm4j.activations.Activation function;

  /** The activation of that Keras name. */
  public Activation(String name) {
    this(io.github.lstm4j.activations.Activation.of(name));
  }

  /** That activation. */
  public Activation(io.github.lstm4j.activations.Activation function) {
    this.function = function;
  }

  @Override
  protected Shape onBuild(Shape input) {
    return input;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    return new Signal(to.graph().activate(function, in.value(), name()), in.mask());
  }

  @Override
  public Map<String, Object> config() {
    Map<String, Object> c = newConfig();
    c.put("activation", function);
    return c;
  }
}
