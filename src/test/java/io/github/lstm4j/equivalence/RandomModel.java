package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.equivalence.RecurrentCases.Kind;
import io.github.lstm4j.equivalence.RecurrentCases.Mask;
import io.github.lstm4j.equivalence.RecurrentCases.Options;
import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Gradients;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ObjectiveGraph;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.optimizers.UpdateRule;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A whole model at random: a sequence or class numbers, masked or not; blocks of recurrent layers,
 * also two directions and encoder and decoder, Dense, dropout and the ops that move; a head, a
 * loss.
 */
final class RandomModel {
  /** What the front makes the loss depend on, apart from the weights. */
  final List<Value> inputs = new ArrayList<>();

  final List<Value> weights = new ArrayList<>();

  /** The gradients of weights and inputs, where the loss depends on them. */
  final Map<Value, Value> gradients = new LinkedHashMap<>();

  private static final ElementwiseOp.Combine[] MERGES = {
    ElementwiseOp.Combine.SUM,
    ElementwiseOp.Combine.SUB,
    ElementwiseOp.Combine.MUL,
    ElementwiseOp.Combine.AVE,
    ElementwiseOp.Combine.MAX,
    ElementwiseOp.Combine.MIN
  };

  ObjectiveOp.LossValue loss;

  /** How many ops lead to the loss, itself counted. */
  int forwardOps;

  private final Scene s;
  private final Graph graph;
  private final int largest;
  private final List<Activation> activations;
  private int steps;
  private final int batch;
  private Value mask;
  private int stream;

  /**
   * @param largest the largest size of any axis
   * @param activations what the recurrent layers choose from
   */
  RandomModel(Scene scene, int largest, List<Activation> activations) {
    this.s = scene;
    this.graph = scene.graph;
    this.largest = largest;
    this.activations = activations;
    this.steps = size();
    this.batch = size();
  }

  private int size() {
    return 1 + s.random.nextInt(largest);
  }

  private boolean chance(double p) {
    return s.random.nextDouble() < p;
  }

  private Value weight(String name, double scale, int... dims) {
    Value v = s.variable(name, Fill.normal(scale), dims);
    weights.add(v);
    return v;
  }

  /** Up to the loss. */
  RandomModel forward() {
    Value x = front();
    for (int blocks = s.random.nextInt(3); blocks > 0; blocks--) {
      x = block(x);
    }
    head(x);
    forwardOps = graph.ops().size();
    s.compare(loss.result());
    return this;
  }

  /** The gradients, by weights and inputs. */
  RandomModel backward() {
    List<Value> by = new ArrayList<>(weights);
    by.addAll(inputs);
    List<Value> d = Gradients.of(graph, loss, by);
    for (int i = 0; i < by.size(); i++) {
      if (d.get(i) != null) {
        gradients.put(by.get(i), d.get(i));
      }
    }
    return this;
  }

  /** The training step, of an optimizer with clipping or without. */
  RandomModel update() {
    Optimizer o =
        s.any(
            Optimizer.sgd(0.05f),
            Optimizer.sgd(0.05f, 0.9f, true),
            Optimizer.rmsprop(0.005f),
            Optimizer.rmsprop(0.005f, 0.9f, 0.5f, 1e-3f, true),
            Optimizer.adam(0.01f, 0.9f, 0.999f, 1e-3f),
            // a small epsilon would turn the rounding of a gradient of 0 into a step
            Optimizer.adamW(0.01f, 0.1f).withRule(new UpdateRule.Adam(0.9f, 0.999f, 1e-3f, true)),
            Optimizer.adagrad(0.01f).withWeightDecay(0.1f));
    s.optimizer = o;
    List<Value> d = weights.stream().map(gradients::get).filter(g -> g != null).toList();
    switch (s.random.nextInt(4)) {
      case 0 -> d.forEach(g -> graph.add(new UpdateOp.ClipValue(0.01f, g)));
      case 1 -> graph.clipNorm(0.1f, d, true);
      case 2 -> graph.clipNorm(0.05f, d, false);
      default -> {}
    }
    for (Value w : weights) {
      if (gradients.containsKey(w)) {
        List<Value> slots = new ArrayList<>();
        for (UpdateRule.Slot slot : o.rule().slots()) {
          Fill initial = (random, e) -> slot.initial();
          slots.add(s.compare(s.variable(slot.name(), initial, w.shape().dims())));
        }
        if (o.weightDecay() > 0) {
          graph.add(new UpdateOp.Decay(o.weightDecay(), w, s.scalars()));
        }
        graph.update(o.rule(), w, gradients.get(w), slots, s.scalars());
        s.compare(w);
      }
    }
    return this;
  }

