package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where a user's axes lie: (batch, timesteps, …) lies (T,B,…) in memory, (batch, features) as it
 * is.
 */
final class MemoryAxes {
  private MemoryAxes() {}

  /** The axis in memory of a tensor of that rank; from its end if negative. */
  static int of(int axis, int rank) {
    int at = axis < 0 ? axis + rank : axis;
    return rank < 3 || at > 1 ? at : 1 - at;
  }

  /**
   * Checks axes of an input.
   *
   * @param layer what errors call the layer
   * @return the same from the front, in order
   * @throws IllegalArgumentException if one is the batch's or there is none such
   */
  static int[] checked(String layer, int[] axes, Shape input) {
    Set<Integer> all = new TreeSet<>();
    for (int axis : axes) {
      int at = axis < 0 ? axis + input.rank() : axis;
      if (at < 1 || at >= input.rank()) {
        throw new IllegalArgumentException(
            layer + ": axis=" + axis + ": expected an axis of " + input + " but the batch");
      }
      all.add(at);
    }
    return all.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * Checks that axes of an input have a known length.
   *
   * @throws IllegalArgumentException as {@link #checked}, and if one has not
   */
  static void requireKnown(String layer, int[] axes, Shape input) {
    for (int at : checked(layer, axes, input)) {
      if (input.dim(at) == Shape.UNKNOWN) {
        throw new IllegalArgumentException(
            layer
                + ": expected a known length of axis "
                + at
                + ", got "
                + input
                + "; give Input all dimensions");
      }
    }
  }

  /** A parameter for some axes (a user's, from the front, in order) as it goes along a value. */
  static Value along(Graph graph, Value parameter, int[] axes, int rank, String name) {
    int[] dims = new int[rank];
    Arrays.fill(dims, 1);
    for (int i = 0; i < axes.length; i++) {
      dims[of(axes[i], rank)] = parameter.dim(i);
    }
    return graph.reshape(parameter, Shape.of(dims), false, name);
  }

  /** The mean over some axes (a user's), which stay with length 1. */
  static Value mean(Graph graph, Value x, int[] axes, String name) {
    Value mean = x;
    for (int axis : axes) {
      mean = graph.reduce(Reduction.MEAN, mean, of(axis, x.shape().rank()), true, name);
    }
    return mean;
  }

  /** (T,B,…) as (B,T,…), and the other way round. */
  static Value swapped(Graph graph, Value x, boolean toMemory, String name) {
    int[] axes = new int[x.shape().rank()];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i < 2 ? 1 - i : i;
    }
    return graph.permute(x, axes, toMemory, name);
  }

  /** A value with its axes in the user's order. */
  static Value usersOrder(Graph graph, Value x, String name) {
    return x.shape().rank() < 3 ? x : swapped(graph, x, false, name);
  }

  /** A value in the user's order as it lies in memory. */
  static Value inMemory(Graph graph, Value x, String name) {
    return x.shape().rank() < 3 ? x : swapped(graph, x, true, name);
  }

  /** A value's axes in another order: axis i of the result is the user's axis {@code axes[i]}. */
  static Value permuted(Graph graph, Value x, int[] axes, String name) {
    int rank = axes.length;
    int[] memory = new int[rank];
    for (int i = 0; i < rank; i++) {
      memory[of(i, rank)] = of(axes[i], rank);
    }
    return graph.permute(x, memory, rank > 2, name);
  }

  /** A mask (T,B) as it goes along a sequence of that rank: (T,B,1,…). */
  static Value column(Graph graph, Value mask, int rank, String name) {
    int[] dims = new int[rank];
    Arrays.fill(dims, 1);
    dims[0] = mask.dim(0);
    dims[1] = mask.dim(1);
    return graph.reshape(mask, Shape.of(dims), true, name);
  }
}
