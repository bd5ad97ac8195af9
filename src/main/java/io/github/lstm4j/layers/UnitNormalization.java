package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * Scales each sample (and timestep) to the Euclidean length 1 along its features.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(2), new UnitNormalization());
 * Tensor y = model.predict(Tensor.of(new float[][] {{3, 4}}));
 * System.out.println(Math.abs(y.get(0, 1) - 0.8) < 1e-6); // true
 * }</pre>
 */
public final class UnitNormalization extends Layer {
  private int[] axis = {-1};

  /** Along the last axis. */
  public UnitNormalization() {}

  /**
   * @param axis the axes along which the length is taken, together; not the batch
   */
  public UnitNormalization(int... axis) {
    this.axis = axis.clone();
  }

  @Override
  protected void configure(Config c) {
    axis = c.oneOrMore("axis", axis);
  }

  @Override
  protected boolean isPerTimestep() {
    return true;
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    MemoryAxes.checked(label(), axis, input);
    return input;
  }

  @Override
  public boolean runsStepwise() {
    return inputShape().rank() == 2 || MemoryAxes.checked(label(), axis, inputShape())[0] > 1;
  }

  @Override
  protected boolean passesMask() {
    return true;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Graph graph = to.graph();
    Value x = in.value();
    Value sum = graph.unary(Unary.SQUARE, x, name() + ".squares");
    for (int at : MemoryAxes.checked(label(), axis, x.shape())) {
      int memory = MemoryAxes.of(at, x.shape().rank());
      sum = graph.reduce(Reduction.SUM, sum, memory, true, name() + ".sum");
    }
    Value inverse = graph.unary(Unary.RSQRT, sum, name() + ".inverse");
    Value limited = graph.binary(Combine.MIN, inverse, graph.constant(1e12f), name() + ".limited");
    return new Signal(graph.binary(Combine.MUL, x, limited, name()), in.mask());
  }
}
