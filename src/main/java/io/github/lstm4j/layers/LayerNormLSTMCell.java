package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * One timestep of an LSTM with layer normalisation: Ba, Kiros and Hinton (2016), <a
 * href="https://arxiv.org/abs/1607.06450">arXiv 1607.06450</a>, eq. 20–22, as the library haste
 * computes it (its {@code LayerNormLSTM}): the two products are normalised each by itself, and the
 * cell state where the output sees it; what is carried on is not. With {@code LN(a; γ) = γ∘(a −
 * mean(a))/√(variance(a) + 10⁻⁵)} over the whole row of a sample, and the gates as in {@link LSTM}:
 *
 * <pre>
 *   i, f, g, o = split(LN(x_t·kernel; γ_x) + LN(h₋·recurrent_kernel; γ_h) + bias)
 *   c = σ(f)∘c₋ + σ(i)∘tanh(g)
 *   h = σ(o)∘tanh(LN(c; γ_c) + β_c)
 * </pre>
 *
 * <p>Weights: {@code kernel} (features, 4·units), {@code recurrent_kernel} (units, 4·units), {@code
 * bias} (4·units), {@code gamma} (2, 4·units): γ_x and γ_h, {@code gamma_c} and {@code beta_c}
 * (units). States: h and c. It runs step by step; see {@link Cell}. Keras has no such cell, and
 * refuses a file with one by this name.
 *
 * <pre>{@code
 * RNN layer = new RNN(new LayerNormLSTMCell(8));
 * Sequential model = new Sequential(layer.inputShape(10, 3));
 * System.out.println(model.predict(Tensor.zeros(2, 10, 3)).shape()); // (2, 8)
 * System.out.println(model.countParams()); // 464
 * }</pre>
 */
public final class LayerNormLSTMCell extends Layer implements Cell {
  private static final float EPSILON = 1e-5f;

  private int units;
  private Weight kernel;
  private Weight recurrentKernel;
  private Weight bias;
  private Weight gamma;
  private Weight gammaC;
  private Weight betaC;

  LayerNormLSTMCell() {}

  /**
   * @param units the number of units, which is the length of the output and of the states, at least
   *     1
   */
  public LayerNormLSTMCell(int units) {
    this.units = positive(units, "units");
  }

  @Override
  protected void configure(Config c) {
    units = positive(c.integer("units", units), "units");
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    return Shape.of(input.dim(0), units);
  }

  @Override
  protected void onBuild(Shape input) {
    int width = Math.multiplyExact(4, units);
    kernel = addWeight("kernel", Shape.of(input.last(), width), Initializer.glorotUniform());
    recurrentKernel =
        addWeight("recurrent_kernel", Shape.of(units, width), Initializer.orthogonal());
    bias = addWeight("bias", Shape.of(width), Initializer.zeros(), this::openForgetGate);
    gamma = addWeight("gamma", Shape.of(2, width), Initializer.ones());
    gammaC = addWeight("gamma_c", Shape.of(units), Initializer.ones());
    betaC = addWeight("beta_c", Shape.of(units), Initializer.zeros());
  }

  /** 1 for the forget gate, as in Keras's LSTM. */
  private void openForgetGate(float[] values) {
    Arrays.fill(values, units, 2 * units, 1f);
  }

  @Override
  public List<String> stateNames() {
    return List.of("h", "c");
  }

  @Override
  public List<Integer> stateSizes() {
    return List.of(units, units);
  }

  @Override
  public Step begin(Lowering to, int batch) {
    CellOps o = new CellOps(to.graph(), name());
    Value k = to.variable(kernel);
    Value r = to.variable(recurrentKernel);
    Value b = to.variable(bias);
    List<Value> gammas = to.graph().unstack(to.variable(gamma), name() + ".gamma");
    Value ofC = to.variable(gammaC);
    Value beta = to.variable(betaC);
    return (x, states) -> {
      Value input = o.normalized(o.matMul(x, k), gammas.get(0), EPSILON);
      Value recurrent = o.normalized(o.matMul(states.get(0), r), gammas.get(1), EPSILON);
      Value z = o.sum(o.sum(input, recurrent), b);
      Value gate = o.activate(Activation.SIGMOID, o.part(z, 0, 2 * units)); // i, f
      Value g = o.activate(Activation.TANH, o.part(z, 2 * units, units));
      Value out = o.activate(Activation.SIGMOID, o.part(z, 3 * units, units));
      Value c =
          o.sum(
              o.product(o.part(gate, units, units), states.get(1)),
              o.product(o.part(gate, 0, units), g));
      Value seen = o.sum(o.normalized(c, ofC, EPSILON), beta);
      return List.of(o.product(out, o.activate(Activation.TANH, seen)), c);
    };
  }
}
