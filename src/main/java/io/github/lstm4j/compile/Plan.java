package io.github.lstm4j.compile;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.graph.EmbeddingOp;
import io.github.lstm4j.graph.Gradients;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ObjectiveGraph;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.KerasTensor.Call;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Lowering;
import io.github.lstm4j.layers.Signal;
import io.github.lstm4j.layers.Stateful;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.layers.WeightLock;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.runtime.Binding;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.tensor.TooLargeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * A model compiled for one batch size, number of timesteps and purpose: the program, and where it
 * takes what goes in and leaves what comes out. It runs as often as it is {@linkplain #bind bound}.
 */
public final class Plan {
  /** What a plan is for. */
  public enum Mode {
    /** Forward, without dropout. */
    PREDICT,
    /** As PREDICT, for one timestep of sequences whose states are carried on. */
    STEP,
    /** As PREDICT, with what recurrent layers compute on the way kept: {@link #insides()}. */
    TRACE,
    /** As PREDICT, and back from an output to the inputs: {@link #inputGradient()}. */
    SALIENCY,
    /** Forward, loss and metrics, without dropout. */
    TEST,
    /** As TEST, and back to the trained weights: {@link #gradients()}. */
    GRADIENTS,
    /** A training step up to its {@link #gradients()}, to be added to those of other shares. */
    SHARE,
    /** A training step that only adds its gradients to those of the step that updates. */
    ACCUMULATE,
    /** A whole training step. */
    TRAIN;

    /** Whether it measures what a model was compiled with, and changes nothing. */
    public boolean measures() {
      return this == TEST || this == GRADIENTS;
    }

    /** Whether it is a training step: with dropout, and without outputs to be read. */
    public boolean isTraining() {
      return this == SHARE || this == ACCUMULATE || this == TRAIN;
    }
  }

  /** What is given a weight. */
  public enum Weighted {
    /** Nothing. */
    NOTHING,
    /** Each sample. */
    SAMPLES,
    /** Each timestep of each sample. */
    TIMESTEPS
  }

  /**
   * What a plan is compiled for.
   *
   * @param timesteps of each input; {@link Shape#UNKNOWN} for one without
   * @param masked whether a mask is given beside the first input
   * @param initialStates the numbers of the recurrent calls whose initial states are given
   * @param weighted what has weights in the loss, and in metrics that ask for it
   * @param carried whether these are some timesteps of sequences whose states are carried on
   */
  public record Key(
      Mode mode,
      int batch,
      List<Integer> timesteps,
      boolean masked,
      Set<Integer> initialStates,
      Weighted weighted,
      boolean carried) {
    /**
     * Checks the batch.
     *
     * @throws IllegalArgumentException if it is less than 1
     */
    public Key {
      if (batch < 1) {
        throw new IllegalArgumentException("the batch must be at least 1, got " + batch);
      }
    }

    /** As this, for some timesteps of sequences whose states are carried on. */
    public Key asCarried() {
      return new Key(mode, batch, timesteps, masked, initialStates, weighted, true);
    }

    /** Without masks, initial states and sample weights. */
    public Key(Mode mode, int batch, List<Integer> timesteps) {
      this(mode, batch, timesteps, false, Set.of(), Weighted.NOTHING, mode == Mode.STEP);
    }
  }

  private final Key key;
  private final Program program;
  private final Map<Weight, Value> variables;
  private final Map<Stateful, List<Weight>> sessionStates;
  private final List<Value> inputs;
  private final Value mask;
  private final List<Value> initialStates;
  private final List<Value> targets;
  private final Value sampleWeights;
  private final Value scalars;
  private final List<Weight> totals;
  private final List<Value> outputs;
  private final List<Inside> insides;
  private final Map<Weight, Value> gradients;
  private final List<ObjectiveOp.LossValue> losses;
  private final Value outputGradient;
  private final Value inputGradient;
  private final WeightLock.Set locks;

  private Plan(Builder b) {
    List<Value> keep = new ArrayList<>(b.key.mode().isTraining() ? List.of() : b.outputs);
    b.insides.forEach(inside -> keep.addAll(inside.values()));
    if (b.inputGradient != null) {
      keep.add(b.inputGradient);
    }
    keep.addAll(b.gradients.values());
    b.shared.forEach(loss -> keep.add(loss.result()));
    key = b.key;
    String name = b.key.mode().name().toLowerCase(Locale.ROOT);
    program = new Program(name + " " + b.inputs.get(0).shape(), b.graph, keep);
    variables = b.variables();
    sessionStates = b.sessionStates;
    inputs = b.inputs;
    mask = b.mask;
    initialStates = b.initialStates;
    targets = b.targets;
    sampleWeights = b.sampleWeights;
    scalars = b.to.scalarsIfUsed();
    totals = b.totals;
    outputs = b.outputs;
    insides = b.insides;
    gradients = Collections.unmodifiableMap(b.gradients);
    losses = List.copyOf(b.shared);
    outputGradient = b.outputGradient;
    inputGradient = b.inputGradient;
    locks = Locks.of(program, variables, own());
  }

  /**
   * Compiles.
   *
   * @param graph built
   * @param seed of dropout
   * @param goal null for {@link Mode#PREDICT} and {@link Mode#STEP}
   */
  public static Plan of(Key key, LayerGraph graph, long seed, Goal goal) {
    try {
      return new Plan(new Builder(key, graph, seed, goal));
    } catch (TooLargeException e) {
      throw e.of(key.mode().name().toLowerCase(Locale.ROOT) + " with a batch of " + key.batch());
    }
  }

  /** The writing of one plan. */
  private static final class Builder {
    final Key key;
    final LayerGraph layers;
    final Lowering to;
    final Graph graph;
    final Map<Stateful, List<Weight>> sessionStates = new LinkedHashMap<>();
    final List<Value> inputs = new ArrayList<>();
    final List<Value> initialStates = new ArrayList<>();
    final List<Value> targets = new ArrayList<>();
    final List<Value> outputs = new ArrayList<>();
    final List<Weight> totals = new ArrayList<>();
    final Value mask;
    final List<Inside> insides;
    Value sampleWeights;
    final Map<Weight, Value> gradients = new LinkedHashMap<>();
    final List<ObjectiveOp.LossValue> shared = new ArrayList<>();
    Value outputGradient;
    Value inputGradient;

    Builder(Key key, LayerGraph layers, long seed, Goal goal) {
      this.key = key;
      this.layers = layers;
      boolean stepwise = key.mode() == Mode.STEP;
      this.to =
          new Lowering(
              key.mode().isTraining(),
              stepwise,
              seed,
              key.carried() ? this::statesOf : Stateful::states);
      this.graph = to.graph();
      for (int i = 0; i < layers.inputs().size(); i++) {
        inputs.add(input(i));
      }
      this.mask =
          key.masked()
              ? graph.input("mask", Shape.of(key.timesteps().get(0), key.batch()), true)
              : null;
      List<Signal> signals = lower();
      signals.forEach(s -> outputs.add(s.value()));
      requireRows(goal != null);
      this.insides = key.mode() == Mode.TRACE ? Inside.of(graph) : List.of();
      if (key.mode() == Mode.SALIENCY) {
        saliency(outputs.get(0));
      }
      if (goal != null) {
        objectives(goal, signals);
      }
    }

    /**
     * That each output has a row for each sample, which an operation may have put elsewhere.
     *
     * @param measured whether it is to be compared with targets
     */
    private void requireRows(boolean measured) {
      for (int i = 0; i < outputs.size(); i++) {
        Shape got = outside(outputs.get(i));
        boolean axes = !measured || got.rank() > 1;
        if (got.rank() == 0 || got.dim(0) != key.batch() || !axes) {
          throw new IllegalArgumentException(
              "the output of "
                  + layers.outputs().get(i).call().layer()
                  + ": expected "
                  + (measured ? "at least two axes, the first with " : "")
                  + "a row for each of "
                  + key.batch()
                  + " samples, got "
                  + got
                  + "; reshape it in the model");
        }
      }
    }

    /** The way back to the first input; to what an Embedding makes of it, if it holds ids. */
    private void saliency(Value output) {
      Value by =
          graph.ops().stream()
              .filter(op -> op instanceof EmbeddingOp.Embed)
              .map(op -> (EmbeddingOp.Embed) op)
              .filter(op -> op.ids() == inputs.get(0))
              .map(EmbeddingOp.Embed::y)
              .findFirst()
              .orElse(inputs.get(0));
      outputGradient = graph.input("dy", output.shape(), output.timeMajor());
      inputGradient = Gradients.of(graph, output, outputGradient, by);
    }

    private List<Weight> statesOf(Stateful layer) {
      boolean own = key.mode() != Mode.STEP && !layer.states().isEmpty(); // it is stateful itself
      return own
          ? layer.states()
          : sessionStates.computeIfAbsent(layer, l -> l.newStates(key.batch()));
    }

    private Value input(int number) {
      Shape shape = layers.inputShape(number);
      String name = number == 0 ? "x" : "x" + number;
      int t = key.timesteps().get(number);
      int b = key.batch();
      if (layers.hasTimesteps(number)) {
        requireTimesteps(layers.fedBy(number), shape.dim(1), t);
      }
      return layers.hasTimesteps(number)
          ? graph.input(name, shape.with(0, t).with(1, b), true)
          : graph.input(name, shape.with(0, b), false);
    }

    private void requireTimesteps(Layer fed, int expected, int got) {
      boolean fixed = expected != Shape.UNKNOWN && !key.carried();
      if (got < 1 || (fixed && got != expected)) {
        throw new IllegalArgumentException(
            fed.name()
                + ": expected "
                + (fixed ? expected : "at least 1")
                + " timesteps, got "
                + got);
      }
    }

    /** Lowers all layers; the signals of the outputs. */
    private List<Signal> lower() {
      List<Signal> in = new ArrayList<>();
      for (int i = 0; i < inputs.size(); i++) {
        in.add(new Signal(inputs.get(i), i == 0 ? mask : null));
      }
      List<Call> recurrent = layers.recurrentCalls();
      return layers.lower(
          in,
          to,
          call ->
              key.initialStates().contains(recurrent.indexOf(call))
                  ? initialStates(call.layer())
                  : List.of());
    }

    private List<Signal> initialStates(Layer layer) {
      List<Signal> in = new ArrayList<>();
      for (Shape shape : layer.stateShapes(key.batch())) {
        Value state = graph.input(layer.name() + ".initial" + in.size(), shape, false);
        initialStates.add(state);
        in.add(new Signal(state, null));
      }
      return in;
    }

    /** Losses and metrics, and for training the way back and the update. */
    private void objectives(Goal goal, List<Signal> signals) {
      sampleWeights = sampleWeights(goal, signals);
      List<ObjectiveOp.LossValue> losses = new ArrayList<>();
      for (int i = 0; i < goal.objectives().size(); i++) {
        Signal output = signals.get(goal.objectives().get(i).output());
        Value prediction = output.value();
        Goal.Objective objective = goal.objectives().get(i).resolve(prediction.shape().last());
        boolean sequence = prediction.shape().rank() > 2;
        Loss measured = objective.measured();
        int width = measured.targetWidth(prediction.shape().last());
        Value target =
            graph.input(i == 0 ? "y" : "y" + i, prediction.shape().with(-1, width), sequence);
        targets.add(target);
        Value quantiles = quantiles(measured);
        Value rowMask = sequence ? output.mask() : null;
        Value logits = output.logits();
        List<Value> addends = new ArrayList<>();
        if (objective.loss() != null) {
          boolean onLogits = logits != null && measured.prefersLogits();
          Loss loss = onLogits ? measured.withFromLogits(true) : measured;
          Function<Loss, ObjectiveOp.LossValue> write =
              of ->
                  ObjectiveGraph.loss(
                      graph,
                      of,
                      onLogits ? logits : prediction,
                      target,
                      quantiles,
                      sampleWeights,
                      rowMask);
          ObjectiveOp.LossValue weighted = write.apply(loss);
          losses.add(weighted);
          // of several losses each is logged without its weight
          boolean plain = objective.name().isEmpty() || loss.weight() == 1;
          addends.add(graph.addend(plain ? weighted : write.apply(loss.withWeight(1))));
        }
        for (Metric m : objective.metrics().values()) {
          boolean ofLogits = logits != null && m.prefersLogits();
          addends.add(
              ObjectiveGraph.metric(
                  graph,
                  ofLogits ? m.onLogits() : m,
                  ofLogits ? logits : prediction,
                  target,
                  quantiles,
                  m.isWeighted() ? sampleWeights : null,
                  m.heedsMask() ? rowMask : null));
        }
        accumulate(i == 0 ? "totals" : "totals" + i, addends);
      }
      Value penalty = Regularization.penalty(to, layers.weights(), key.batch());
      if (penalty != null) {
        accumulate("penalties", List.of(Regularization.addend(graph, penalty, key.batch())));
      }
      if (key.mode().isTraining() || key.mode() == Mode.GRADIENTS) {
        back(losses, penalty, goal);
      }
    }

    private Value sampleWeights(Goal goal, List<Signal> signals) {
      if (key.weighted() != Weighted.TIMESTEPS) {
        return key.weighted() == Weighted.NOTHING
            ? null
            : graph.input("sampleWeights", Shape.of(key.batch()), false);
      }
      Set<Shape> rows = new LinkedHashSet<>();
      for (Goal.Objective o : goal.objectives()) {
        Shape prediction = signals.get(o.output()).value().shape();
        rows.add(Shape.of(Arrays.copyOf(prediction.dims(), prediction.rank() - 1)));
      }
      Shape steps = rows.iterator().next();
      if (rows.size() > 1) {
        throw new IllegalArgumentException(
            "weights of timesteps need outputs of as many timesteps, got "
                + rows
                + "; give a weight for each sample");
      }
      return graph.input("sampleWeights", steps, true);
    }

    /** Those of a loss as a constant, for it and the metrics beside it; null if it has none. */
    private Value quantiles(Loss loss) {
      if (loss.quantiles().isEmpty()) {
        return null;
      }
      Tensor values = Tensor.zeros(loss.quantiles().size());
      for (int i = 0; i < values.size(); i++) {
        values.data()[i] = loss.quantiles().get(i);
      }
      return graph.constant("quantiles", values);
    }

    /** The weights, and the graph's constants as weights that nobody changes. */
    Map<Weight, Value> variables() {
      Map<Weight, Value> all = new LinkedHashMap<>(to.variables());
      graph
          .constants()
          .forEach(
              (value, content) -> {
                Weight constant = Weight.slot(value.name(), content.shape());
                constant.adopt(content);
                all.put(constant, value);
              });
      return Collections.unmodifiableMap(all);
    }

    /** Adds to the states of the loss and the metrics, which lie one behind the other. */
    private void accumulate(String name, List<Value> addends) {
      int size = addends.stream().mapToInt(Value::size).sum();
      Weight total = Weight.slot(name, Shape.of(size, 2));
      totals.add(total);
      int at = 0;
      for (Value addend : addends) {
        Shape shape = Shape.of(addend.size(), 2);
        Value state =
            graph.view(addend.name() + ".total", to.variable(total), 2 * at, shape, false);
        graph.add(new ObjectiveOp.Accumulate(addend, state));
        at += addend.size();
      }
    }

    private void back(List<ObjectiveOp.LossValue> losses, Value penalty, Goal goal) {
      List<Value> by = goal.trained().stream().map(to::variable).toList();
      List<Value> found = Gradients.of(graph, losses, penalty, by);
      if (key.mode() == Mode.SHARE) {
        Share.check(to, goal, found, losses, penalty);
        shared.addAll(losses);
      }
      if (key.mode() == Mode.GRADIENTS || key.mode() == Mode.SHARE) {
        for (int i = 0; i < found.size(); i++) {
          if (found.get(i) != null) {
            gradients.put(goal.trained().get(i), found.get(i));
          }
        }
        return;
      }
      UpdateSteps steps = new UpdateSteps(to, goal, found);
      if (key.mode() == Mode.ACCUMULATE) {
        steps.accumulate();
      } else {
        steps.update();
      }
      Regularization.afterUpdate(to, goal.trained());
    }
  }

  /** The variables that each binding has for itself: totals, and states of sessions. */
  private Set<Weight> own() {
    Set<Weight> own = new HashSet<>(totals);
    sessionStates.values().forEach(own::addAll);
    return own;
  }

  /** What it is compiled for. */
  public Key key() {
    return key;
  }

  /** The program. */
  public Program program() {
    return program;
  }

  /** What must be held while it runs. */
  public WeightLock.Set locks() {
    return locks;
  }

  /** The inputs, as they lie in memory. */
  public List<Value> inputs() {
    return inputs;
  }

  /** The mask (T,B), or null. */
  public Value mask() {
    return mask;
  }

  /** The given initial states, layer by layer. */
  public List<Value> initialStates() {
    return initialStates;
  }

  /** The targets; empty without a goal. */
  public List<Value> targets() {
    return targets;
  }

  /** The samples' weights, or null. */
  public Value sampleWeights() {
    return sampleWeights;
  }

  /** What changes from step to step, or null if the program reads none of it. */
  public Value scalars() {
    return scalars;
  }

  /** The graph's outputs. */
  public List<Value> outputs() {
    return outputs;
  }

  /** What recurrent layers compute on the way, in order; empty unless it is asked for. */
  public List<Inside> insides() {
    return insides;
  }

  /** For {@link Mode#SHARE} the losses that are added up; else empty. */
  public List<ObjectiveOp.LossValue> losses() {
    return losses;
  }

  /**
   * For {@link Mode#GRADIENTS} and {@link Mode#SHARE} that of the loss by each trained weight that
   * it depends on; else empty.
   */
  public Map<Weight, Value> gradients() {
    return gradients;
  }

  /** Where the gradient by the first output goes in, for {@link Mode#SALIENCY}; else null. */
  public Value outputGradient() {
    return outputGradient;
  }

  /**
   * The gradient by the first input, or by the vectors that an Embedding gives for its ids; null
   * where the output does not depend on it.
   */
  public Value inputGradient() {
    return inputGradient;
  }

  /** The states that sessions carry, as patterns of their own: for each layer their shapes. */
  public Map<Stateful, List<Weight>> sessionStates() {
    return sessionStates;
  }

  /** The totals of an epoch, a pattern of a {@linkplain Lane lane's} own. */
  public List<Weight> totals() {
    return totals;
  }

  /** The shape of a value as users see it: (B,T,…). */
  public static Shape outside(Value v) {
    int[] dims = v.shape().dims();
    if (v.timeMajor()) {
      int t = dims[0];
      dims[0] = dims[1];
      dims[1] = t;
    }
    return Shape.of(dims);
  }

  /**
   * Binds it to a backend's memory.
   *
   * @param instead what stands in for the plan's patterns: totals, states of sessions
   */
  public Binding bind(Backend backend, Map<Weight, Weight> instead) {
    Map<Weight, Value> bound = new LinkedHashMap<>();
    variables.forEach((weight, value) -> bound.put(instead.getOrDefault(weight, weight), value));
    return new Binding(backend, program, bound);
  }
}
