package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Applies a layer, or a model ({@code asLayer()}), to every timestep by itself: (batch, timesteps,
 * …) to (batch, timesteps, …). For the layer a timestep is (batch, …): its axis 1 is the input's
 * axis 2. Keras's models use the wrapper, and count it in their files.
 *
 * <pre>{@code
 * Sequential model = new Sequential();
 * model.add(new LSTM(8).returnSequences(true).inputShape(10, 2));
 * model.add(new TimeDistributed(new Dense(3, "softmax"))); // a class for every timestep
 * System.out.println(model.outputShape()); // (None, 10, 3)
 * }</pre>
 */
public final class TimeDistributed extends Layer {
  private Layer layer;

  TimeDistributed() {}

  /** Around that layer. */
  public TimeDistributed(Layer layer) {
    this.layer = each(layer);
  }

  private Layer each(Layer layer) {
    if (given(layer, "the layer").name() == null) {
      layer.autoName(KerasNames.snakeCase(layer.className()));
    }
    return layer;
  }

  @Override
  protected void configure(Config c) {
    layer = each(c.layer("layer", Layer.class, layer));
  }

  @Override
  public TimeDistributed inputShape(int... dims) {
    super.inputShape(dims);
    return this;
  }

  /** The layer inside. */
  public Layer layer() {
    return layer;
  }

  @Override
  public List<Layer> inner() {
    return List.of(layer);
  }

  @Override
  public List<Weight> weights() {
    return layer.weights();
  }

  @Override
  public boolean hasDrawn() {
    return layer.hasDrawn();
  }

  @Override
  public void redraw(Philox philox) {
    layer.redraw(philox);
  }

  @Override
  protected boolean isPerTimestep() {
    return true;
  }

  /** A sequence within a timestep begins anew in each. */
  @Override
  public boolean runsStepwise() {
    return layer.isPerTimestep() || layer instanceof BatchNormalization;
  }

  @Override
  public List<Group> groups() {
    return groupsOf(Map.of("layer", layer));
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    Shape each = ofEach(input);
    int[] dims = new int[each.rank() + 1];
    dims[0] = input.dim(0);
    dims[1] = input.dim(1);
    System.arraycopy(each.dims(), 1, dims, 2, each.rank() - 1);
    return Shape.of(dims);
  }

  /** What the layer makes of one timestep. */
  private Shape ofEach(Shape input) {
    if (input.rank() < 4) {
      requireSequence(input);
    }
    List<Shape> all = layer.computeOutputShapes(List.of(timestep(input)));
    if (all.size() > 1) {
      throw refused("gives " + all.size() + " outputs; expected a layer that gives one");
    }
    return all.get(0);
  }

  private IllegalArgumentException refused(String why) {
    return new IllegalArgumentException(
        label() + ": TimeDistributed: " + layer.className() + " " + why);
  }

  @Override
  protected void onBuild(Shape input) {
    layer.build(List.of(timestep(input)), initialValues());
    if (layer.takesIds(0)) {
      throw refused("takes ids; expected a layer of features");
    } else if (!layer.states().isEmpty()) {
      throw refused("is stateful, and would go on from one timestep to the next");
    }
  }

  private static Shape timestep(Shape input) {
    int[] dims = new int[input.rank() - 1];
    dims[0] = input.dim(0);
    System.arraycopy(input.dims(), 2, dims, 1, dims.length - 1);
    return Shape.of(dims);
  }

  // ---------------------------------------------------------------- what it computes

  /** Batch normalization learns timestep by timestep, each from its own mean, as in Keras. */
  @Override
  protected boolean passesMask() {
    return true;
  }

  @Override
  protected boolean takesMask() {
    return true;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    if (to.training() && learnsFromBatch(layer)) {
      return oneByOne(in, to);
    }
    Signal all = lowerEach(new Signal(timesteps(in.value(), to.graph()), null), to);
    return new Signal(overTime(all.value(), in.value().shape(), to.graph()), in.mask());
  }

  private static boolean learnsFromBatch(Layer layer) {
    return (layer instanceof BatchNormalization && layer.isTrainable())
        || layer.inner().stream().anyMatch(TimeDistributed::learnsFromBatch);
  }

  /** Keras stacks what timesteps give, and leaves out the layer's activityRegularizer. */
  private Signal lowerEach(Signal in, Lowering to) {
    return layer.lower(List.of(in), to);
  }

  private Signal oneByOne(Signal in, Lowering to) {
    Graph graph = to.graph();
    List<Value> steps = graph.unstack(in.value(), name() + ".timestep");
    List<Value> masks = in.mask() == null ? List.of() : graph.unstack(in.mask(), name() + ".mask");
    List<Value> made = new ArrayList<>();
    for (int t = 0; t < steps.size(); t++) {
      Value step = MemoryAxes.inMemory(graph, steps.get(t), name() + ".step");
      Signal each = lowerEach(new Signal(step, masks.isEmpty() ? null : masks.get(t)), to);
      made.add(MemoryAxes.usersOrder(graph, each.value(), name() + ".made"));
    }
    return new Signal(graph.stack(made, name()), in.mask());
  }

  /** (T,B,…) as all timesteps one below the other: the layer knows of none. */
  private Value timesteps(Value x, Graph graph) {
    int[] dims = timestep(x.shape()).dims();
    dims[0] = x.dim(0) * x.dim(1);
    String all = name() + ".timesteps";
    return MemoryAxes.inMemory(graph, graph.reshape(x, Shape.of(dims), false, all), all);
  }

  private Value overTime(Value each, Shape in, Graph graph) {
    String all = name() + ".over_time";
    Value rows = MemoryAxes.usersOrder(graph, each, all);
    int[] dims = new int[rows.shape().rank() + 1];
    dims[0] = in.dim(0);
    dims[1] = in.dim(1);
    System.arraycopy(rows.shape().dims(), 1, dims, 2, dims.length - 2);
    return graph.reshape(rows, Shape.of(dims), true, all);
  }
}
