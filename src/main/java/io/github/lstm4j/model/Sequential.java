package io.github.lstm4j.model;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Lowering;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A stack of layers, each fed by the one before, as Keras's {@code Sequential}.
 *
 * <pre>{@code
 * Sequential model = new Sequential();
 * model.add(new LSTM(32).inputShape(24, 11));
 * model.add(new Dense(1));
 * model.compile(Optimizer.adam(1e-3f), Loss.meanSquaredError());
 * model.fit(x, y, Fit.epochs(10));
 * Tensor forecast = model.predict(x);
 * }</pre>
 *
 * <p>A model is used by one thread at a time. It frees its memory when it is closed.
 */
public final class Sequential implements AutoCloseable {
  private static final int WEIGHT_STREAMS = 1 << 20;

  private final List<Layer> layers = new ArrayList<>();
  private final Map<Plan.Key, Plan> plans = new HashMap<>();
  private String name = "sequential";
  private boolean named;
  private Backend backend;
  private long seed = System.nanoTime();
  private Shape inputShape;
  private Plan.Goal goal;
  private long iterations;

  /** An empty model. */
  public Sequential() {}

  /** A model of these layers. */
  public Sequential(Layer... all) {
    for (Layer l : all) {
      add(l);
    }
  }

  // ---------------------------------------------------------------- building

  /** Names the model. */
  public Sequential name(String newName) {
    name = newName;
    named = true;
    return this;
  }

  /** The name. */
  public String name() {
    return name;
  }

  /** Whether the user gave the name. */
  public boolean isNamed() {
    return named;
  }

  /**
   * Sets the one seed that weights, shuffles and dropout come from: the same seed gives the same
   * results, bit for bit, whatever the number of threads. Without it every model is another.
   *
   * @throws IllegalStateException if weights were already drawn
   */
  public Sequential seed(long newSeed) {
    if (layers.stream().anyMatch(l -> l.isBuilt() && !l.weights().isEmpty())) {
      throw new IllegalStateException(
          name + ": weights are already drawn; call seed before adding layers");
    }
    seed = newSeed;
    return this;
  }

  /** The seed. */
  public long seed() {
    return seed;
  }

  /** Chooses what runs the model; without it the best there is. Weights move along. */
  public Sequential on(Backend newBackend) {
    release();
    backend = newBackend;
    return this;
  }

  /** What runs the model. */
  public Backend backend() {
    if (backend == null) {
      backend = Backends.best();
    }
    return backend;
  }

  /**
   * Adds a layer. Its weights are made as soon as the model's input shape is known: by an {@link
   * Input}, by the first layer's {@code inputShape(…)}, or by the first data.
   *
   * @throws IllegalArgumentException if the layer cannot take the output of the one before
   * @throws IllegalStateException if the model is compiled
   */
  public Sequential add(Layer layer) {
    if (goal != null) {
      throw new IllegalStateException(name + ": the model is compiled; add all layers before that");
    }
    if (layers.contains(layer)) {
      throw new IllegalArgumentException(layer + ": the layer is already part of this model");
    }
    if (layer instanceof Input && !layers.isEmpty()) {
      throw new IllegalArgumentException("Input must be the first layer of " + name);
    }
    if (!layers.isEmpty() && returnsStates(layers.get(layers.size() - 1))) {
      throw new IllegalArgumentException(
          layers.get(layers.size() - 1)
              + ": a layer with returnState(true) must be the last of a Sequential model");
    }
    if (!layer.isNamed()) {
      layer.autoName(freeName(layer));
    } else if (layers.stream().anyMatch(l -> l.name().equals(layer.name()))) {
      throw new IllegalArgumentException(
          name + ": two layers are called '" + layer.name() + "'; names must differ");
    }
    if (layers.isEmpty()) {
      inputShape = layer instanceof Input in ? in.shape() : layer.declaredInput();
    }
    if (inputShape != null) {
      layer.build(outputShape(), weightStream(layers.size()));
    }
    layers.add(layer);
    plans.values().forEach(Plan::close);
    plans.clear();
    return this;
  }

  private static boolean returnsStates(Layer layer) {
    return layer instanceof LSTM lstm
        ? lstm.returnsState()
        : layer instanceof Bidirectional b && b.forward().returnsState();
  }

