package io.github.lstm4j.equivalence;

import io.github.lstm4j.expression.Expression;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Gradients;
import io.github.lstm4j.graph.ObjectiveGraph;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Every loss with its gradient, every metric, and the totals of an epoch. */
final class LossCases {
  private static final List<String> METRICS =
      List.of("rmse", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy");

  /** A function with most of what such have. */
  static final Loss OWN =
      Loss.of(
          "own",
          (t, p) -> {
            Expression e = t.minus(p);
            Expression tall = e.square().plus(0.5f).sqrt();
            Expression kinked = e.greaterThan(0.3f).where(e.times(2), tall);
            return kinked.plus(p.times(0.1f).exp()).mean(-1).maximum(p.sum(-1).abs());
          });

  /** Those that backends know; what comes after is written as functions. */
  static final Set<Loss.Kind> WITH_ROWS =
      EnumSet.range(Loss.Kind.MEAN_SQUARED_ERROR, Loss.Kind.OWN);

  private final List<Case> cases = new ArrayList<>();
  private final long seed;

  private LossCases(long seed) {
    this.seed = seed;
  }

  static List<Case> all(long seed) {
    LossCases c = new LossCases(seed);
    List<Loss> losses = new ArrayList<>();
    for (Loss.Kind kind : WITH_ROWS) {
      losses.add(kind == Loss.Kind.OWN ? OWN : new Loss(kind, false, 1f));
      if (kind.isCrossentropy()) {
        losses.add(new Loss(kind, true, 1f));
      }
    }
    losses.add(Loss.huber(0.3f));
    losses.add(Loss.binaryCrossentropy(false).withLabelSmoothing(0.2f));
    losses.add(Loss.categoricalCrossentropy(true).withLabelSmoothing(0.2f));
    losses.add(Loss.sparseCategoricalCrossentropy(false).withIgnoreClass(0));
    losses.add(Loss.meanSquaredError().withWeight(0.25f));
    losses.add(Loss.quantile(0.05f, 0.5f, 0.9f));
    List<Metric> metrics = new ArrayList<>();
    losses.forEach(l -> metrics.add(Metric.of(l)));
    for (String name : METRICS) {
      metrics.add(Metric.of(name));
    }
    metrics.add(Metric.binaryAccuracy(0.3f));
    metrics.add(Metric.topKCategoricalAccuracy(2));
    metrics.add(Metric.sparseTopKCategoricalAccuracy(2));
    for (int[] d : OpCases.SHAPES) {
      for (Loss loss : losses) {
        for (String mask : List.of("all", "masked")) {
          c.add("LossValue", loss + ", " + mask, d, s -> c.loss(s, loss, 0, mask, d));
        }
      }
      for (Metric metric : metrics) {
        for (String mask : List.of("all", "masked")) {
          c.add("MetricValue", metric + ", " + mask, d, s -> c.metric(s, metric, 0, mask, d));
        }
      }
    }
    for (int[] d : new int[][] {{1, 1, 2}, {4, 3, 3}, {5, 2, 4}, {7, 3, 2}, {6, 1, 3}}) {
      c.add("Ctc", "", d, s -> ctc(s, d));
    }
    for (Loss loss : losses) {
      int[] d = {5, 3};
      c.add("LossValue", loss + ", none", d, s -> c.loss(s, loss, 0, "none", d));
    }
    for (Loss.Reduction reduction : Loss.Reduction.values()) {
      Loss loss = losses.get(reduction.ordinal()).withReduction(reduction);
      for (String mask : List.of("all", "masked", "none")) {
        for (int[] d : new int[][] {{6, 3}, {2100, 2}}) {
          for (int samples : new int[] {0, d[0] / 3, d[0]}) {
            String options = reduction + ", " + samples + " samples, " + mask;
            c.add("LossValue", options, d, s -> c.loss(s, loss, samples, mask, d));
          }
        }
      }
    }
    for (Metric metric : metrics) {
      for (String mask : List.of("all", "masked")) {
        int[] d = {6, 3};
        c.add(
            "MetricValue", metric + ", weighted, " + mask, d, s -> c.metric(s, metric, 3, mask, d));
      }
    }
    c.axes();
    c.add("LossValue", "saturated probabilities", new int[] {2, 4}, LossCases::saturated);
    c.add("LossValue", "large logits", new int[] {4, 3}, LossCases::largeLogits);
    for (int size : new int[] {1, 2, 7, 800}) {
      c.add("Accumulate", "", new int[] {size, 2}, s -> accumulate(s, size));
    }
    return c.cases;
  }

  /** Rows along timesteps, and along samples. */
  private void axes() {
    for (Loss of :
        List.of(
            Loss.binaryCrossentropy(false),
            Loss.binaryCrossentropy(true).withLabelSmoothing(0.3f),
            Loss.categoricalCrossentropy(false).withLabelSmoothing(0.3f),
            Loss.categoricalCrossentropy(true))) {
      for (int[] d : new int[][] {{1, 1, 1}, {2, 3, 4}, {5, 2, 7}, {40, 3, 2}, {3, 35, 2}}) {
        for (int axis : new int[] {0, 1, -1}) {
          Loss loss = of.withAxis(axis);
          for (int samples : axis == 0 ? new int[] {0} : new int[] {0, d[1]}) {
            String shape = d[0] + "x" + d[1] + "x" + d[2];
            String options = loss + ", " + samples + " samples";
            add("LossValue", options, shape, s -> loss(s, loss, samples, "all", d));
          }
        }
      }
      int[] rank2 = {4, 3};
      add("LossValue", of + ", axis 0", rank2, s -> loss(s, of.withAxis(0), 0, "all", rank2));
    }
  }

  private void add(String op, String options, String shapes, Consumer<Scene> content) {
    cases.add(new Case(op, options, shapes, seed + cases.size(), false, content));
  }

  private void add(String op, String options, int[] d, Consumer<Scene> content) {
    add(op, options, d[0] + "x" + d[1], content);
  }

  /** Whether predictions are between 0 and 1: probabilities, and rates of counts. */
  private static boolean probabilities(Loss loss) {
    return loss.kind() == Loss.Kind.POISSON || (loss.kind().isCrossentropy() && !loss.fromLogits());
  }

  private static boolean zeroToOne(Loss loss) {
    return loss.kind() == Loss.Kind.POISSON || loss.kind().isCrossentropy();
  }

  private Value target(Scene s, boolean sparse, Fill fill, int[] d) {
    return sparse ? s.input("target", Fill.whole(d[1]), d[0]) : s.input("target", fill, d);
  }

  /** The prediction's shape: as many outputs as there are quantiles for each of these. */
  private static int[] outputs(Loss loss, int[] d) {
    int[] outputs = d.clone();
    outputs[d.length - 1] *= loss.outputsPerTarget();
    return outputs;
  }

  /** Those of a loss, or null. */
  static Value quantiles(Scene s, Loss loss) {
    return loss.quantiles().isEmpty()
        ? null
        : s.variable("quantiles", (r, i) -> loss.quantiles().get(i), loss.quantiles().size());
  }

  private Value mask(Scene s, String mask, int rows) {
    return switch (mask) {
      case "all" -> null;
      case "none" -> s.input("mask", (random, i) -> 0, rows);
      default -> s.input("mask", Fill.whole(2), rows);
    };
  }

  /**
   * @param samples how many sample weights there are, 0 for none
   */
  private void loss(Scene s, Loss loss, int samples, String mask, int[] d) {
    s.absolute = 3e-8; // 1 − ε as a float is 1 − 1.19e-7
    Fill fill = probabilities(loss) ? Fill.uniform(0.02, 0.98) : Fill.normal(1.5);
    Fill binary = Fill.uniform(0, 1);
    Value p = s.input("p", fill, outputs(loss, d));
    boolean zeroToOne = zeroToOne(loss);
    Value t = target(s, loss.sparse(), zeroToOne ? binary : Fill.normal(1), d);
    Value weights = sampleWeights(s, loss, samples, d[0]);
    ObjectiveOp.LossValue op =
        ObjectiveGraph.loss(s.graph, loss, p, t, quantiles(s, loss), weights, mask(s, mask, d[0]));
    s.compare(op.rows());
    s.compare(op.result());
    s.add(new ObjectiveOp.LossGrad(op, s.like(op.prediction())));
  }

  /** Probabilities of 0 and 1 are clipped to [ε, 1 − ε], and the gradient there is 0. */
  private static void saturated(Scene s) {
    Value p = s.input("p", Fill.of(0, 1, 0, 0.5f, 1, 0, 0, 0), 2, 4);
    Value t = s.input("t", Fill.of(0, 1, 1, 1, 1, 0, 1, 0), 2, 4);
    for (Loss loss : List.of(Loss.binaryCrossentropy(false), Loss.categoricalCrossentropy(false))) {
      ObjectiveOp.LossValue op = ObjectiveGraph.loss(s.graph, loss, p, t, null, null);
      s.compare(op.result());
      s.add(new ObjectiveOp.LossGrad(op, s.temporary("dp", 2, 4)));
    }
  }

  private static void ctc(Scene s, int[] d) {
    s.tolerance = 2e-5;
    Value logits = s.sequence("logits", Fill.normal(2), d);
    Fill fill = // as many labels as fit, also if two of them are alike
        (random, i) -> i / d[1] < (i % d[1] + d[0]) / 3 ? 1 + random.nextInt(d[2] - 1) : 0;
    Value labels = s.sequence("labels", fill, d[0], d[1], 1);
    ObjectiveOp.LossValue loss =
        ObjectiveGraph.loss(s.graph, Loss.ctc(), logits, labels, null, null);
    s.compare(loss.result());
    s.compare(Gradients.of(s.graph, loss, List.of(logits)).get(0));
    for (Op op : s.graph.ops()) {
      if (op instanceof ObjectiveOp.Ctc c) {
        s.compare(c.loss());
        s.compare(c.slope());
      }
    }
  }

  private static void largeLogits(Scene s) {
    Fill large = Fill.of(90, -90, 0, 1000, 998, -1000, -300, 300, 5, -1000, -1001, -999);
    Value p = s.input("p", large, 4, 3);
    Value t = s.input("t", Fill.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1), 4, 3);
    Value ids = s.input("ids", Fill.of(0, 1, 2, 2), 4);
    for (Loss loss : List.of(Loss.binaryCrossentropy(true), Loss.categoricalCrossentropy(true))) {
      ObjectiveOp.LossValue op = ObjectiveGraph.loss(s.graph, loss, p, t, null, null);
      s.compare(op.rows());
      s.add(new ObjectiveOp.LossGrad(op, s.temporary("dp", 4, 3)));
    }
    ObjectiveOp.LossValue op =
        ObjectiveGraph.loss(s.graph, Loss.sparseCategoricalCrossentropy(true), p, ids, null, null);
    s.compare(op.rows());
    s.add(new ObjectiveOp.LossGrad(op, s.temporary("dp", 4, 3)));
  }