  // ---------------------------------------------------------------- the front

  private Value front() {
    int width = size();
    if (chance(0.25)) {
      int words = 1 + size();
      Value ids = s.sequence("ids", Fill.whole(words), steps, batch);
      if (chance(0.5)) {
        Value column = graph.view("ids", ids, 0, Shape.of(steps, batch, 1), true);
        mask = graph.maskOf(column, 0, Shape.of(steps, batch), "mask");
      }
      return graph.embed(ids, weight("table", 1, words, width), "embedding");
    }
    Value x = s.sequence("x", Fill.normal(1), steps, batch, width);
    inputs.add(x);
    switch (s.random.nextInt(3)) {
      case 0 -> {
        // the value -1 masks a step, as the layer Masking does
        Mask pattern = s.any(Mask.values());
        float[] on = new float[steps * batch];
        Fill fill = pattern.fill(s.random, steps, batch);
        for (int i = 0; i < s.data.get(x).length; i++) {
          on[i / width] = fill.next(s.random, i / width);
          s.data.get(x)[i] = on[i / width] == 0 ? -1 : s.data.get(x)[i];
        }
        mask = graph.maskOf(x, -1, Shape.of(steps, batch), "mask");
        return graph.maskRows(x, mask, "masking");
      }
      case 1 -> {
        Fill pattern = s.any(Mask.values()).fill(s.random, steps, batch);
        mask = s.sequence("mask", pattern, steps, batch);
        return x;
      }
      default -> {
        return x;
      }
    }
  }

  // ---------------------------------------------------------------- blocks, (T,B,F) to (T,B,F')

  private Value block(Value x) {
    int width = x.shape().last();
    return switch (s.random.nextInt(12)) {
      case 0, 1 -> recurrent(x, size(), false).sequence();
      case 2 -> bothWays(x);
      case 3 -> dense(x, size());
      case 4 -> graph.dropout(draw(0.3f), x, s.scalars(), "dropout");
      case 5 -> {
        Value scaled = graph.scale(-0.7f, dense(x, size()), "scale");
        yield graph.concat(scaled, x, "concat");
      }
      case 6 -> {
        Value y = recurrent(x, width, false).sequence();
        yield graph.binary(s.any(MERGES), x, y, "residual");
      }
      case 7, 8, 9 -> new RandomAlgebra(s, this::weight).block(x);
      case 10 -> {
        Shape once = Shape.of(1, batch, width);
        Value masks = graph.dropoutMask(draw(0.25f), once, s.scalars(), "masks");
        yield graph.sequenceDropout(x, masks, "variational");
      }
      default -> {
        Value y = mask == null ? graph.reverse(x, "reverse") : x;
        yield graph.activate(s.any(Activations.ALL.toArray(Activation[]::new)), y, "activation");
      }
    };
  }

  private DropoutOp.Draw draw(float rate) {
    return new DropoutOp.Draw(rate, s.random.nextLong(), stream++);
  }

  private Value dense(Value x, int width) {
    int in = x.shape().last();
    Value w = weight("dense", 1 / Math.sqrt(in), in, width);
    Value b = chance(0.7) ? weight("dense.bias", 0.3, width) : null;
    Value y = graph.matMul(x, w, b, "dense");
    return chance(0.5)
        ? y
        : graph.activate(s.any(Activation.TANH, Activation.of("selu")), y, "act");
  }

