package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where a user's axes lie: (batch, timesteps, features) lies (T,B,F) in memory, (batch, features)
 * as it is.
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

  /** A parameter for some axes (a user's, from the front, in order) as it goes along a value. */
  static Value along(Graph graph, Value parameter, int[] axes, int rank, String name) {
    int[] dims = new int[rank];
    java.util.Arrays.fill(dims, 1);
    for (int i = 0; i < axes.length; i++) {
      dims[of(axes[i], rank)] = parameter.dim(i);
    }
    return graph.reshape(parameter, Shape.of(dims), false, name);
  }

  /** (T,B,F) as (B,T,F), and the other way round. */
  static Value swapped(Graph graph, Value x, boolean toMemory, String name) {
    return graph.permute(x, new int[] {1, 0, 2}, toMemory, name);
  }
}
