package io.github.lstm4j.model;

import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.compile.Plan;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Stateful;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.runtime.Binding;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Sequences that are fed to a model one timestep at a time: the state lives here, outside the
 * model. After the t-th step the output equals that of the whole sequence of t steps.
 *
 * <pre>{@code
 * try (Session session = model.session(1)) {
 *   for (Tensor reading : readings) {
 *     Tensor forecast = model.step(session, reading); // (1, outputs)
 *   }
 * }
 * }</pre>
 *
 * <p>Many sessions of one model may run at once; each step of one session comes after the one
 * before. A session has memory of its own, until it is closed; the model may be closed before it.
 */
public final class Session implements AutoCloseable {
  private final String model;
  private final LayerGraph graph;
  private final int batch;
  private final Map<Stateful, List<Weight>> states = new LinkedHashMap<>();
  private final Plan plan;
  private final Binding binding;
  private final int[] features;
  private final Layer[] fed;
  private boolean closed;

  /** Binds the plan of a timestep, with states that are this session's own. */
  interface Binder {
    Binding bind(Plan plan, Map<Weight, Weight> states);
  }

  /**
   * @param model its name
   * @param graph built
   * @param plans compiles
   */
  Session(
      String model, LayerGraph graph, int batch, Function<Plan.Key, Plan> plans, Binder binder) {
    if (batch < 1) {
      throw new IllegalArgumentException("session: batch must be at least 1, got " + batch);
    }
    this.model = model;
    this.graph = graph;
    this.batch = batch;
    String why = graph.needsWhole();
    if (why != null) {
      throw new IllegalArgumentException(
          why + "; a session runs one timestep at a time, use predict");
    }
    List<Integer> timesteps = new ArrayList<>();
    for (int i = 0; i < graph.inputs().size(); i++) {
      timesteps.add(graph.hasTimesteps(i) ? 1 : Shape.UNKNOWN);
    }
    plan = plans.apply(new Plan.Key(Plan.Mode.STEP, batch, timesteps));
    Map<Weight, Weight> instead = new HashMap<>();
    plan.sessionStates()
        .forEach(
            (layer, patterns) -> {
              List<Weight> own = new ArrayList<>();
              for (Weight pattern : patterns) {
                Weight state = Weight.slot(pattern.name(), pattern.shape());
                instead.put(pattern, state);
                own.add(state);
              }
              states.put(layer, own);
            });
    binding = binder.bind(plan, instead);
    features = new int[graph.inputs().size()];
    Arrays.setAll(features, this::features);
    fed = new Layer[features.length];
    Arrays.setAll(fed, graph::fedBy);
  }

  private int features(int input) {
    Shape in = graph.inputShape(input);
    int features = 1;
    for (int i = graph.hasTimesteps(input) ? 2 : 1; i < in.rank(); i++) {
      features *= in.dim(i);
    }
    return features;
  }

  /** Whether it runs those layers. */
  boolean isOf(LayerGraph other) {
    return graph == other;
  }

  /** How many sequences run side by side. */
  public int batch() {
    return batch;
  }

  /**
   * Feeds one timestep.
   *
   * @param x (batch, features), or (batch) ids for a model that begins with an Embedding
   * @return (batch, outputs)
   */
  public Tensor step(Tensor x) {
    return step(List.of(x)).get(0);
  }

  /**
   * As {@link #step(Tensor)}, of all inputs in order.
   *
   * @return the outputs, in order
   */
  public synchronized List<Tensor> step(List<Tensor> all) {
    requireOpen();
    if (all.size() != graph.inputs().size()) {
      throw new IllegalArgumentException(
          model + ": expected the inputs " + graph.inputNames() + ", got " + all.size());
    }
    for (int i = 0; i < all.size(); i++) {
      Tensor x = all.get(i);
      if (x.dim(0) != batch || x.size() != batch * features[i]) {
        throw unfit(i, x.shape());
      }
      feed(i, x.data());
    }
    run();
    List<Tensor> outputs = new ArrayList<>();
    for (Value output : plan.outputs()) {
      float[] y = new float[output.size()];
      binding.read(output, y, 0);
      int[] dims = output.shape().dims();
      outputs.add(
          dims.length > 3
              ? Tensor.of(y, Arrays.copyOfRange(dims, 1, dims.length)) // the timestep's
              : Tensor.of(y, batch, y.length / batch));
    }
    return outputs;
  }

