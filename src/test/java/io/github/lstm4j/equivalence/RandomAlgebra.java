package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** A layer (T,B,F) to (T,B,F') of what every graph is made of, at random. */
final class RandomAlgebra {
  /** Where weights come from. */
  interface Weights {
    Value weight(String name, double scale, int... dims);
  }

  private final Scene s;
  private final Graph graph;
  private final Weights weights;

  RandomAlgebra(Scene scene, Weights weights) {
    this.s = scene;
    this.graph = scene.graph;
    this.weights = weights;
  }

  Value block(Value x) {
    return switch (s.random.nextInt(8)) {
      case 0 -> normalised(x);
      case 1 -> attention(x);
      case 2 -> convolution(x);
      case 3 -> curves(x);
      case 4 -> extremes(x);
      case 5 -> stepwise(x);
      case 6 -> moved(x);
      default -> gated(x);
    };
  }

  private Value binary(Combine combine, Value a, Value b) {
    return graph.binary(combine, a, b, combine.name());
  }

  private Value reduce(Reduction reduction, Value x, int axis) {
    return graph.reduce(reduction, x, axis, true, reduction.name());
  }

  /** Layer normalisation over one axis or another. */
  private Value normalised(Value x) {
    int axis = s.random.nextInt(3);
    Value d = binary(Combine.SUB, x, reduce(Reduction.MEAN, x, axis));
    Value variance = reduce(Reduction.MEAN, graph.unary(Unary.SQUARE, d, "square"), axis);
    Value shifted = graph.affine(1, variance, 0.1f, "shifted");
    Value y =
        s.random.nextBoolean()
            ? binary(Combine.MUL, d, graph.unary(Unary.RSQRT, shifted, "rsqrt"))
            : binary(Combine.DIV, d, graph.unary(Unary.SQRT, shifted, "sqrt"));
    int f = x.dim(2);
    Value scaled = binary(Combine.MUL, y, weights.weight("gamma", 1, f));
    return binary(Combine.SUM, scaled, weights.weight("beta", 1, f));
  }

  /** Each timestep attends to all. */
  private Value attention(Value x) {
    Value q = graph.permute(x, new int[] {1, 0, 2}, false, "q"); // (B,T,F)
    boolean twice = s.random.nextBoolean();
    Value scores =
        twice
            ? graph.batchMatMul(q, q, false, true, "scores")
            : graph.batchMatMul(q, graph.permute(x, new int[] {1, 2, 0}, "k"), false, false, "qk");
    Value soft = graph.activate(Activation.SOFTMAX, graph.scale(0.3f, scores, "scaled"), "soft");
    Value all = graph.batchMatMul(soft, q, s.random.nextBoolean(), false, "all");
    return graph.permute(all, new int[] {1, 0, 2}, true, "attention");
  }

  private Value convolution(Value x) {
    int dilation = 1 + s.random.nextInt(2);
    Value padded = graph.pad(x, 0, 2 * dilation, s.random.nextInt(2), "pad");
    Value w = graph.windows(padded, 3, 1, dilation, "windows");
    if (s.random.nextBoolean()) {
      Value whole = graph.slice(w, 0, 0, x.dim(0), "first");
      return graph.reduce(Reduction.MEAN, whole, 2, false, "pooled");
    }
    int f = x.dim(2);
    Value rows = graph.reshape(w, Shape.of(w.dim(0), w.dim(1), 3 * f), "rows");
    Value y = graph.matMul(rows, weights.weight("filters", 0.5, 3 * f, 2), null, "conv");
    return graph.slice(y, 0, w.dim(0) - x.dim(0), x.dim(0), "last");
  }

  private Value curves(Value x) {
    Value bounded = graph.activate(Activation.TANH, x, "tanh");
    Value positive = graph.affine(1, graph.unary(Unary.SQUARE, bounded, "square"), 0.3f, "up");
    Value y =
        switch (s.random.nextInt(7)) {
          case 0 -> graph.unary(Unary.LOG, positive, "log");
          case 1 -> graph.unary(Unary.EXP, bounded, "exp");
          case 2 -> graph.unary(Unary.LOG1P, positive, "log1p");
          case 3 -> graph.unary(Unary.RECIPROCAL, positive, "reciprocal");
          case 4 -> graph.unary(Unary.NEGATE, bounded, "negate");
          case 5 -> graph.unary(Unary.ABS, bounded, "abs");
          default -> binary(Combine.POW, positive, bounded);
        };
    return s.random.nextBoolean() ? y : binary(Combine.SUM, y, graph.constant(0.25f));
  }

  private Value extremes(Value x) {
    int axis = s.random.nextInt(3);
    Value most = reduce(s.any(Reduction.MAX, Reduction.MIN), x, axis);
    Value threshold = weights.weight("threshold", 1, x.dim(2));
    Value is = binary(s.any(Combine.GREATER, Combine.GREATER_EQUAL), x, threshold);
    Value chosen = graph.where(is, x, graph.scale(0.3f, x, "leak"), "where");
    return binary(
        s.any(Combine.SUM, Combine.MAX, Combine.MIN), chosen, binary(Combine.SUB, x, most));
  }

  /** A cell that is written step by step. */
  private Value stepwise(Value x) {
    Value w = weights.weight("step", 0.5, x.dim(2), x.dim(2));
    List<Value> steps = new ArrayList<>();
    Value h = null;
    for (Value step : graph.unstack(x, "steps")) {
      Value in = h == null ? step : binary(Combine.SUM, step, graph.matMul(h, w, null, "hw"));
      h = graph.activate(Activation.TANH, in, "h");
      steps.add(h);
    }
    return graph.stack(steps, "stacked");
  }

  private Value moved(Value x) {
    int t = x.dim(0);
    int from = s.random.nextInt(t);
    Value late = graph.slice(x, 0, from, t - from, "late");
    Value y =
        from == 0
            ? late
            : graph.concat(List.of(late, graph.slice(x, 0, 0, from, "early")), 0, "rolled");
    int f = x.dim(2);
    Value part = graph.slice(x, 2, s.random.nextInt(f), 1, "column");
    Value wide = graph.broadcastTo(part, x.shape(), "wide");
    return graph.concat(List.of(y, x, wide), 2, "features");
  }

  /** A gate for each sample, of the mean over time. */
  private Value gated(Value x) {
    Value mean = graph.reduce(Reduction.MEAN, x, 0, false, "over time"); // (B,F)
    Value gate = graph.activate(Activation.SIGMOID, mean, "gate");
    Value y = binary(s.any(Combine.MUL, Combine.AVE), x, gate);
    Value column = graph.reduce(Reduction.SUM, x, 2, false, "over features"); // (T,B)
    Shape wide = Shape.of(x.dim(0), x.dim(1), 1);
    return binary(Combine.SUM, y, graph.reshape(column, wide, "column"));
  }
}
