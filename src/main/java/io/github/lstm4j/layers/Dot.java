package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Products along an axis of each of two inputs: {@code y[b,i,j] = Σ_k x[b,i,k]·z[b,k,j]}, with k
 * along that axis and i and j along those that are left, of which each may be none or several. Of
 * two (batch, features) it is one number for each sample, (batch, 1). Masks end here.
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
    return List.of(product(x, axis(0, x), z, axis(1, z)));
  }

  /** The batch, and the axes that are left of x and of z; 1 if there are none. */
  private static Shape product(Shape x, int ofX, Shape z, int ofZ) {
    List<Integer> dims = new ArrayList<>(List.of(x.dim(0)));
    IntStream.range(1, x.rank()).filter(i -> i != ofX).forEach(i -> dims.add(x.dim(i)));
    IntStream.range(1, z.rank()).filter(i -> i != ofZ).forEach(i -> dims.add(z.dim(i)));
    if (dims.size() == 1) {
      dims.add(1);
    }
    return Shape.of(dims.stream().mapToInt(Integer::intValue).toArray());
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
    Value left = rows(graph, x, ofX);
    Value right = rows(graph, z, ofZ);
    Value y = graph.batchMatMul(left, right, false, true, name() + ".products");
    Shape shape = product(users(x.shape()), ofX, users(z.shape()), ofZ);
    Value whole = graph.reshape(y, shape, false, name() + ".whole");
    return new Signal(MemoryAxes.inMemory(graph, whole, name()), null);
  }

  private static Shape users(Shape s) {
    return s.rank() < 3 ? s : s.with(0, s.dim(1)).with(1, s.dim(0));
  }

  /** (B,N,K): one behind the other what is multiplied along an axis (a user's). */
  private Value rows(Graph graph, Value x, int axis) {
    int rank = x.shape().rank();
    Value unit = x;
    if (normalize) {
      Value squares = graph.unary(Unary.SQUARE, x, name() + ".squares");
      int at = MemoryAxes.of(axis, rank);
      Value sum = graph.reduce(Reduction.SUM, squares, at, true, name() + ".sum");
      Value inverse = graph.unary(Unary.RSQRT, sum, name() + ".inverse");
      Value limited = graph.binary(Combine.MIN, inverse, graph.constant(1e7f), name() + ".limited");
      unit = graph.binary(Combine.MUL, x, limited, name() + ".unit");
    }
    int[] axes = new int[rank]; // the user's in memory order, but for that one, which comes last
    for (int i = 0, to = 0; i < rank; i++) {
      if (i != axis) {
        axes[to++] = MemoryAxes.of(i, rank);
      }
    }
    axes[rank - 1] = MemoryAxes.of(axis, rank);
    Value last = graph.permute(unit, axes, false, name() + ".batch");
    int batch = last.dim(0);
    int length = last.dim(rank - 1);
    Shape flat = Shape.of(batch, last.size() / batch / length, length);
    return graph.reshape(last, flat, false, name() + ".flat");
  }
}
