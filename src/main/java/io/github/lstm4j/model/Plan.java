package io.github.lstm4j.model;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.Gradients;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Lowering;
import io.github.lstm4j.layers.Signal;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Binding;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A model compiled for one batch size, number of timesteps and purpose: the program, and the values
 * to write and read. The executable is made when it is first run.
 */
final class Plan implements AutoCloseable {
  /** What a plan is for. */
  enum Mode {
    /** Forward, without dropout. */
    PREDICT,
    /** As PREDICT, for one timestep of a {@link Session}. */
    STEP,
    /** Forward, loss and metrics, without dropout. */
    TEST,
    /** A whole training step. */
    TRAIN
  }

  /**
   * What a plan is compiled for.
   *
   * @param timesteps -1 for inputs without timesteps
   * @param masked whether a mask is given beside the input
   * @param initialStates how many initial states are given
   */
  record Key(Mode mode, int batch, int timesteps, boolean masked, int initialStates) {}

  /** What training adds to a model. */
  record Goal(
      Optimizer optimizer,
      Loss loss,
      Map<String, Metric> metrics,
      List<List<Weight>> slots,
      Weight totals) {}

  private final Program program;
  private final Map<Weight, Value> variables;
  private final Value x;
  private final Value mask;
  private final List<Value> initial;
  private final Value target;
  private final Value scalars;
  private final Value loss;
  private final List<Value> outputs;
  private Binding executable;

  private Plan(
      Program program,
      Map<Weight, Value> variables,
      Value x,
      Value mask,
      List<Value> initial,
      Value target,
      Value scalars,
      Value loss,
      List<Value> outputs) {
    this.program = program;
    this.variables = variables;
    this.x = x;
    this.mask = mask;
    this.initial = initial;
    this.target = target;
    this.scalars = scalars;
    this.loss = loss;
    this.outputs = outputs;
  }

  /**
   * @param layers built
   * @param input the model's input shape
   * @param goal null for {@link Mode#PREDICT} and {@link Mode#STEP}
   */
  static Plan of(
      Key key, List<Layer> layers, Shape input, long seed, Lowering.StateSource states, Goal goal) {
    Lowering to = new Lowering(key.mode() == Mode.TRAIN, key.mode() == Mode.STEP, seed, states);
    Graph graph = to.graph();
    int b = key.batch();
    int t = key.timesteps();
    Value x =
        input.rank() == 3
            ? graph.input("x", Shape.of(t, b, input.dim(2)), true)
            : layers.get(firstLayer(layers)).takesIds()
                ? graph.input("x", Shape.of(t, b), true)
                : graph.input("x", Shape.of(b, input.dim(1)), false);
    Value mask = key.masked() ? graph.input("mask", Shape.of(t, b), true) : null;
    List<Value> initial = initialStates(graph, key, layers);
    Signal signal = new Signal(x, mask);
    int given = 0;
    for (Layer layer : layers) {
      List<Signal> in = new ArrayList<>(List.of(signal));
      for (int i = 0; i < layer.stateShapes(b).size() && given < initial.size(); i++) {
        in.add(new Signal(initial.get(given++), null));
      }
      signal = layer.lower(in, to);
    }
    List<Value> outputs = new ArrayList<>();
    outputs.add(signal.value());
    outputs.addAll(signal.states());
    List<Value> keep = new ArrayList<>(outputs);
    Value target = null;
    Value result = null;
    if (goal != null) {
      Value prediction = signal.value();
      boolean sequence = prediction.shape().rank() == 3;
      int width = goal.loss().sparse() ? 1 : prediction.shape().last();
      target = graph.input("y", prediction.shape().with(-1, width), sequence);
      Value weights = sequence ? signal.mask() : null;
      ObjectiveOp.LossValue lossOp = graph.loss(goal.loss(), prediction, target, weights);
      List<Value> measured = new ArrayList<>();
      for (Metric m : goal.metrics().values()) {
        measured.add(graph.metric(m, prediction, target, weights));
      }
      result = lossOp.result();
      graph.add(new ObjectiveOp.Accumulate(result, b, measured, to.variable(goal.totals())));
      if (key.mode() == Mode.TRAIN) {
        keep.clear(); // nobody reads the outputs of a training step
        train(to, lossOp, trainable(layers), goal);
      }
      keep.add(result);
    }
    String name = key.mode().name().toLowerCase(java.util.Locale.ROOT);
    return new Plan(
        new Program(name + " " + x.shape(), graph, keep),
        to.variables(),
        x,
        mask,
        initial,
        target,
        to.scalarsIfUsed(),
        result,
        outputs);
  }

