package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/** A layer that makes one timestep of a whole sequence. Masks end here. */
public abstract class GlobalPooling<P extends GlobalPooling<P>> extends Layer {
  private boolean keepdims;
  private DataFormat dataFormat = DataFormat.CHANNELS_LAST;

  GlobalPooling() {}

  /** Whether the result is (batch, 1, features) rather than (batch, features); default false. */
  public P keepdims(boolean keep) {
    requireUnbuilt();
    keepdims = keep;
    return self();
  }

  /** Which axis holds the features; default channels_last. */
  public P dataFormat(DataFormat format) {
    requireUnbuilt();
    dataFormat = given(format, "dataFormat");
    return self();
  }

  /** As {@link #dataFormat(DataFormat)}, by Keras's name. */
  public P dataFormat(String format) {
    return dataFormat(choice("dataFormat", format, DataFormat.class));
  }

  @SuppressWarnings("unchecked") // P is this layer's class
  private P self() {
    return (P) this;
  }

  @Override
  protected final void configure(Config c) {
    dataFormat = c.choice("data_format", dataFormat);
    keepdims = c.flag("keepdims", keepdims);
  }

  @Override
  protected final Shape computeOutputShape(Shape input) {
    Shape sequence = dataFormat.reordered(input);
    requireSequence(sequence);
    return keepdims
        ? dataFormat.reordered(sequence.with(1, 1))
        : Shape.of(input.dim(0), sequence.dim(2));
  }

  @Override
  public final boolean runsStepwise() {
    return false;
  }

  @Override
  public final Signal lower(Signal in, Lowering to) {
    if (in.mask() != null && dataFormat == DataFormat.CHANNELS_FIRST) {
      throw new IllegalArgumentException(
          label() + ": a mask of timesteps does not go with dataFormat channels_first");
    }
    Graph graph = to.graph();
    Value x = dataFormat.reordered(graph, in.value(), name() + ".sequence");
    Value y = pool(graph, new Signal(x, in.mask()));
    if (keepdims) {
      y = graph.reshape(y, Shape.of(1, y.dim(0), y.dim(1)), true, name() + ".step");
      y = dataFormat.reordered(graph, y, name() + ".channels");
    }
    return new Signal(y, null);
  }

  /** Writes what becomes of (T,B,F): (B,F). */
  abstract Value pool(Graph graph, Signal in);
}
