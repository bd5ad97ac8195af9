package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;

/**
 * One timestep of a {@link GRU}, for an {@link RNN}. The equations and their source stand at {@link
 * CellSpec.Gru}, the weights at {@link GRU}. State: h.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new RNN(new GRUCell(4)).inputShape(10, 2));
 * System.out.println(model.countParams()); // 96
 * }</pre>
 */
public final class GRUCell extends FusedCell<GRUCell> {
  private Activation recurrentActivation = Activation.SIGMOID;
  private boolean resetAfter = true;

  GRUCell() {}

  /**
   * @param units the number of units, which is the length of the output and of the state, at least
   *     1
   */
  public GRUCell(int units) {
    super(units);
  }

  @Override
  public CellSpec.Gru spec() {
    return new CellSpec.Gru(units(), activation(), recurrentActivation, resetAfter);
  }

  @Override
  protected void configure(Config c) {
    configureUnits(c);
    recurrentActivation = elementwise(c.activation("recurrent_activation", recurrentActivation));
    configureWeights(c);
    configureDropout(c);
    resetAfter = c.flag("reset_after", resetAfter);
  }

  /** Activation of the gates z and r; default sigmoid. */
  public GRUCell recurrentActivation(Activation a) {
    requireUnbuilt();
    recurrentActivation = elementwise(a);
    return this;
  }

  /** As {@link #recurrentActivation(Activation)}, by Keras's name. */
  public GRUCell recurrentActivation(String a) {
    return recurrentActivation(Activation.of(a));
  }

  /**
   * Whether the reset gate multiplies the product of h₋ with the recurrent kernel, as in cuDNN,
   * rather than h₋ itself, as in the paper; default true.
   */
  public GRUCell resetAfter(boolean behind) {
    requireUnbuilt();
    resetAfter = behind;
    return this;
  }
}
