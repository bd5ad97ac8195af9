package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.tensor.Shape;
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
public final class LayerNormLSTMCell extends GatedCell {
  private static final float EPSILON = 1e-5f;

  private Weight gamma;
  private Weight gammaC;
  private Weight betaC;

  LayerNormLSTMCell() {}

  /**
   * @param units the number of units, which is the length of the output and of the states, at least
   *     1
   */
  public LayerNormLSTMCell(int units) {
    super(units);
  }

  @Override
  int outputs() {
    return units();
  }

  @Override
  protected void onBuild(Shape input) {
    super.onBuild(input);
    gamma = addWeight("gamma", Shape.of(2, width()), Initializer.ones());
    gammaC = addWeight("gamma_c", Shape.of(units()), Initializer.ones());
    betaC = addWeight("beta_c", Shape.of(units()), Initializer.zeros());
  }

  @Override
  public Value inputs(Value x, Lowering to) {
    return ops(to).normalized(super.inputs(x, to), gamma(0, to), EPSILON);
  }

  private Value gamma(int row, Lowering to) {
    return to.graph().unstack(to.variable(gamma), name() + ".gamma").get(row);
  }

  @Override
  public Step begin(Lowering to, int batch) {
    CellOps o = ops(to);
    Value r = to.variable(recurrentKernel());
    Value b = to.variable(bias());
    Value ofH = gamma(1, to);
    Value ofC = to.variable(gammaC);
    Value beta = to.variable(betaC);
    return (input, states) -> {
      Value recurrent = o.normalized(o.matMul(states.get(0), r), ofH, EPSILON);
      Value z = o.sum(o.sum(input, recurrent), b);
      Value c = cellState(o, z, states.get(1));
      return List.of(output(o, z, o.sum(o.normalized(c, ofC, EPSILON), beta)), c);
    };
  }
}