  private String freeName(Layer layer) {
    String base = snakeCase(layer.className());
    long before = layers.stream().filter(l -> l.className().equals(layer.className())).count();
    String candidate = before == 0 ? base : base + "_" + before;
    Set<String> taken = layers.stream().map(Layer::name).collect(Collectors.toSet());
    for (long n = before; taken.contains(candidate); n++) {
      candidate = base + "_" + (n + 1);
    }
    return candidate;
  }

  private static String snakeCase(String className) {
    return className.equals("LSTM")
        ? "lstm"
        : className.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
  }

  private Philox weightStream(int layer) {
    return new Philox(seed, WEIGHT_STREAMS + layer);
  }

  /** Makes the weights for inputs of that shape, as the first data would. */
  public Sequential build(Shape input) {
    if (layers.isEmpty()) {
      throw new IllegalStateException(name + ": the model has no layers; add some first");
    }
    if (inputShape == null) {
      Shape shape = input;
      for (int i = 0; i < layers.size(); i++) {
        layers.get(i).build(shape, weightStream(i));
        shape = layers.get(i).outputShape();
      }
      inputShape = input;
      if (goal != null) {
        goal.metrics().replaceAll((n, m) -> isAccuracy(n) ? accuracyFor(goal.loss()) : m);
      }
    }
    return this;
  }

  /** The layers; an {@link Input} is not among them. */
  public List<Layer> layers() {
    List<Layer> real = new ArrayList<>(layers);
    real.removeIf(l -> l instanceof Input);
    return Collections.unmodifiableList(real);
  }

  /** The model's input, as it was added or as the first layer or the first data told. */
  public Input inputLayer() {
    requireBuilt();
    if (layers.get(0) instanceof Input in) {
      return in;
    }
    int[] dims = inputShape.dims();
    Input in = new Input(java.util.Arrays.copyOfRange(dims, 1, dims.length));
    in.autoName("input_layer");
    return in;
  }

  /**
   * The layer of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Layer layer(String layerName) {
    for (Layer l : layers) {
      if (layerName.equals(l.name())) {
        return l;
      }
    }
    throw new IllegalArgumentException(
        name
            + ": no layer is called '"
            + layerName
            + "'; there are "
            + layers.stream().map(Layer::name).toList());
  }

  /** The input's shape, (None, timesteps, features); null while it is not known. */
  public Shape inputShape() {
    return inputShape;
  }

  /** The output's shape; null while the input's is not known. */
  public Shape outputShape() {
    if (inputShape == null || layers.isEmpty()) {
      return inputShape;
    }
    return layers.get(layers.size() - 1).outputShape();
  }

  /** All weights, in the order of the layers. */
  public List<Weight> weights() {
    return Plan.trainable(layers);
  }

  /** Copies of all weights' values, in Keras's order. */
  public List<Tensor> getWeights() {
    return weights().stream().map(Weight::value).toList();
  }

  /**
   * Sets all weights, in Keras's order.
   *
   * @throws IllegalArgumentException if there are more or fewer, or one has another shape
   */
  public void setWeights(List<Tensor> values) {
    requireBuilt();
    List<Weight> all = weights();
    if (values.size() != all.size()) {
      throw new IllegalArgumentException(
          name + ": expected " + all.size() + " weights, got " + values.size());
    }
    for (Layer l : layers) {
      for (Weight w : l.weights()) {
        Tensor v = values.get(all.indexOf(w));
        if (!v.shape().equals(w.shape())) {
          throw new IllegalArgumentException(
              l.name()
                  + ": expected "
                  + w.name()
                  + " of shape "
                  + w.shape()
                  + ", got "
                  + v.shape());
        }
      }
    }
    for (int i = 0; i < all.size(); i++) {
      all.get(i).assign(values.get(i));
    }
  }

  /** The number of weights' elements. */
  public long countParams() {
    return layers.stream().mapToLong(Layer::countParams).sum();
  }

  /** Prints the table of Keras 3. */
  public void summary() {
    summary(SummaryStyle.KERAS_3);
  }

  /** Prints the table of that Keras version. */
  public void summary(SummaryStyle style) {
    System.out.print(summaryText(style));
  }

  /** The table of that Keras version, byte for byte. */
  public String summaryText(SummaryStyle style) {
    return Summary.of(this, style);
  }

  // ---------------------------------------------------------------- training

  /** Says what to minimise, how, and what to measure beside it. */
  public Sequential compile(Optimizer optimizer, Loss loss, Metric... metrics) {
    Map<String, Metric> named = new LinkedHashMap<>();
    for (Metric m : metrics) {
      named.put(m.logName(), m);
    }
    return compile(optimizer, loss, named);
  }