  /**
   * Of so many samples, 0 for none; a function knows which rows are of one, so has one for each.
   */
  private static Value sampleWeights(Scene s, Loss loss, int samples, int rows) {
    int count = loss != null && loss.function() != null ? rows : samples;
    return samples == 0 ? null : s.input("weights", Fill.uniform(0.5, 2), count);
  }

  /** Predictions in steps of 1/4, so that some are equal: then the first of them is the largest. */
  private void metric(Scene s, Metric metric, int samples, String mask, int[] d) {
    s.absolute = 3e-8;
    Fill quarters = (random, i) -> random.nextInt(5) / 4f;
    boolean ofLoss = metric.kind().isOfLoss();
    boolean classes = ofLoss && zeroToOne(metric.loss());
    Fill probabilities =
        classes && probabilities(metric.loss()) ? Fill.uniform(0.02, 0.98) : Fill.normal(1);
    Value p =
        ofLoss ? s.input("p", probabilities, outputs(metric.loss(), d)) : s.input("p", quarters, d);
    boolean binary = metric.kind() == Metric.Kind.BINARY_ACCURACY;
    Fill targets = binary ? Fill.whole(2) : classes ? Fill.uniform(0, 1) : Fill.normal(1);
    Value t = target(s, metric.sparse(), targets, d);
    Value weights = sampleWeights(s, metric.loss(), samples, d[0]);
    Value quantiles = ofLoss ? quantiles(s, metric.loss()) : null;
    Value result =
        ObjectiveGraph.metric(s.graph, metric, p, t, quantiles, weights, mask(s, mask, d[0]));
    s.compare(result);
    for (Op op : s.graph.ops()) {
      if (op instanceof ObjectiveOp.MetricValue m) {
        s.compare(m.rows());
      }
    }
  }

  /** A large number first, then small ones that one float cannot hold. */
  private static void accumulate(Scene s, int size) {
    s.runs = 40;
    Value addend = s.variable("addend", (random, i) -> 1e7f + i, size);
    Value state = s.variable("state", (random, i) -> 0, size, 2);
    s.pairs.add(state);
    s.add(new ObjectiveOp.Accumulate(addend, state));
    // from the second run on there are small numbers
    s.graph.add(new ElementwiseOp.Copy(s.input("small", Fill.uniform(0.01, 0.02), size), addend));
    s.tolerance = 1e-13;
  }
}