  private static List<Value> initialStates(Graph graph, Key key, List<Layer> layers) {
    List<Value> initial = new ArrayList<>();
    List<Shape> shapes = layers.stream().flatMap(l -> l.stateShapes(key.batch()).stream()).toList();
    for (int i = 0; i < key.initialStates(); i++) {
      initial.add(graph.input((i % 2 == 0 ? "h" : "c") + i / 2, shapes.get(i), false));
    }
    return initial;
  }

  private static void train(
      Lowering to, ObjectiveOp.LossValue loss, List<Weight> weights, Goal goal) {
    Graph graph = to.graph();
    Optimizer optimizer = goal.optimizer();
    List<Value> by = new ArrayList<>();
    weights.forEach(w -> by.add(to.variable(w)));
    List<Value> gradients = Gradients.of(graph, loss, by);
    if (optimizer.clipvalue() > 0) {
      gradients.forEach(g -> graph.add(new UpdateOp.ClipValue(optimizer.clipvalue(), g)));
    } else if (optimizer.clipnorm() > 0) {
      graph.clipNorm(optimizer.clipnorm(), gradients, false);
    } else if (optimizer.globalClipnorm() > 0) {
      graph.clipNorm(optimizer.globalClipnorm(), gradients, true);
    }
    for (int i = 0; i < weights.size(); i++) {
      List<Value> slots = new ArrayList<>();
      goal.slots().get(i).forEach(s -> slots.add(to.variable(s)));
      graph.update(optimizer.rule(), by.get(i), gradients.get(i), slots, to.scalars());
    }
  }

  static int firstLayer(List<Layer> layers) {
    return layers.get(0) instanceof io.github.lstm4j.layers.Input && layers.size() > 1 ? 1 : 0;
  }

  static List<Weight> trainable(List<Layer> layers) {
    List<Weight> all = new ArrayList<>();
    layers.forEach(l -> all.addAll(l.weights()));
    return all;
  }

  Program program() {
    return program;
  }

  Executable executable() {
    return executable;
  }

  List<Value> outputs() {
    return outputs;
  }

  /** Binds the program to a backend's memory, once. */
  Plan on(Backend backend) {
    if (executable == null) {
      executable = new Binding(backend, program, variables);
    }
    return this;
  }

  /** Sets the input from {@code from} on. */
  void input(float[] source, int from) {
    executable.write(x, source, from);
  }

  /** Sets the mask (B,T). */
  void mask(Tensor values) {
    executable.write(mask, values.data(), 0);
  }

  /** Sets the initial states. */
  void initial(List<Tensor> states) {
    for (int i = 0; i < initial.size(); i++) {
      executable.write(initial.get(i), states.get(i).data(), 0);
    }
  }

  /** Sets the target from {@code from} on. */
  void target(float[] source, int from) {
    executable.write(target, source, from);
  }

  /** Sets what changes from step to step, if the program reads it. */
  void scalars(float[] values) {
    if (scalars != null) {
      executable.write(scalars, values, 0);
    }
  }

  void run() {
    executable.run();
  }

  /** The loss of the last run. */
  float loss() {
    float[] r = new float[2];
    executable.read(loss, r, 0);
    return r[0];
  }

  /** Reads one output into an array. */
  void output(int index, float[] target, int to) {
    executable.read(outputs.get(index), target, to);
  }

  /** The shape of an output as users see it: (B,T,…). */
  Shape outputShape(int index) {
    Value v = outputs.get(index);
    Shape s = v.shape();
    return v.timeMajor() ? Shape.of(swapped(s.dims())) : s;
  }

  private static int[] swapped(int[] dims) {
    int t = dims[0];
    dims[0] = dims[1];
    dims[1] = t;
    return dims;
  }

  @Override
  public void close() {
    if (executable != null) {
      executable.close();
      executable = null;
    }
  }
}