  /**
   * As {@link #compile(Optimizer, Loss, Metric...)}, by Keras's names. Logs call each metric as it
   * is called here.
   */
  public Sequential compile(String optimizer, String loss, String... metrics) {
    Loss minimised = Loss.of(loss);
    Map<String, Metric> named = new LinkedHashMap<>();
    for (String m : metrics) {
      named.put(m, isAccuracy(m) ? accuracyFor(minimised) : Metric.of(m));
    }
    return compile(Optimizer.of(optimizer), minimised, named);
  }

  private static boolean isAccuracy(String metric) {
    return metric.equals("accuracy") || metric.equals("acc");
  }

  /** Provisional until the output's shape is known: then {@link #build} looks again. */
  private Metric accuracyFor(Loss loss) {
    return Metric.accuracyFor(loss, inputShape == null ? 1 : outputShape().last());
  }

  /** As {@link #compile(Optimizer, Loss, Metric...)}, with what logs call each metric. */
  public Sequential compile(Optimizer optimizer, Loss loss, Map<String, Metric> metrics) {
    if (layers.isEmpty()) {
      throw new IllegalStateException(name + ": the model has no layers; add some first");
    }
    metrics.forEach(
        (logName, m) -> {
          if (m.sparse() != loss.sparse()) {
            throw new IllegalArgumentException(
                name
                    + ": loss "
                    + loss.kind().kerasName()
                    + " and metric "
                    + logName
                    + " need different targets: class numbers, and rows as wide as the output");
          }
        });
    forget(Plan.Mode.TRAIN);
    forget(Plan.Mode.TEST);
    Weight totals = Weight.slot("totals", Shape.of(1 + metrics.size(), 4));
    goal = new Plan.Goal(optimizer, loss, new LinkedHashMap<>(metrics), new ArrayList<>(), totals);
    iterations = 0;
    return this;
  }

  /** The optimizer, or null before {@link #compile}. */
  public Optimizer optimizer() {
    return goal == null ? null : goal.optimizer();
  }

  /** The loss, or null before {@link #compile}. */
  public Loss loss() {
    return goal == null ? null : goal.loss();
  }

  /** The metrics, by what logs call them. */
  public Map<String, Metric> metrics() {
    return goal == null ? Map.of() : Collections.unmodifiableMap(goal.metrics());
  }

  /** The number of training steps since {@link #compile}. */
  public long iterations() {
    return iterations;
  }

  /** Sets the learning rate of the steps to come; the optimizer's state stays. */
  public void setLearningRate(float rate) {
    requireCompiled();
    goal =
        new Plan.Goal(
            goal.optimizer().withLearningRate(rate),
            goal.loss(),
            goal.metrics(),
            goal.slots(),
            goal.totals());
  }

  /**
   * The optimizer's state, to be saved: for each weight, in order, its slots. Empty before the
   * first training step.
   */
  public List<List<Weight>> optimizerSlots() {
    return goal == null ? List.of() : Collections.unmodifiableList(goal.slots());
  }

  /**
   * Sets the optimizer's state, as a file has it, so that training goes on as if it had not
   * stopped.
   *
   * @param steps the number of training steps so far
   * @param slots for each weight, in order, its slots
   */
  public void restoreOptimizer(long steps, List<List<Tensor>> slots) {
    requireCompiled();
    requireBuilt();
    makeSlots();
    if (slots.size() != goal.slots().size()) {
      throw new IllegalArgumentException(
          name
              + ": expected optimizer state for "
              + goal.slots().size()
              + " weights, got "
              + slots.size());
    }
    for (int i = 0; i < slots.size(); i++) {
      List<Weight> mine = goal.slots().get(i);
      if (mine.size() != slots.get(i).size()) {
        throw new IllegalArgumentException(
            goal.optimizer().name()
                + ": expected "
                + mine.size()
                + " tensors of state for each weight, got "
                + slots.get(i).size());
      }
      for (int k = 0; k < mine.size(); k++) {
        mine.get(k).assign(slots.get(i).get(k));
      }
    }
    iterations = steps;
  }

  private void makeSlots() {
    if (goal.slots().isEmpty()) {
      for (Weight w : weights()) {
        List<Weight> slots = new ArrayList<>();
        for (int i = 0; i < goal.optimizer().rule().slots(); i++) {
          slots.add(Weight.slot(w.path() + ".slot" + i, w.shape()));
        }
        goal.slots().add(slots);
      }
    }
  }

