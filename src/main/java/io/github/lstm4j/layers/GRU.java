package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;

/**
 * The gated recurrent unit. The equations and their source stand at {@link CellSpec.Gru}.
 *
 * <p>Input (batch, timesteps, features), for any features ≥ 1. Output (batch, units), or (batch,
 * timesteps, units) with {@link #returnSequences}. State: h, which is the output.
 *
 * <p>Weights, gates in the order z, r, h along the last axis: {@code kernel} (features, 3·units),
 * {@code recurrent_kernel} (units, 3·units), {@code bias} (2, 3·units): one for the input and one
 * for the recurrent kernel; without {@link #resetAfter} there is one only, (3·units).
 *
 * <pre>{@code
 * Sequential model = new Sequential(new GRU(4).inputShape(10, 2), new Dense(1));
 * System.out.println(model.layers().get(0).countParams()); // 96
 * System.out.println(model.predict(Tensor.zeros(5, 10, 2)).shape()); // (5, 1)
 *
 * Sequential paper = new Sequential(new GRU(4).resetAfter(false).inputShape(10, 2));
 * System.out.println(paper.countParams()); // 84
 * }</pre>
 */
public final class GRU extends CellLayer<GRU, GRUCell> {
  GRU() {
    super(new GRUCell());
  }

  /**
   * @param units the number of units, which is the length of the output and of the state, at least
   *     1
   */
  public GRU(int units) {
    super(new GRUCell().of(units, "GRU"));
  }

  /** Activation of the gates z and r; default sigmoid. */
  public GRU recurrentActivation(Activation a) {
    cell().recurrentActivation(a);
    return this;
  }

  /** As {@link #recurrentActivation(Activation)}, by Keras's name. */
  public GRU recurrentActivation(String a) {
    cell().recurrentActivation(a);
    return this;
  }

  /**
   * Whether the reset gate multiplies the product of h₋ with the recurrent kernel, as in cuDNN,
   * rather than h₋ itself, as in the paper; default true.
   */
  public GRU resetAfter(boolean behind) {
    cell().resetAfter(behind);
    return this;
  }
}
