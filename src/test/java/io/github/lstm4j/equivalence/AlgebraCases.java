package io.github.lstm4j.equivalence;

import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.ShapeOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Arithmetic with broadcasting, reductions, moves, windows and batches of products. */
final class AlgebraCases {
  private static final Fill NORMAL = Fill.normal(1);

  /** Shapes of three operands that fit one another; their result is that of the first. */
  private static final int[][][] BROADCASTS = {
    {{7}, {7}, {7}},
    {{5, 3}, {3}, {5, 1}},
    {{4, 3, 5}, {3, 1}, {4, 1, 5}},
    {{2, 3, 4}, {1, 3, 1}, {}},
    {{33, 65}, {65}, {33, 1}},
    {{6, 1, 2, 3}, {2, 1}, {6, 1, 1, 3}},
    {{2, 3, 2, 2, 3}, {2, 1, 2, 1, 3}, {1, 3, 1, 2, 1}},
    {{3, 1030}, {1030}, {3, 1}},
    {{1}, {}, {1}}
  };

  private final List<Case> cases = new ArrayList<>();
  private final long seed;

  private AlgebraCases(long seed) {
    this.seed = seed;
  }

  static List<Case> all(long seed) {
    AlgebraCases c = new AlgebraCases(seed);
    c.binary();
    c.where();
    c.unary();
    c.reductions();
    c.moves();
    c.windows();
    c.batches();
    return c.cases;
  }

  private void add(String op, Object options, Shape shape, Consumer<Scene> content) {
    cases.add(
        new Case(
            op, String.valueOf(options), shape.toString(), seed + cases.size(), false, content));
  }

  private static Value operand(Scene s, String name, Fill fill, int[] dims) {
    return dims.length == 0 ? s.variable(name, fill) : s.input(name, fill, dims);
  }

  private void binary() {
    for (Combine combine : Combine.values()) {
      Fill a =
          combine == Combine.POW
              ? Fill.uniform(0.2, 3)
              : combine.isComparison() ? Fill.whole(3) : NORMAL;
      Fill b =
          combine == Combine.DIV
              ? Fill.uniform(0.2, 3)
              : combine.isComparison() ? Fill.whole(3) : NORMAL;
      for (int[][] d : BROADCASTS) {
        add(
            "Binary",
            combine,
            Shape.of(d[0]),
            s -> {
              Value u = operand(s, "a", a, d[0]);
              s.compare(s.graph.binary(combine, u, operand(s, "b", b, d[1]), "y"));
              Value first = operand(s, "first", a, d[2]);
              s.compare(s.graph.binary(combine, first, operand(s, "second", b, d[0]), "z"));
              s.compare(s.graph.binary(combine, first, operand(s, "third", b, d[1]), "outer"));
            });
      }
      add(
          "Binary",
          combine + " in place",
          Shape.of(5, 7),
          s -> {
            Value x = s.temporary("a", 5, 7);
            Value y = s.temporary("b", 5, 7);
            s.graph.add(new ElementwiseOp.Copy(s.input("from", Fill.uniform(0.5, 2), 5, 7), x));
            s.graph.add(new ElementwiseOp.Copy(s.input("from", Fill.uniform(0.5, 2), 5, 7), y));
            s.graph.add(new ElementwiseOp.Binary(combine, x, y, x));
            s.add(new ElementwiseOp.Binary(combine, x, y, y));
            s.compare(x);
          });
    }
  }

  private void where() {
    Fill holes = (random, i) -> random.nextBoolean() ? 1e30f : (float) random.nextGaussian();
    for (int[][] d : BROADCASTS) {
      for (int turn = 0; turn < 3; turn++) {
        int t = turn;
        add(
            "Where",
            "condition is operand " + turn,
            Shape.of(d[0]),
            s -> {
              Value c = operand(s, "c", Fill.whole(2), d[t]);
              Value a = operand(s, "a", NORMAL, d[(t + 1) % 3]);
              s.compare(s.graph.where(c, a, operand(s, "b", holes, d[(t + 2) % 3]), "y"));
            });
      }
    }
  }

  private void unary() {
    for (Unary function : Unary.values()) {
      boolean positive =
          switch (function) {
            case SQRT, RSQRT, RECIPROCAL, LOG, LOG1P -> true;
            default -> false;
          };
      for (int[] d : new int[][] {{1}, {7}, {3, 5}, {31, 33}, {2, 1030}}) {
        add(
            "Apply",
            function,
            Shape.of(d),
            s -> {
              Value x = s.input("x", positive ? Fill.uniform(0.1, 4) : NORMAL, d);
              Value y = s.compare(s.graph.unary(function, x, "y"));
              if (function.hasGradient()) {
                Value kept = function.derivesFromOutput() ? y : x;
                Value dy = s.input("dy", NORMAL, d);
                s.add(new ElementwiseOp.ApplyGrad(function, kept, dy, s.like(x)));
              }
            });
      }
      float[] special = {0f, -0f, 1e-30f, 2f, 3.5f, -1.5f, 80f, 1e30f};
      if (!positive && function != Unary.SQUARE) {
        add(
            "Apply",
            function + " special",
            Shape.of(special.length),
            s -> {
              s.tolerance = 1e-6;
              float[] tame = special.clone();
              tame[7] = function == Unary.EXP ? -80 : tame[7];
              Value x = s.input("x", Fill.of(tame), special.length);
              s.compare(s.graph.unary(function, x, "y"));
            });
      }
    }
    for (float[] f : new float[][] {{0.5f, 0}, {-3.1f, 2}, {0, 1}, {1, -0.25f}}) {
      for (int[] d : new int[][] {{1}, {3, 5}, {31, 33}}) {
        add(
            "Affine",
            f[0] + "x + " + f[1],
            Shape.of(d),
            s -> s.compare(s.graph.affine(f[0], s.input("x", NORMAL, d), f[1], "y")));
      }
    }
  }