  /**
   * Trains.
   *
   * @param x inputs (samples, timesteps, features)
   * @param y targets (samples, outputs), or (samples, timesteps, outputs) for sequences; class
   *     numbers for a sparse loss
   * @return what was measured, epoch by epoch
   * @throws IllegalArgumentException if shapes do not fit, or the data has NaN or infinite values
   */
  public History fit(Tensor x, Tensor y, Fit options) {
    return new Trainer(this).fit(x, y, options);
  }

  /** One training step on one batch. Returns the loss before the step, and the metrics. */
  public Map<String, Double> trainOnBatch(Tensor x, Tensor y) {
    return new Trainer(this).trainOnBatch(x, y);
  }

  /** Loss and metrics, batches of 32. */
  public Map<String, Double> evaluate(Tensor x, Tensor y) {
    return evaluate(x, y, 32);
  }

  /** Loss and metrics. */
  public Map<String, Double> evaluate(Tensor x, Tensor y, int batchSize) {
    return new Trainer(this).evaluate(x, y, batchSize);
  }

  /** The outputs, in batches of 32. */
  public Tensor predict(Tensor x) {
    return predict(x, 32);
  }

  /**
   * The outputs.
   *
   * @param x (samples, timesteps, features)
   * @return (samples, …) as {@link #outputShape()} says
   */
  public Tensor predict(Tensor x, int batchSize) {
    return new Trainer(this).predict(x, batchSize).get(0);
  }

  /** The output and, if the last layer returns them, its states h and c, in one batch. */
  public List<Tensor> call(Tensor x) {
    return call(x, null, List.of());
  }

  /**
   * As {@link #call(Tensor)}, with more that goes in.
   *
   * @param mask (samples, timesteps), 1 where a timestep counts, or null
   * @param initialState what the recurrent layers start from: h, c, each (samples, units), for a
   *     {@link Bidirectional} forward h, forward c, backward h, backward c; or empty
   */
  public List<Tensor> call(Tensor x, Tensor mask, List<Tensor> initialState) {
    return new Trainer(this).call(x, mask, initialState);
  }

  /** Sets the states of all stateful layers to zero: the next batch begins new sequences. */
  public void resetStates() {
    recurrent(layers).forEach(LSTM::resetStates);
  }

  /**
   * Begins sequences that are fed one timestep at a time.
   *
   * @param batch how many run side by side
   */
  public Session session(int batch) {
    requireBuilt();
    return new Session(this, batch);
  }

  /**
   * Feeds one timestep.
   *
   * @param x (batch, features)
   * @return what the model returns for the sequences so far: (batch, outputs)
   */
  public Tensor step(Session session, Tensor x) {
    if (!session.isOf(this)) {
      throw new IllegalArgumentException(
          name + ": the session was begun by another model; use model.session(batch)");
    }
    return session.step(x);
  }

  /** What a training step or a prediction becomes for that batch size: ops, shapes, memory. */
  public Program program(int batch, boolean training) {
    requireBuilt();
    if (training) {
      requireCompiled();
    }
    int timesteps = hasTimesteps() ? inputShape.dim(1) : Shape.UNKNOWN;
    if (hasTimesteps() && timesteps == Shape.UNKNOWN) {
      throw new IllegalStateException(
          name + ": the number of timesteps is not fixed; use program(batch, timesteps, training)");
    }
    return program(batch, timesteps, training);
  }

  /** As {@link #program(int, boolean)}, for a model whose number of timesteps is not fixed. */
  public Program program(int batch, int timesteps, boolean training) {
    Plan.Mode mode = training ? Plan.Mode.TRAIN : Plan.Mode.PREDICT;
    return plan(new Plan.Key(mode, batch, timesteps, false, 0)).program();
  }

  /**
   * The {@link #program(int, boolean)} bound to the model's weights and to memory of its backend,
   * for who feeds and times it without the loops above. It belongs to the model: do not close it.
   */
  public Executable executable(int batch, boolean training) {
    program(batch, training); // checks
    Plan.Mode mode = training ? Plan.Mode.TRAIN : Plan.Mode.PREDICT;
    int timesteps = hasTimesteps() ? inputShape.dim(1) : Shape.UNKNOWN;
    return bind(plan(new Plan.Key(mode, batch, timesteps, false, 0))).executable();
  }

