package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Value;
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

  @Override
  protected void configure(Config c) {
    int[] both = c.integers("padding", new int[] {before, after});
    if (both.length > 2) {
      throw new IllegalArgumentException("expected one number or two, got " + both.length);
    }
    before = notNegative(both[0]);
    after = notNegative(both[both.length - 1]);
    c.constant("data_format", "channels_last");
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    requireSequence(input);
    int t = input.dim(1);
    return t == Shape.UNKNOWN ? input : input.with(1, before + t + after);
  }

  @Override
  public boolean runsStepwise() {
    return false;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Value x = in.value();
    return new Signal(to.graph().pad(x, 0, before, after, name()), null);
  }
}