  private Value bothWays(Value x) {
    int units = size();
    Value there = recurrent(x, units, false).sequence();
    Value back = recurrent(x, units, true).sequence();
    return chance(0.4)
        ? graph.concat(there, back, "both")
        : graph.binary(s.any(MERGES), there, back, "both");
  }

  private RecurrentOp.Results recurrent(Value x, int units, boolean backwards) {
    return recurrent(options(), x, units, backwards);
  }

  private Options options() {
    return Options.random(s.random, kind(), activations);
  }

  private Kind kind() {
    return chance(0.5) ? Kind.LSTM : s.any(Kind.values());
  }

  private RecurrentOp.Results recurrent(Options o, Value x, int units, boolean backwards) {
    List<Value> initial = List.of();
    if (o.initialStates()) {
      initial = RecurrentCases.initialStates(s, o.cell(units), batch);
      inputs.addAll(initial);
    }
    return recurrent(o, x, units, backwards, initial);
  }

  private RecurrentOp.Results recurrent(
      Options o, Value x, int units, boolean backwards, List<Value> initial) {
    int features = x.shape().last();
    int gates = o.cell(units).gates();
    Value in = x;
    if (o.inputPerGate()) {
      Shape perGate = Shape.of(gates, batch, features);
      in =
          graph.sequenceDropout(
              x, graph.dropoutMask(draw(0.2f), perGate, s.scalars(), "masks"), "per gate");
    }
    Value recurrentDropout =
        o.recurrentDropout()
            ? graph.dropoutMask(draw(0.4f), Shape.of(gates, batch, units), s.scalars(), "recurrent")
            : null;
    List<Value> peephole = RecurrentCases.peephole(s, o.peephole(), units);
    weights.addAll(peephole);
    Options directed =
        new Options(
            o.kind(),
            o.activation(),
            o.recurrentActivation(),
            o.bias(),
            o.peephole(),
            backwards,
            Mask.NONE,
            mask != null && o.zeroOutputForMask(),
            false,
            false,
            false);
    return graph.recurrent(
        directed.cell(units),
        directed.sequence(),
        new RecurrentOp.Inputs(
            in,
            weight("kernel", 0.8 / Math.sqrt(features), features, gates * units),
            weight("recurrent", 0.7 / Math.sqrt(units), units, gates * units),
            o.bias() ? weight("bias", 0.3, o.cell(units).biasShape().dims()) : null,
            peephole,
            initial,
            mask,
            recurrentDropout),
        "layer");
  }

  // ---------------------------------------------------------------- the head

  private void head(Value x) {
    switch (s.random.nextInt(6)) {
      case 0 -> finish(dense(graph.flatten(x, "flatten"), size()), null);
      case 1 -> finish(x, mask);
      case 2 -> finish(recurrent(x, size(), chance(0.5)).sequence(), mask);
      case 3 -> {
        // encoder and decoder
        int units = size();
        Kind kind = kind();
        Options first = Options.random(s.random, kind, activations);
        RecurrentOp.Results encoder = recurrent(first, x, units, false);
        steps = size();
        mask = null;
        Value repeated = graph.repeat(encoder.last(), steps, "repeat");
        Options o = Options.random(s.random, kind, activations);
        finish(recurrent(o, repeated, units, false, encoder.states()).sequence(), null);
      }
      case 4 -> stateful(x);
      default -> {
        RecurrentOp.Results v = recurrent(x, size(), chance(0.5));
        Value all = v.last();
        for (Value state : v.states()) {
          all = graph.concat(all, state, "all");
        }
        finish(all, null);
      }
    }
  }

  /** The states go from one run to the next. */
  private void stateful(Value x) {
    int units = size();
    Options o = options();
    List<Value> kept = new ArrayList<>();
    for (String name : o.cell(units).states()) {
      kept.add(s.compare(s.variable(name, Fill.normal(0.5), batch, units)));
    }
    RecurrentOp.Results v = recurrent(o, x, units, false, kept);
    finish(v.last(), null);
    for (int i = 0; i < kept.size(); i++) {
      graph.add(new ElementwiseOp.Copy(v.states().get(i), kept.get(i)));
    }
  }