  // ---------------------------------------------------------------- for the loops

  Plan plan(Plan.Key key) {
    return plans.computeIfAbsent(
        key,
        k -> {
          Plan.Goal g = k.mode() == Plan.Mode.PREDICT ? null : goal;
          if (k.mode() == Plan.Mode.TRAIN) {
            makeSlots();
          }
          return Plan.of(k, layers, inputShape, seed, Layer::states, g);
        });
  }

  /** Binds a plan to the backend's memory; the first one chooses the backend, if nobody did. */
  Plan bind(Plan plan) {
    if (backend == null) {
      backend = Backends.best(plan.program());
    }
    return plan.on(backend);
  }

  Plan sessionPlan(int batch, Lowering.StateSource states) {
    int timesteps = hasTimesteps() ? 1 : Shape.UNKNOWN;
    Plan.Key key = new Plan.Key(Plan.Mode.STEP, batch, timesteps, false, 0);
    return Plan.of(key, layers, inputShape, seed, states, null);
  }

  Weight totals() {
    return goal.totals();
  }

  /** What changes from step to step, for the next training step, which it counts. */
  float[] nextScalars() {
    int step = (int) iterations;
    iterations++;
    Optimizer o = goal.optimizer();
    return new float[] {
      o.learningRate(), o.stepSize(o.learningRate(), iterations), Float.intBitsToFloat(step), 0f
    };
  }

  /** Whether the input has a timesteps axis. */
  boolean hasTimesteps() {
    return inputShape.rank() == 3 || firstLayer() instanceof Embedding;
  }

  Layer firstLayer() {
    return layers.get(Plan.firstLayer(layers));
  }

  void requireBuilt() {
    if (layers.isEmpty()) {
      throw new IllegalStateException(name + ": the model has no layers; add some first");
    }
    if (inputShape == null) {
      throw new IllegalStateException(
          name
              + ": the input's shape is not known; begin with Input(timesteps, features) or use"
              + " inputShape(…) on the first layer");
    }
  }

  void requireCompiled() {
    if (goal == null) {
      throw new IllegalStateException(
          name + ": the model is not compiled; call compile(optimizer, loss) first");
    }
  }

  static List<LSTM> recurrent(List<Layer> layers) {
    List<LSTM> all = new ArrayList<>();
    for (Layer l : layers) {
      if (l instanceof LSTM lstm) {
        all.add(lstm);
      } else if (l instanceof Bidirectional b) {
        all.add(b.forward());
        all.add(b.backward());
      }
    }
    return all;
  }

  List<LSTM> recurrent() {
    return recurrent(layers);
  }

  static List<Integer> firstRecurrentUnits(List<Layer> layers) {
    return recurrent(layers).stream().map(LSTM::units).toList();
  }

  /** Names for what {@link Trainer} logs: loss, then metrics. */
  List<String> logNames() {
    List<String> names = new ArrayList<>(List.of("loss"));
    names.addAll(goal.metrics().keySet());
    return names;
  }

  Map<String, Double> means(String prefix) {
    float[] t = goal.totals().value().data();
    Map<String, Double> logs = new LinkedHashMap<>();
    List<String> names = logNames();
    for (int i = 0; i < names.size(); i++) {
      double sum = (double) t[4 * i] + t[4 * i + 1];
      double weight = (double) t[4 * i + 2] + t[4 * i + 3];
      double mean = weight == 0 ? 0 : sum / weight;
      boolean root = goal.metrics().get(names.get(i)) == Metric.ROOT_MEAN_SQUARED_ERROR;
      logs.put(prefix + names.get(i), root ? Math.sqrt(mean) : mean);
    }
    return logs;
  }

  // ---------------------------------------------------------------- memory

  private void forget(Plan.Mode mode) {
    for (Plan.Key key : new ArrayList<>(plans.keySet())) {
      if (key.mode() == mode) {
        plans.remove(key).close();
      }
    }
  }

  /** Brings all values to the host and frees the backend's memory. */
  private void release() {
    plans.values().forEach(Plan::close);
    plans.clear();
  }

  /** Frees the memory on the backend. The model can go on: it takes memory again. */
  @Override
  public void close() {
    release();
  }

  @Override
  public String toString() {
    return name + ": " + layers.stream().map(Layer::toString).collect(Collectors.joining(", "));
  }
}
