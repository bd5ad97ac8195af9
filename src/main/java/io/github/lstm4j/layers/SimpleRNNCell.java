package io.github.lstm4j.layers;

import io.github.lstm4j.graph.CellSpec;

/**
 * One timestep of a {@link SimpleRNN}, for an {@link RNN}; see {@link CellSpec.SimpleRnn}. State: h.
 *
 * <pre>{@code
 * RNN layer = new RNN(new SimpleRNNCell(4)).returnSequences(true);
 * Sequential model = new Sequential(layer.inputShape(10, 2));
 * System.out.println(model.predict(Tensor.zeros(5, 10, 2)).shape()); // (5, 10, 4)
 * }</pre>
 */
public final class SimpleRNNCell extends FusedCell<SimpleRNNCell> {
  SimpleRNNCell() {}

  /**
   * @param units the number of units, which is the length of the output and of the state, at least
   *     1
   */
  public SimpleRNNCell(int units) {
    super(units);
  }

  @Override
  public CellSpec.SimpleRnn spec() {
    return new CellSpec.SimpleRnn(units(), activation());
  }

  @Override
  protected void configure(Config c) {
    configureUnits(c);
    configureWeights(c);
    configureDropout(c);
  }
}
