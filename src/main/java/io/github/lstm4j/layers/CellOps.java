package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * The equations of a cell's timestep as ops.
 *
 * @param name what the values are called
 * @param clip what goes into a gate's activation lies in [−clip, clip]; infinite for no bound
 */
record CellOps(Graph graph, String name, float clip) {
  CellOps(Graph graph, String name) {
    this(graph, name, Float.POSITIVE_INFINITY);
  }

  Value sum(Value a, Value b) {
    return graph.binary(Combine.SUM, a, b, name);
  }

  Value difference(Value a, Value b) {
    return graph.binary(Combine.SUB, a, b, name);
  }

  Value product(Value a, Value b) {
    return graph.binary(Combine.MUL, a, b, name);
  }

  Value activate(Activation a, Value x) {
    return graph.activate(a, x, name);
  }

  /** The activation of what the products and biases give, which is bounded before. */
  Value gate(Activation a, Value z) {
    if (clip == Float.POSITIVE_INFINITY) {
      return activate(a, z);
    }
    Value below = graph.binary(Combine.MIN, z, graph.constant(clip), name);
    return activate(a, graph.binary(Combine.MAX, below, graph.constant(-clip), name));
  }

  Value matMul(Value x, Value weight) {
    return graph.matMul(x, weight, null, name);
  }

  /** Columns of (rows, …), or elements of a vector. */
  Value part(Value x, int from, int size) {
    return graph.slice(x, -1, from, size, name);
  }

  /** {@code share·a + (1 − share)·b}. */
  Value mix(Value share, Value a, Value b) {
    return sum(b, product(share, difference(a, b)));
  }

  /**
   * {@code x·W}, or, where each gate sees its own x, gate by gate.
   *
   * @param masks what x is multiplied by: for each gate, for all, or none
   */
  Value gates(Value x, List<Value> masks, Value weight) {
    if (masks.isEmpty()) {
      return matMul(x, weight);
    } else if (masks.size() == 1) {
      return matMul(product(x, masks.get(0)), weight);
    }
    int units = weight.dim(1) / masks.size();
    List<Value> gates = new ArrayList<>();
    for (int g = 0; g < masks.size(); g++) {
      gates.add(matMul(product(x, masks.get(g)), part(weight, g * units, units)));
    }
    return graph.concat(gates, -1, name);
  }

  /** The rows of x less their mean, over their standard deviation, times gamma. */
  Value normalized(Value x, Value gamma, float epsilon) {
    Value centred = difference(x, graph.reduce(Reduction.MEAN, x, -1, true, name));
    Value squares = graph.unary(Unary.SQUARE, centred, name);
    Value variance = graph.reduce(Reduction.MEAN, squares, -1, true, name);
    Value scale = graph.unary(Unary.RSQRT, graph.affine(1, variance, epsilon, name), name);
    return product(product(centred, scale), gamma);
  }
}
