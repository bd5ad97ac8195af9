package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.Value;
import java.util.Arrays;
import java.util.List;

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
    configureClip(c);
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

  /** Activation of the gates z and r. */
  public Activation recurrentActivation() {
    return recurrentActivation;
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

  @Override
  Equations equations(CellOps o, Lowering to, List<Value> masks, Value b) {
    int u = units();
    Value r = to.variable(recurrentKernel());
    Value ofZr = o.part(r, 0, 2 * u);
    Value ofG = o.part(r, 2 * u, u);
    List<Value> biases =
        b == null || !resetAfter ? Arrays.asList(b, null) : to.graph().unstack(b, b.name());
    return (input, before) -> {
      Value h = before.get(0);
      Value a = biases.get(0) == null ? input : o.sum(input, biases.get(0));
      Value g = o.part(a, 2 * u, u);
      Value zr = o.part(a, 0, 2 * u);
      Value p = null;
      if (resetAfter) {
        Value all = o.gates(h, masks, r);
        all = biases.get(1) == null ? all : o.sum(all, biases.get(1));
        p = o.part(all, 2 * u, u);
        zr = o.sum(zr, o.part(all, 0, 2 * u));
      } else {
        zr = o.sum(zr, o.gates(h, masks.isEmpty() ? masks : masks.subList(0, 2), ofZr));
      }
      zr = o.gate(recurrentActivation, zr);
      Value reset = o.part(zr, u, u);
      if (resetAfter) {
        g = o.sum(g, o.product(reset, p));
      } else {
        Value seen = masks.isEmpty() ? h : o.product(h, masks.get(2));
        g = o.sum(g, o.matMul(o.product(reset, seen), ofG));
      }
      return List.of(o.mix(o.part(zr, 0, u), h, o.gate(activation(), g)));
    };
  }
}
