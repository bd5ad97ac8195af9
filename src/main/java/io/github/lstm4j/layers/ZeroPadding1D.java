package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;

/**
 * Timesteps of zeros before and after a sequence. Masks end here.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(10, 3), new ZeroPadding1D(2, 1));
 * System.out.println(model.outputShape()); // (None, 13, 3)
 * }</pre>
 */
public final class ZeroPadding1D extends Layer {
  private int before = 1;
  private int after = 1;
  private DataFormat dataFormat = DataFormat.CHANNELS_LAST;

  /** One at either end. */
  public ZeroPadding1D() {}

  /** As many at either end, at least 0. */
  public ZeroPadding1D(int each) {
    this(each, each);
  }

  /** At the beginning and at the end, each at least 0. */
  public ZeroPadding1D(int before, int after) {
    this.before = notNegative(before);
    this.after = notNegative(after);
  }

  private int notNegative(int value) {
    if (value < 0) {
      throw new IllegalArgumentException(label() + ": padding must be at least 0, got " + value);
    }
    return value;
  }

  /** Which axis holds the features; default channels_last. */
  public ZeroPadding1D dataFormat(DataFormat format) {
    requireUnbuilt();
    dataFormat = given(format, "dataFormat");
    return this;
  }

  /** As {@link #dataFormat(DataFormat)}, by Keras's name. */
  public ZeroPadding1D dataFormat(String format) {
    return dataFormat(choice("dataFormat", format, DataFormat.class));
  }

  @Override
  protected void configure(Config c) {
    int[] both = c.integers("padding", new int[] {before, after});
    if (both.length > 2) {
      throw new IllegalArgumentException("expected one number or two, got " + both.length);
    }
    before = notNegative(both[0]);
    after = notNegative(both[both.length - 1]);
    dataFormat = c.choice("data_format", dataFormat);
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    Shape sequence = dataFormat.reordered(input);
    requireSequence(sequence);
    int t = sequence.dim(1);
    return t == Shape.UNKNOWN
        ? input
        : dataFormat.reordered(sequence.with(1, Math.addExact(before + after, t)));
  }

  @Override
  public boolean runsStepwise() {
    return false;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    int timesteps = dataFormat == DataFormat.CHANNELS_LAST ? 0 : 2; // in memory
    return new Signal(to.graph().pad(in.value(), timesteps, before, after, name()), null);
  }
}
