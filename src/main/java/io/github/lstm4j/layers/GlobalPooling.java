package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/** A layer that makes one timestep of a whole sequence. Masks end here. */
public abstract class GlobalPooling<P extends GlobalPooling<P>> extends Layer {
  private boolean keepdims;

  GlobalPooling() {}

  /** Whether the result is (batch, 1, features) rather than (batch, features); default false. */
  @SuppressWarnings("unchecked") // P is this layer's class
  public P keepdims(boolean keep) {
    requireUnbuilt();
    keepdims = keep;
    return (P) this;
  }

  @Override
  protected final void configure(Config c) {
    c.constant("data_format", "channels_last");
    keepdims = c.flag("keepdims", keepdims);
  }

  @Override
  protected final Shape computeOutputShape(Shape input) {
    requireSequence(input);
    return keepdims ? input.with(1, 1) : Shape.of(input.dim(0), input.dim(2));
  }

  @Override
  public final boolean runsStepwise() {
    return false;
  }

  @Override
  public final Signal lower(Signal in, Lowering to) {
    Value y = pool(to.graph(), in);
    return new Signal(
        keepdims
            ? to.graph().reshape(y, Shape.of(1, y.dim(0), y.dim(1)), true, name() + ".step")
            : y,
        null);
  }

  /** Writes what becomes of (T,B,F): (B,F). */
  abstract Value pool(Graph graph, Signal in);
}