  private void reductions() {
    int[][] shapes = {
      {1},
      {9},
      {3, 5},
      {5, 1},
      {4, 3, 7},
      {33, 2, 65},
      {2, 1030},
      {1030, 2},
      {7, 300, 3},
      {2, 3, 2, 5}
    };
    for (Reduction reduction : Reduction.values()) {
      for (int[] d : shapes) {
        for (int axis = 0; axis < d.length; axis++) {
          int at = axis;
          add(
              "Reduce",
              reduction + " of axis " + axis,
              Shape.of(d),
              s -> {
                Value x = s.input("x", NORMAL, d);
                s.compare(s.graph.reduce(reduction, x, at, s.random.nextBoolean(), "y"));
              });
        }
      }
    }
  }

  private void moves() {
    int[][] orders = {
      {0}, {1, 0}, {1, 0, 2}, {2, 1, 0}, {0, 2, 1}, {2, 0, 1}, {3, 1, 0, 2}, {4, 2, 0, 3, 1}
    };
    int[] dims = {5, 3, 7, 2, 3};
    for (int[] order : orders) {
      for (int scale : new int[] {1, 11}) {
        int[] d = java.util.Arrays.copyOf(dims, order.length);
        d[0] *= scale;
        add(
            "Read",
            "permuted",
            Shape.of(d),
            s -> s.compare(s.graph.permute(s.input("x", NORMAL, d), order, "y")));
      }
    }
    for (int[][] d : BROADCASTS) {
      add(
          "Read",
          "broadcast",
          Shape.of(d[0]),
          s -> s.compare(s.graph.broadcastTo(operand(s, "x", NORMAL, d[2]), Shape.of(d[0]), "y")));
    }
    int[][] shapes = {{5}, {3, 4}, {4, 3, 5}, {2, 33, 1, 3}};
    for (int[] d : shapes) {
      for (int axis = 0; axis < d.length; axis++) {
        int at = axis;
        add(
            "Read",
            "a slice of axis " + axis,
            Shape.of(d),
            s -> {
              Value x = s.input("x", NORMAL, d);
              int from = s.random.nextInt(d[at]);
              int size = 1 + s.random.nextInt(d[at] - from);
              s.compare(s.graph.affine(1, s.graph.slice(x, at, from, size, "part"), 0, "y"));
            });
        add(
            "Write",
            "along axis " + axis,
            Shape.of(d),
            s -> {
              Value x = s.input("x", NORMAL, d);
              Value one = s.input("one", NORMAL, Shape.of(d).with(at, 1).dims());
              s.compare(s.graph.concat(List.of(x, one, x), at, "y"));
              s.compare(s.graph.pad(x, at, s.random.nextInt(3), s.random.nextInt(2), "padded"));
            });
      }
    }
    add(
        "View",
        "unstack and stack",
        Shape.of(4, 2, 3),
        s -> {
          Value x = s.sequence("x", NORMAL, 4, 2, 3);
          List<Value> steps = new ArrayList<>(s.graph.unstack(x, "steps"));
          java.util.Collections.reverse(steps);
          Value back = s.compare(s.graph.stack(steps, "y"));
          s.compare(s.graph.scale(2, s.graph.reshape(back, Shape.of(8, 3), "rows"), "doubled"));
        });
  }

  private void windows() {
    int[][] all = {
      // timesteps, batch, features, size, stride, dilation
      {5, 2, 3, 3, 1, 1},
      {7, 1, 1, 2, 2, 1},
      {9, 3, 2, 2, 3, 1},
      {9, 2, 5, 3, 1, 3},
      {6, 2, 2, 6, 1, 1},
      {8, 1, 33, 1, 2, 1},
      {12, 3, 4, 3, 2, 2}
    };
    for (int[] d : all) {
      add(
          "Windows",
          "stride " + d[4] + " dilation " + d[5],
          Shape.of(d[0], d[1], d[2]),
          s -> {
            Value x = s.sequence("x", NORMAL, d[0], d[1], d[2]);
            Value y = s.compare(s.graph.windows(x, d[3], d[4], d[5], "y"));
            Value dy = s.input("dy", NORMAL, y.shape().dims());
            s.add(new ShapeOp.WindowsGrad(dy, d[4], d[5], s.like(x)));
          });
    }
  }

  private void batches() {
    int[][] all = {
      {1, 1, 1, 1}, {3, 2, 4, 5}, {2, 7, 1, 3}, {5, 1, 9, 1}, {2, 33, 17, 31}, {4, 8, 64, 8}
    };
    for (int[] d : all) {
      for (int form = 0; form < 4; form++) {
        boolean ta = form % 2 > 0;
        boolean tb = form > 1;
        add(
            "BatchMatMul",
            (ta ? "aᵀ" : "a") + "·" + (tb ? "bᵀ" : "b"),
            Shape.of(d),
            s -> {
              Value a = s.input("a", NORMAL, d[0], ta ? d[2] : d[1], ta ? d[1] : d[2]);
              Value b = s.input("b", NORMAL, d[0], tb ? d[3] : d[2], tb ? d[2] : d[3]);
              s.compare(s.graph.batchMatMul(a, b, ta, tb, "y"));
            });
      }
    }
  }
}
