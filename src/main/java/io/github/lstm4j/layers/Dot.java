package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.List;

/**
 * Products along an axis of each of two inputs: {@code y[b,i,j] = Σ_k x[b,i,k]·z[b,k,j]}, with k
 * along that axis and i and j along those that are left. Of two (batch, features) it is one number
 * for each sample, (batch, 1). Masks end here.
 *
 * <pre>{@code
 * KerasTensor a = new Input(5, 2).output();
 * KerasTensor b = new Input(7, 2).output();
 * System.out.println(new Dot(2).apply(a, b).shape()); // (None, 5, 7)
 * KerasTensor c = new Input(5).output();
 * System.out.println(new Dot(1, 1).normalize(true).apply(a, c).shape()); // (None, 2)
 * }</pre>
 */
public final class Dot extends Layer {
  private int[] axes;
  private boolean normalize;

  Dot() {}

  /**
   * @param axes the axis of both, or that of the first input and that of the second; counted with
   *     the batch as 0, or from the end if negative
   */
  public Dot(int... axes) {
    this.axes = pair(axes);
  }

  private int[] pair(int[] given) {
    if (given.length != 1 && given.length != 2) {
      throw new IllegalArgumentException(
          label() + ": axes: expected one axis or two, got " + given.length);
    }
    return new int[] {given[0], given[given.length - 1]};
  }

  /** Whether both are scaled to length 1 along the axis before: cosines; default false. */
  public Dot normalize(boolean cosines) {
    requireUnbuilt();
    normalize = cosines;
    return this;
  }

  @Override
  protected void configure(Config c) {
    axes = pair(c.integers("axes", axes));
    normalize = c.flag("normalize", normalize);
  }

  @Override
  public List<Shape> computeOutputShapes(List<Shape> inputs) {
    if (inputs.size() != 2) {
      throw new IllegalArgumentException(label() + ": expected two inputs, got " + inputs.size());
    }
    Shape x = inputs.get(0);
    Shape z = inputs.get(1);
    int m = x.dim(axis(0, x));
    int n = z.dim(axis(1, z));
    if (m != n && m != Shape.UNKNOWN && n != Shape.UNKNOWN) {
      throw wrongInput(
          "axes of one length", z, "beside " + x + " with axes " + axes[0] + ", " + axes[1]);
    }
    if (x.rank() == 3 && z.rank() == 3) {
      return List.of(Shape.of(x.dim(0), x.dim(3 - axis(0, x)), z.dim(3 - axis(1, z))));
    } else if (x.rank() == 2 && z.rank() == 2) {
      return List.of(Shape.of(x.dim(0), 1));
    }
    Shape wide = x.rank() == 3 ? x : z;
    return List.of(Shape.of(x.dim(0), wide.dim(3 - axis(x.rank() == 3 ? 0 : 1, wide))));
  }

  private int axis(int input, Shape shape) {
    return MemoryAxes.checked(label(), new int[] {axes[input]}, shape)[0];
  }

  @Override
  public boolean runsStepwise() {
    return false;
  }

  @Override
  public Signal lower(List<Signal> in, Lowering to) {
    Graph graph = to.graph();
    Value x = in.get(0).value();
    Value z = in.get(1).value();
    int ofX = axis(0, x.shape());
    int ofZ = axis(1, z.shape());
    boolean sequence = x.shape().rank() == 3 && z.shape().rank() == 3;
    Value y =
        graph.batchMatMul(
            matrices(graph, x, ofX),
            matrices(graph, z, ofZ),
            x.shape().rank() == 3 && ofX == 1,
            z.shape().rank() == 2 || ofZ == 2,
            name() + ".products");
    return new Signal(
        sequence
            ? MemoryAxes.swapped(graph, y, true, name())
            : graph.reshape(y, Shape.of(y.dim(0), y.dim(1) * y.dim(2)), name()),
        null);
  }

  /** (B,T,F) of a sequence, (B,1,F) of a vector. */
  private Value matrices(Graph graph, Value x, int axis) {
    Value unit = x;
    if (normalize) {
      int at = MemoryAxes.of(axis, x.shape().rank());
      Value squares = graph.unary(Unary.SQUARE, x, name() + ".squares");
      Value sum = graph.reduce(Reduction.SUM, squares, at, true, name() + ".sum");
      Value inverse = graph.unary(Unary.RSQRT, sum, name() + ".inverse");
      Value limited = graph.binary(Combine.MIN, inverse, graph.constant(1e7f), name() + ".limited");
      unit = graph.binary(Combine.MUL, x, limited, name() + ".unit");
    }
    return x.shape().rank() == 3
        ? MemoryAxes.swapped(graph, unit, false, name() + ".batch")
        : graph.reshape(unit, Shape.of(x.dim(0), 1, x.dim(1)), false, name() + ".batch");
  }
}