  /**
   * As {@link #step(Tensor)}, from an array and into one, for a model of one input and one output;
   * allocates nothing.
   *
   * <pre>{@code
   * float[] x = new float[features];
   * float[] y = new float[outputs];
   * try (Session session = model.session(1)) {
   *   while (sensor.read(x)) {
   *     session.step(x, y);
   *   }
   * }
   * }</pre>
   *
   * @param x batch·features values, a sequence's after the other's
   * @param y gets the batch·outputs values of the output
   * @throws IllegalArgumentException if an array has another length, or the model has several
   *     inputs or outputs
   */
  public synchronized void step(float[] x, float[] y) {
    requireOpen();
    if (features.length != 1 || plan.outputs().size() != 1) {
      throw new IllegalArgumentException(
          model
              + ": has "
              + features.length
              + " inputs and "
              + plan.outputs().size()
              + " outputs, and a step between arrays needs one of each; use step(List)");
    }
    if (x.length != batch * features[0]) {
      throw unfit(0, Shape.of(x.length));
    }
    Value output = plan.outputs().get(0);
    if (y.length != output.size()) {
      throw new IllegalArgumentException(
          model
              + ": expected an array of "
              + output.size()
              + " for the output of a timestep, got one of "
              + y.length);
    }
    feed(0, x);
    run();
    binding.read(output, y, 0);
  }

  /** How many numbers the states of one sequence are, of all layers together. */
  public int stateSize() {
    return weights().stream().mapToInt(state -> state.shape().size()).sum() / batch;
  }

  /**
   * As {@link #step(List)}, of sequences whose states are kept outside: for many more sequences
   * than run side by side, others in each step, whatever their place in the batch.
   *
   * <pre>{@code
   * float[][] states = new float[session.batch()][session.stateSize()]; // zeros: they begin
   * Tensor y = session.step(List.of(x), states).get(0); // states go on from here
   * }</pre>
   *
   * @param all the inputs in order
   * @param sequences for each sequence of the batch its {@link #stateSize} numbers, zeros where it
   *     begins; they get the states after the step, and stay as they were if it fails
   * @return the outputs, in order
   * @throws IllegalArgumentException if an array is missing or has another length
   */
  public synchronized List<Tensor> step(List<Tensor> all, float[][] sequences) {
    requireOpen();
    int size = stateSize();
    for (int b = 0; b < Math.max(batch, sequences.length); b++) {
      int got = b < batch && b < sequences.length ? sequences[b].length : -1;
      if (got != size) {
        throw new IllegalArgumentException(
            model
                + ": expected the states of "
                + batch
                + " sequences, "
                + size
                + " numbers each, got "
                + (got < 0 ? sequences.length + " sequences" : got + " of sequence " + b));
      }
    }
    int at = 0;
    for (Weight state : weights()) {
      int width = state.shape().size() / batch;
      float[] rows = new float[batch * width]; // (batch, width)
      for (int b = 0; b < batch; b++) {
        System.arraycopy(sequences[b], at, rows, b * width, width);
      }
      state.adopt(Tensor.of(rows, state.shape()));
      at += width;
    }
    List<Tensor> outputs = step(all);
    at = 0;
    for (Weight state : weights()) {
      int width = state.shape().size() / batch;
      float[] rows = new float[batch * width];
      state.copyTo(rows);
      for (int b = 0; b < batch; b++) {
        System.arraycopy(rows, b * width, sequences[b], at, width);
      }
      at += width;
    }
    return outputs;
  }

  /** All states, in the order in which {@link #step(List, float[][])} has them. */
  private List<Weight> weights() {
    return states.values().stream().flatMap(List::stream).toList();
  }

  private void feed(int number, float[] x) {
    fed[number].checkValues(x, 0, x.length);
    binding.write(plan.inputs().get(number), x, 0);
  }

  private void run() {
    plan.locks().hold();
    try {
      binding.run();
    } finally {
      plan.locks().release();
    }
  }

  private IllegalArgumentException unfit(int number, Shape got) {
    return new IllegalArgumentException(
        fed[number].name()
            + ": expected one timestep ("
            + batch
            + ", "
            + features[number]
            + "), got "
            + got);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(
          model + ": the session is closed; begin another with model.session(batch)");
    }
  }

  /** The states (batch, units) of a recurrent layer: h and c of an LSTM. */
  public synchronized List<Tensor> states(Layer layer) {
    if (!states.containsKey(layer)) {
      throw new IllegalArgumentException(layer + ": not a layer of this session's model");
    }
    return states.get(layer).stream().map(Weight::value).toList();
  }

  /** Sets all states to zero: new sequences begin. */
  public synchronized void reset() {
    requireOpen();
    states.values().forEach(l -> l.forEach(s -> s.assign(Tensor.zeros(s.shape()))));
  }

  /** Frees its memory; its states can still be read. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      binding.close();
    }
  }
}
