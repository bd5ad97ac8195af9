package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A layer that makes one tensor of several, element by element. Shapes are broadcast: an axis of
 * length 1 goes along with any, and (batch, features) with every timestep of (batch, timesteps,
 * features). The result has a mask if all inputs have one: a timestep counts if it does in any.
 */
public abstract class Merge extends Layer {
  Merge() {}

  @Override
  protected void configure(Config c) {}

  @Override
  public final List<Shape> computeOutputShapes(List<Shape> inputs) {
    requireCount(inputs.size());
    Shape merged = inputs.get(0);
    for (Shape next : inputs.subList(1, inputs.size())) {
      merged = broadcast(merged, next);
    }
    return List.of(merged);
  }

  /** Checks the number of inputs. */
  void requireCount(int inputs) {}

  private Shape broadcast(Shape a, Shape b) {
    Shape wide = a.rank() < b.rank() ? b : a;
    Shape narrow = a.rank() < b.rank() ? a : b;
    Shape merged = wide.with(0, either(a.dim(0), b.dim(0), a, b));
    for (int i = 1; i < narrow.rank(); i++) {
      merged = merged.with(-i, either(wide.dim(-i), narrow.dim(-i), a, b));
    }
    return merged;
  }

  private int either(int m, int n, Shape a, Shape b) {
    if (m == n || n == 1) {
      return m;
    } else if (m == 1) {
      return n;
    } else if (m == Shape.UNKNOWN || n == Shape.UNKNOWN) {
      return Shape.UNKNOWN;
    }
    throw wrongInput("inputs of one shape, or that broadcast", b, "beside " + a);
  }

  @Override
  public final Signal lower(List<Signal> in, Lowering to) {
    Graph graph = to.graph();
    int rank = in.stream().mapToInt(s -> s.value().shape().rank()).max().getAsInt();
    List<Value> values = new ArrayList<>();
    List<Value> masks = new ArrayList<>();
    for (Signal s : in) {
      Value x = s.value();
      values.add(x.shape().rank() < rank ? ofOneTimestep(graph, x, rank) : x);
      masks.add(s.mask());
    }
    List<Value> columns = new ArrayList<>();
    for (Value m : masks) {
      columns.add(m == null ? null : MemoryAxes.column(graph, m, rank, name() + ".mask.column"));
    }
    Value mask = null;
    if (masks.stream().allMatch(Objects::nonNull)) {
      mask = masks.get(0);
      for (Value m : masks.subList(1, masks.size())) {
        mask = graph.binary(Combine.MAX, mask, m, name() + ".mask");
      }
    }
    return new Signal(merge(graph, values, columns), mask);
  }

  /** A value with axes of length 1 behind the batch, up to a rank: (1,B,…). */
  private Value ofOneTimestep(Graph graph, Value x, int rank) {
    Value own = MemoryAxes.usersOrder(graph, x, name() + ".own");
    int[] dims = new int[rank];
    Arrays.fill(dims, 1);
    dims[1] = own.dim(0);
    for (int i = 1; i < own.shape().rank(); i++) {
      dims[rank - i] = own.dim(-i);
    }
    return graph.reshape(own, Shape.of(dims), true, name() + ".step");
  }

  /**
   * Writes what it computes.
   *
   * @param values of one rank
   * @param masks for each (T,B,1,…) or null
   */
  abstract Value merge(Graph graph, List<Value> values, List<Value> masks);

  /** All, one after the other. */
  final Value fold(Graph graph, Combine combine, List<Value> values) {
    Value all = values.get(0);
    for (Value next : values.subList(1, values.size())) {
      all = graph.binary(combine, all, next, name());
    }
    return all;
  }

  /** The larger or smaller of all, of masked inputs where they count. */
  final Value extreme(Graph graph, Combine combine, List<Value> values, List<Value> masks) {
    Value all = values.get(0);
    Value mask = masks.get(0);
    for (int i = 1; i < values.size(); i++) {
      Value x = values.get(i);
      Value m = masks.get(i);
      if (m != null) {
        x = graph.where(m, x, all, name() + ".counting");
      }
      if (mask != null) {
        all = graph.where(mask, all, x, name() + ".counting");
      }
      mask =
          mask == null || m == null ? null : graph.binary(Combine.MAX, mask, m, name() + ".mask");
      all = graph.binary(combine, all, x, name());
    }
    return all;
  }
}
