package io.github.lstm4j.equivalence;

import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import java.util.ArrayList;
import java.util.List;

/** Every loss with its gradient, every metric, and the totals of an epoch. */
final class LossCases {
  private final List<Case> cases = new ArrayList<>();
  private final long seed;

  private LossCases(long seed) {
    this.seed = seed;
  }

  static List<Case> all(long seed) {
    LossCases c = new LossCases(seed);
    List<Loss> losses = new ArrayList<>();
    for (Loss.Kind kind : Loss.Kind.values()) {
      losses.add(new Loss(kind, false, 1f));
      if (kind.kerasName().endsWith("crossentropy")) {
        losses.add(new Loss(kind, true, 1f));
      }
    }
    losses.add(Loss.huber(0.3f));
    for (int[] d : OpCases.SHAPES) {
      for (Loss loss : losses) {
        for (String weights : List.of("all", "masked")) {
          c.add("LossValue", loss + ", " + weights, d, s -> c.loss(s, loss, weights, d[0], d[1]));
        }
      }
      for (Metric metric : Metric.values()) {
        for (String weights : List.of("all", "masked")) {
          c.add("MetricValue", metric + ", " + weights, d, s -> c.metric(s, metric, weights, d));
        }
      }
    }
    for (Loss loss : losses) {
      int[] d = {5, 3};
      c.add("LossValue", loss + ", none", d, s -> c.loss(s, loss, "none", d[0], d[1]));
    }
    c.add("LossValue", "saturated probabilities", new int[] {2, 4}, LossCases::saturated);
    c.add("LossValue", "large logits", new int[] {4, 3}, LossCases::largeLogits);
    for (int metrics = 0; metrics < 4; metrics++) {
      int n = metrics;
      c.add("Accumulate", n + " metrics", new int[] {n + 1, 4}, s -> accumulate(s, n));
    }
    return c.cases;
  }

  private void add(String op, String options, int[] d, java.util.function.Consumer<Scene> content) {
    String shapes = d[0] + "x" + d[1];
    cases.add(new Case(op, options, shapes, seed + cases.size(), false, content));
  }

  private static boolean probabilities(Loss loss) {
    return loss.kind().kerasName().endsWith("crossentropy") && !loss.fromLogits();
  }

  private Value target(Scene s, boolean sparse, Fill fill, int rows, int width) {
    return sparse
        ? s.input("target", Fill.whole(width), rows)
        : s.input("target", fill, rows, width);
  }

  private Value weights(Scene s, String weights, int rows) {
    return switch (weights) {
      case "all" -> null;
      case "none" -> s.input("weights", (random, i) -> 0, rows);
      default -> s.input("weights", Fill.whole(2), rows);
    };
  }

  private void loss(Scene s, Loss loss, String weights, int rows, int width) {
    s.absolute = 3e-8; // 1 − ε as a float is 1 − 1.19e-7
    Fill fill = probabilities(loss) ? Fill.uniform(0.02, 0.98) : Fill.normal(1.5);
    Fill binary = Fill.uniform(0, 1);
    Value p = s.input("p", fill, rows, width);
    boolean zeroToOne = loss.kind().kerasName().endsWith("crossentropy");
    Value t = target(s, loss.sparse(), zeroToOne ? binary : Fill.normal(1), rows, width);
    ObjectiveOp.LossValue op = s.graph.loss(loss, p, t, weights(s, weights, rows));
    s.compare(op.rows());
    s.compare(op.result());
    s.add(new ObjectiveOp.LossGrad(op, s.temporary("dp", rows, width)));
  }

  /** Probabilities of 0 and 1 are clipped to [ε, 1 − ε], and the gradient there is 0. */
  private static void saturated(Scene s) {
    Value p = s.input("p", Fill.of(0, 1, 0, 0.5f, 1, 0, 0, 0), 2, 4);
    Value t = s.input("t", Fill.of(0, 1, 1, 1, 1, 0, 1, 0), 2, 4);
    for (Loss loss : List.of(Loss.binaryCrossentropy(false), Loss.categoricalCrossentropy(false))) {
      ObjectiveOp.LossValue op = s.graph.loss(loss, p, t, null);
      s.compare(op.result());
      s.add(new ObjectiveOp.LossGrad(op, s.temporary("dp", 2, 4)));
    }
  }

  private static void largeLogits(Scene s) {
    Fill large = Fill.of(90, -90, 0, 1000, 998, -1000, -300, 300, 5, -1000, -1001, -999);
    Value p = s.input("p", large, 4, 3);
    Value t = s.input("t", Fill.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1), 4, 3);
    Value ids = s.input("ids", Fill.of(0, 1, 2, 2), 4);
    for (Loss loss : List.of(Loss.binaryCrossentropy(true), Loss.categoricalCrossentropy(true))) {
      ObjectiveOp.LossValue op = s.graph.loss(loss, p, t, null);
      s.compare(op.rows());
      s.add(new ObjectiveOp.LossGrad(op, s.temporary("dp", 4, 3)));
    }
    ObjectiveOp.LossValue op = s.graph.loss(Loss.sparseCategoricalCrossentropy(true), p, ids, null);
    s.compare(op.rows());
    s.add(new ObjectiveOp.LossGrad(op, s.temporary("dp", 4, 3)));
  }

  /** Predictions in steps of 1/4, so that some are equal: then the first of them is the largest. */
  private void metric(Scene s, Metric metric, String weights, int[] d) {
    Fill quarters = (random, i) -> random.nextInt(5) / 4f;
    boolean accuracy = metric.kerasName().endsWith("accuracy");
    Value p = s.input("p", accuracy ? quarters : Fill.normal(1), d[0], d[1]);
    Fill binary = metric == Metric.BINARY_ACCURACY ? Fill.whole(2) : Fill.normal(1);
    Value t = target(s, metric.sparse(), binary, d[0], d[1]);
    Value result = s.graph.metric(metric, p, t, weights(s, weights, d[0]));
    s.compare(result);
    s.compare(((ObjectiveOp.MetricValue) s.graph.ops().get(0)).rows());
  }

  /**
   * A large sum first, then small ones that one float cannot hold; batch is a power of two, so that
   * the products, and so the totals, are exact.
   */
  private static void accumulate(Scene s, int metrics) {
    int batch = 32;
    s.runs = 40;
    Value large = s.variable("loss", Fill.of(3e6f, 1), 2);
    List<Value> results = new ArrayList<>();
    for (int i = 0; i < metrics; i++) {
      results.add(s.variable("metric" + i, Fill.of(1e7f + i, 5), 2));
    }
    float[] zeros = new float[4 * (metrics + 1)];
    Value totals = s.variable("totals", Fill.of(zeros), metrics + 1, 4);
    s.pairs.add(totals);
    s.add(new ObjectiveOp.Accumulate(large, batch, List.copyOf(results), totals));
    // from the second run on there are small numbers
    Value small = s.input("small", Fill.of(0.0123f, 1), 2);
    s.graph.add(new ElementwiseOp.Copy(small, large));
    results.forEach(r -> s.graph.add(new ElementwiseOp.Copy(small, r)));
    s.tolerance = 1e-13;
  }
}
