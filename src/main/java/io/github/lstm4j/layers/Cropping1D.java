package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * A sequence without its first and last timesteps. Masks end here.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(10, 3), new Cropping1D(2, 1));
 * System.out.println(model.outputShape()); // (None, 7, 3)
 * }</pre>
 */
public final class Cropping1D extends Layer {
  private int before = 1;
  private int after = 1;

  /** One at either end. */
  public Cropping1D() {}

  /** As many at either end, at least 0. */
  public Cropping1D(int each) {
    this(each, each);
  }

  /** At the beginning and at the end, each at least 0. */
  public Cropping1D(int before, int after) {
    this.before = notNegative(before);
    this.after = notNegative(after);
  }

  private int notNegative(int value) {
    if (value < 0) {
      throw new IllegalArgumentException(label() + ": cropping must be at least 0, got " + value);
    }
    return value;
  }

  @Override
  protected void configure(Config c) {
    int[] both = c.integers("cropping", new int[] {before, after});
    if (both.length > 2) {
      throw new IllegalArgumentException("expected one number or two, got " + both.length);
    }
    before = notNegative(both[0]);
    after = notNegative(both[both.length - 1]);
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    requireSequence(input);
    int t = input.dim(1);
    if (t != Shape.UNKNOWN && t <= before + after) {
      throw wrongInput("more than " + (before + after) + " timesteps", input, "crop fewer");
    }
    return t == Shape.UNKNOWN ? input : input.with(1, t - before - after);
  }

  @Override
  public boolean runsStepwise() {
    return false;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Value x = in.value();
    int left = x.dim(0) - before - after;
    if (left < 1) {
      throw wrongInput("more than " + (before + after) + " timesteps", x.shape(), "crop fewer");
    }
    return new Signal(to.graph().slice(x, 0, before, left, name()), null);
  }
}
