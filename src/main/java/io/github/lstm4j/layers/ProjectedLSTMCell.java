package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.tensor.Shape;
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
public final class ProjectedLSTMCell extends GatedCell {
  private int projection;
  private Weight projectionKernel;

  ProjectedLSTMCell() {}

  /**
   * @param units the length of the cell state, at least 1
   * @param projection the length of the output, at least 1
   */
  public ProjectedLSTMCell(int units, int projection) {
    super(units);
    this.projection = positive(projection, "projection");
  }

  @Override
  protected void configure(Config c) {
    super.configure(c);
    projection = positive(c.integer("projection", projection), "projection");
  }

  @Override
  int outputs() {
    return projection;
  }

  @Override
  protected void onBuild(Shape input) {
    super.onBuild(input);
    projectionKernel =
        addWeight("projection_kernel", Shape.of(units(), projection), Initializer.glorotUniform());
  }

  @Override
  public Step begin(Lowering to, int batch) {
    CellOps o = ops(to);
    Value r = to.variable(recurrentKernel());
    Value b = to.variable(bias());
    Value p = to.variable(projectionKernel);
    return (input, states) -> {
      Value z = o.sum(o.sum(input, o.matMul(states.get(0), r)), b);
      Value c = cellState(o, z, states.get(1));
      return List.of(o.matMul(output(o, z, c), p), c);
    };
  }
}
