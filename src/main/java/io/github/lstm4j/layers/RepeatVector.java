package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;

/**
 * Repeats its input: (batch, features) to (batch, n, features).
 *
 * <pre>{@code
 * Sequential autoencoder = new Sequential();
 * autoencoder.add(new LSTM(4).inputShape(10, 2)); // a sequence to four values
 * autoencoder.add(new RepeatVector(10)); // and back
 * autoencoder.add(new LSTM(4).returnSequences(true));
 * autoencoder.add(new Dense(2));
 * System.out.println(autoencoder.outputShape()); // (None, 10, 2)
 * }</pre>
 */
public final class RepeatVector extends Layer {
  private int n;

  RepeatVector() {}

  /**
   * @param n the number of timesteps, at least 1
   */
  public RepeatVector(int n) {
    this.n = positive(n, "n");
  }

  @Override
  protected void configure(Config c) {
    n = positive(c.integer("n", n), "n");
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    if (input.rank() != 2) {
      throw wrongInput(
          "(batch, features)", input, "the recurrent layer before it must not return sequences");
    }
    return Shape.of(input.dim(0), n, input.dim(1));
  }

  @Override
  public boolean runsStepwise() {
    return false;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    return new Signal(to.graph().repeat(in.value(), n, name()), null);
  }
}
