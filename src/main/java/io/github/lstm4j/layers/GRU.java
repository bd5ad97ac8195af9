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
 * System.out.println(model.layers().get(0).countParams()); // 96 = 3·(2·4 + 4·4 + 2·4)
 * System.out.println(model.predict(Tensor.zeros(5, 10, 2)).shape()); // (5, 1)
 *
 * Sequential paper = new Sequential(new GRU(4).resetAfter(false).inputShape(10, 2));
 * System.out.println(paper.countParams()); // 84
 * }</pre>
 */
public final class GRU extends Recurrent<GRU> {
  private Activation recurrentActivation = Activation.SIGMOID;
  private boolean resetAfter = true;

  GRU() {}

  /**
   * @param units the number of units, which is the length of the output and of the state, at least
   *     1
   */
  public GRU(int units) {
    super(units);
  }

  @Override
  public CellSpec.Gru cell() {
    return new CellSpec.Gru(units(), activation(), recurrentActivation, resetAfter);
  }

  @Override
  protected GRU blank() {
    return new GRU();
  }

  @Override
  protected void configure(Config c) {
    configureSequence(c);
    configureUnits(c);
    recurrentActivation = elementwise(c.activation("recurrent_activation", recurrentActivation));
    configureWeights(c);
    configureDropout(c);
    resetAfter = c.flag("reset_after", resetAfter);
  }

  /** Activation of the gates z and r; default sigmoid. */
  public GRU recurrentActivation(Activation a) {
    requireUnbuilt();
    recurrentActivation = elementwise(a);
    return this;
  }

  /** As {@link #recurrentActivation(Activation)}, by Keras's name. */
  public GRU recurrentActivation(String a) {
    return recurrentActivation(Activation.of(a));
  }

  /**
   * Whether the reset gate multiplies the product of h₋ with the recurrent kernel, as in cuDNN,
   * rather than h₋ itself, as in the paper; default true.
   */
  public GRU resetAfter(boolean behind) {
    requireUnbuilt();
    resetAfter = behind;
    return this;
  }
}
