package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/** A layer that makes one timestep of each window of timesteps. Masks end here. */
public abstract class Pooling<P extends Pooling<P>> extends Layer {
  private int poolSize = 2;
  private int strides; // 0 for the window's size
  private Padding padding = Padding.VALID;
  private DataFormat dataFormat = DataFormat.CHANNELS_LAST;

  Pooling() {}

  Pooling(int poolSize) {
    this.poolSize = positive(poolSize, "poolSize");
  }

  @SuppressWarnings("unchecked") // P is this layer's class
  private P self() {
    return (P) this;
  }

  /** How far windows begin apart, at least 1; default as far as they are long. */
  public P strides(int apart) {
    requireUnbuilt();
    strides = positive(apart, "strides");
    return self();
  }

  /** What is done at the ends, valid or same; default valid. */
  public P padding(Padding ends) {
    requireUnbuilt();
    padding = notCausal(given(ends, "padding"));
    return self();
  }

  /** As {@link #padding(Padding)}, by Keras's name. */
  public P padding(String ends) {
    return padding(choice("padding", ends, Padding.class));
  }

  private Padding notCausal(Padding ends) {
    if (ends == Padding.CAUSAL) {
      throw new IllegalArgumentException(label() + ": padding: expected valid or same, got causal");
    }
    return ends;
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

  @Override
  protected final void configure(Config c) {
    poolSize = positive(c.single("pool_size", poolSize), "poolSize");
    padding = notCausal(c.choice("padding", padding));
    strides = positive(c.single("strides", strides == 0 ? poolSize : strides), "strides");
    dataFormat = c.choice("data_format", dataFormat);
  }

  private Sliding sliding() {
    return new Sliding(poolSize, strides == 0 ? poolSize : strides, 1, padding);
  }

  /** The output of what slides over sequences of that shape. */
  static Shape slid(Layer layer, Sliding sliding, Shape input) {
    int count = sliding.count(input.dim(1));
    if ((count < 1 && count != Shape.UNKNOWN) || count == 0) {
      throw new IllegalArgumentException(
          layer.label()
              + ": no window of "
              + sliding.size()
              + " timesteps fits into "
              + input
              + "; lengthen the sequences or use padding(\"same\")");
    }
    return input.with(1, count);
  }

  @Override
  protected final Shape computeOutputShape(Shape input) {
    Shape sequence = dataFormat.reordered(input);
    requireSequence(sequence);
    return dataFormat.reordered(slid(this, sliding(), sequence));
  }

  @Override
  public final boolean runsStepwise() {
    return false;
  }

  @Override
  public final Signal lower(Signal in, Lowering to) {
    Value x = dataFormat.reordered(to.graph(), in.value(), name() + ".sequence");
    Value y = pool(to.graph(), x, sliding());
    return new Signal(dataFormat.reordered(to.graph(), y, name() + ".channels"), null);
  }

  /** Writes what becomes of (T,B,F): (W,B,F). */
  abstract Value pool(Graph graph, Value x, Sliding sliding);
}
