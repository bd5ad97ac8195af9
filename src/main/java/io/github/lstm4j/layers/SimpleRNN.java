package io.github.lstm4j.layers;

import io.github.lstm4j.graph.CellSpec;

/**
 * The simple recurrent layer, also called Elman's: {@code h = φ(x·kernel + h₋·recurrent_kernel +
 * bias)}; see {@link CellSpec.SimpleRnn}.
 *
 * <p>Input (batch, timesteps, features), for any features ≥ 1. Output (batch, units), or (batch,
 * timesteps, units) with {@link #returnSequences}. State: h, which is the output.
 *
 * <p>Weights: {@code kernel} (features, units), {@code recurrent_kernel} (units, units), {@code
 * bias} (units).
 *
 * <pre>{@code
 * Sequential model = new Sequential(new SimpleRNN(4).inputShape(10, 2), new Dense(1));
 * System.out.println(model.layers().get(0).countParams()); // 28
 * System.out.println(model.predict(Tensor.zeros(5, 10, 2)).shape()); // (5, 1)
 * }</pre>
 */
public final class SimpleRNN extends CellLayer<SimpleRNN, SimpleRNNCell> {
  SimpleRNN() {
    super(new SimpleRNNCell());
  }

  /**
   * @param units the number of units, which is the length of the output and of the state, at least
   *     1
   */
  public SimpleRNN(int units) {
    super(new SimpleRNNCell().of(units, "SimpleRNN"));
  }
}
