package io.github.lstm4j.layers;

import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.Value;
import java.util.List;

/**
 * One timestep of a {@link SimpleRNN}, for an {@link RNN}; see {@link CellSpec.SimpleRnn}. State:
 * h.
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
    configureClip(c);
  }

  @Override
  Equations equations(CellOps o, Lowering to, List<Value> masks, Value b) {
    Value r = to.variable(recurrentKernel());
    return (input, before) -> {
      Value z = o.sum(input, o.gates(before.get(0), masks, r));
      return List.of(o.gate(activation(), b == null ? z : o.sum(z, b)));
    };
  }
}
