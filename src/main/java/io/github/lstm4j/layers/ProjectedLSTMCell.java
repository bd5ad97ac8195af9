package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * One timestep of an LSTM whose output is projected to fewer values, and that sees no more of its
 * past: PyTorch's {@code LSTM(proj_size=…)}, after Sak et al. (2014), <a
 * href="https://arxiv.org/abs/1402.1128">arXiv 1402.1128</a>, without their second projection. With
 * the gates as in {@link LSTM}:
 *
 * <pre>
 *   i, f, g, o = split(x_t·kernel + h₋·recurrent_kernel + bias)
 *   c = σ(f)∘c₋ + σ(i)∘tanh(g)
 *   h = (σ(o)∘tanh(c))·projection_kernel
 * </pre>
 *
 * <p>Weights: {@code kernel} (features, 4·units), {@code recurrent_kernel} (projection, 4·units),
 * {@code bias} (4·units), {@code projection_kernel} (units, projection). States: h (projection), c
 * (units). It runs step by step; see {@link Cell}. Keras has no such cell, and refuses a file with
 * one by this name.
 *
 * <pre>{@code
 * RNN layer = new RNN(new ProjectedLSTMCell(64, 32)).returnSequences(true);
 * Sequential model = new Sequential(layer.inputShape(10, 3));
 * System.out.println(model.predict(Tensor.zeros(2, 10, 3)).shape()); // (2, 10, 32)
 * System.out.println(model.countParams()); // 11264
 * }</pre>
 */
public final class ProjectedLSTMCell extends Layer implements Cell {
  private int units;
  private int projection;
  private Weight kernel;
  private Weight recurrentKernel;
  private Weight bias;
  private Weight projectionKernel;

  ProjectedLSTMCell() {}

  /**
   * @param units the length of the cell state, at least 1
   * @param projection the length of the output, at least 1
   */
  public ProjectedLSTMCell(int units, int projection) {
    this.units = positive(units, "units");
    this.projection = positive(projection, "projection");
  }

  @Override
  protected void configure(Config c) {
    units = positive(c.integer("units", units), "units");
    projection = positive(c.integer("projection", projection), "projection");
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    return Shape.of(input.dim(0), projection);
  }

  @Override
  protected void onBuild(Shape input) {
    int width = Math.multiplyExact(4, units);
    kernel = addWeight("kernel", Shape.of(input.last(), width), Initializer.glorotUniform());
    recurrentKernel =
        addWeight("recurrent_kernel", Shape.of(projection, width), Initializer.orthogonal());
    bias = addWeight("bias", Shape.of(width), Initializer.zeros(), this::openForgetGate);
    projectionKernel =
        addWeight("projection_kernel", Shape.of(units, projection), Initializer.glorotUniform());
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
    return List.of(projection, units);
  }

  @Override
  public Step begin(Lowering to, int batch) {
    CellOps o = new CellOps(to.graph(), name());
    Value k = to.variable(kernel);
    Value r = to.variable(recurrentKernel);
    Value b = to.variable(bias);
    Value p = to.variable(projectionKernel);
    return (x, states) -> {
      Value z = o.sum(o.sum(o.matMul(x, k), o.matMul(states.get(0), r)), b);
      Value gate = o.activate(Activation.SIGMOID, o.part(z, 0, 2 * units)); // i, f
      Value g = o.activate(Activation.TANH, o.part(z, 2 * units, units));
      Value out = o.activate(Activation.SIGMOID, o.part(z, 3 * units, units));
      Value c =
          o.sum(
              o.product(o.part(gate, units, units), states.get(1)),
              o.product(o.part(gate, 0, units), g));
      Value h = o.matMul(o.product(out, o.activate(Activation.TANH, c)), p);
      return List.of(h, c);
    };
  }
}