  /** A Dense of as many outputs as the loss needs, its activation, the loss, metrics, totals. */
  private void finish(Value x, Value rowMask) {
    Loss.Kind kind = s.any(LossCases.WITH_ROWS.toArray(Loss.Kind[]::new));
    boolean logits = chance(0.5);
    Loss of = kind == Loss.Kind.OWN ? LossCases.OWN : new Loss(kind, logits, 0.5f);
    if (kind == Loss.Kind.QUANTILE) {
      of = of.withQuantiles(List.of(0.1f, 0.5f, 0.9f));
    }
    int classes = (1 + size()) * of.outputsPerTarget();
    Value y =
        graph.matMul(
            x,
            weight("out", 1 / Math.sqrt(x.shape().last()), x.shape().last(), classes),
            weight("out.bias", 0.3, classes),
            "out");
    int[] dims = y.shape().dims();
    int[] rows = java.util.Arrays.copyOf(dims, dims.length - 1);
    Value target;
    Metric metric;
    switch (kind) {
      case BINARY_CROSSENTROPY -> {
        y = logits ? y : graph.activate(Activation.SIGMOID, y, "sigmoid");
        target = s.input("target", Fill.whole(2), dims);
        metric = Metric.BINARY_ACCURACY;
      }
      case CATEGORICAL_CROSSENTROPY -> {
        y = logits ? y : graph.activate(Activation.SOFTMAX, y, "softmax");
        target = s.input("target", Fill.uniform(0, 1), dims);
        metric = Metric.CATEGORICAL_ACCURACY;
      }
      case SPARSE_CATEGORICAL_CROSSENTROPY -> {
        y = logits ? y : graph.activate(Activation.SOFTMAX, y, "softmax");
        target = s.input("target", Fill.whole(classes), rows);
        metric = Metric.SPARSE_CATEGORICAL_ACCURACY;
      }
      case MEAN_SQUARED_LOGARITHMIC_ERROR, POISSON -> {
        y = graph.activate(Activation.of("softplus"), y, "softplus");
        target = s.input("target", Fill.uniform(0, 3), dims);
        metric = Metric.of(of);
      }
      case MEAN_ABSOLUTE_PERCENTAGE_ERROR -> {
        target = s.input("target", Fill.uniform(0.5, 2), dims);
        metric = Metric.of("mape");
      }
      case QUANTILE -> {
        int[] targets = dims.clone();
        targets[dims.length - 1] = of.targetWidth(classes);
        target = s.input("target", Fill.normal(1), targets);
        metric = Metric.of(of);
      }
      default -> {
        target = s.input("target", Fill.normal(1), dims);
        metric = s.any(Metric.MEAN_ABSOLUTE_ERROR, Metric.ROOT_MEAN_SQUARED_ERROR);
      }
    }
    Loss.Reduction reduction = // without, the loss in the logs is not the one that is minimised
        s.any(
            Loss.Reduction.SUM_OVER_BATCH_SIZE,
            Loss.Reduction.SUM,
            Loss.Reduction.MEAN_WITH_SAMPLE_WEIGHT);
    Value weights = chance(0.3) ? s.input("weights", Fill.uniform(0.5, 2), batch) : null;
    Value quantiles = LossCases.quantiles(s, of);
    loss =
        ObjectiveGraph.loss(
            graph, of.withReduction(reduction), y, target, quantiles, weights, rowMask);
    total(graph.addend(loss));
    total(s.compare(ObjectiveGraph.metric(graph, metric, y, target, quantiles, null, rowMask)));
  }

  private void total(Value addend) {
    Value state = s.compare(s.variable("state", (random, i) -> 0, addend.size(), 2));
    s.pairs.add(state);
    graph.add(new ObjectiveOp.Accumulate(addend, state));
  }
}
