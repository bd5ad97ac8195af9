package io.github.lstm4j.model;

import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.compile.ModelLayer;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasNames;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Operation;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.names.Arguments;
import io.github.lstm4j.names.Names;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Trainable;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a model consists of: layers, how they feed one another, weights, and the seed of these. */
abstract class ModelGraph implements Trainable, ModelLayer.Inside {
  private static final int WEIGHT_STREAMS = 1 << 20;

  private String name;
  private boolean named;
  private volatile long seed = System.nanoTime();
  private boolean seeded;
  private volatile LayerGraph graph;
  private volatile List<Layer> layers = List.of();
  private Map<String, Object> extra = Map.of();
  private final Set<Layer> madeHere = new HashSet<>(); // those whose weights come from this seed

  ModelGraph(String name) {
    this.name = name;
  }

  // ---------------------------------------------------------------- name, seed, and what goes
  // along

  /** The name. */
  @Override
  public final String name() {
    return name;
  }

  @Override
  public final boolean isNamed() {
    return named;
  }

  final void rename(String newName) {
    name = KerasNames.checked("model", newName);
    named = true;
  }

  /** What a file has beside the model, such as how its inputs were normalised; empty if nothing. */
  public final Map<String, Object> extra() {
    return extra;
  }

  /**
   * Stores more with the model in files that have a place for it: those of Keras, which ignores it.
   *
   * @param newExtra what JSON can hold
   */
  public final void extra(Map<String, Object> newExtra) {
    extra = Collections.unmodifiableMap(new LinkedHashMap<>(newExtra));
  }

  @Override
  public final long seed() {
    return seed;
  }

  /**
   * Draws the weights from that seed.
   *
   * @throws IllegalStateException if they were already drawn from another one
   */
  final void reseed(long newSeed) {
    if (newSeed != seed && hasDrawn()) {
      throw new IllegalStateException(
          name
              + ": weights are already drawn from another seed; call seed before training,"
              + " predicting or looking at weights");
    }
    seeded = true;
    seed = newSeed;
    redraw();
  }

  @Override
  public final void seedFrom(Philox random) {
    if (!seeded && !hasDrawn()) {
      seed = ((long) random.nextInt() << 32) ^ random.nextInt();
      redraw();
    }
  }

  /** Takes the seed of what was saved, whose weights were drawn. */
  final void takeSeed(long saved) {
    seed = saved;
  }

  @Override
  public final boolean hasDrawn() {
    return madeHere.stream().anyMatch(Layer::hasDrawn);
  }

  /** Takes a layer in: its weights are drawn from this seed, unless another model has it too. */
  final void claim(Layer layer) {
    if (layer.claim()) {
      madeHere.add(layer);
    }
  }

  private void redraw() {
    List<Layer> all = layers();
    for (int i = 0; i < all.size(); i++) {
      if (madeHere.contains(all.get(i))) {
        all.get(i).redraw(stream(i));
      }
    }
  }

  /** Random numbers for the weights of the layer of that number. */
  Philox stream(int layer) {
    return weightStream(layer);
  }

  final Philox weightStream(int number) {
    return new Philox(seed, WEIGHT_STREAMS + number);
  }

  // ---------------------------------------------------------------- layers

  /** Frees what was compiled for the layers as they were. */
  abstract void freePlans();

  /** Sets the layers, once they are built or changed. */
  final void graph(LayerGraph newGraph) {
    freePlans();
    graph = newGraph;
  }

  /** Makes the model one of a whole graph: names its layers, and draws their weights. */
  final void adopt(LayerGraph whole) {
    nameLayers(whole.operations());
    layers = whole.operations().stream().filter(l -> !(l instanceof Operation)).toList();
    layers.forEach(this::claim);
    redraw();
    graph(whole);
  }

  /** Names the layers that have no name yet: {@code lstm}, {@code lstm_1}, …. */
  private void nameLayers(List<Layer> all) {
    Set<String> taken = new HashSet<>();
    for (Layer layer : all) {
      if (layer.name() != null && !taken.add(layer.name())) {
        throw new IllegalArgumentException(
            name
                + ": two layers are called "
                + Printable.quoted(layer.name())
                + "; names must differ");
      }
    }
    Map<String, Integer> used = new HashMap<>();
    for (Layer layer : all) {
      String base = KerasNames.snakeCase(layer.className());
      int number = used.merge(base, 1, Integer::sum) - 1;
      while (layer.name() == null) {
        String free = number == 0 ? base : base + "_" + number;
        if (taken.add(free)) {
          layer.autoName(free);
        }
        number++;
      }
    }
  }

  /** The built layers and how they feed one another; null while the input's shape is not known. */
  @Override
  public final LayerGraph graph() {
    return graph;
  }

  /** The built layers; builds them for inputs of those shapes, if that was not known before. */
  @Override
  public LayerGraph built(List<Shape> inputs) {
    return graph;
  }

  /** Refuses a model that has no weights yet. */
  void requireBuilt() {
    requireLayers();
  }

  /** Refuses a model without layers. */
  final void requireLayers() {
    if (layers().isEmpty() && graph == null) {
      throw new IllegalStateException(name + ": the model has no layers; add some first");
    }
  }

  @Override
  public List<Layer> layers() {
    return layers;
  }

  /** The model's first input, as it was added or as the first layer or the first data told. */
  public final Input inputLayer() {
    requireBuilt();
    return (Input) graph.inputs().get(0).layer();
  }

  /**
   * The layer of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public final Layer layer(String layerName) {
    Names.given("layer", layerName);
    for (Layer l : layers()) {
      if (layerName.equals(l.name())) {
        return l;
      }
    }
    throw new IllegalArgumentException(
        name
            + ": no layer is called '"
            + layerName
            + "'; "
            + Names.thereAre(layerName, layers().stream().map(Layer::name).toList()));
  }

  /** The first input's shape, (None, timesteps, features); null while it is not known. */
  public final Shape inputShape() {
    return graph == null ? null : graph.inputShape(0);
  }

  /** The first output's shape; null while the input's is not known. */
  public final Shape outputShape() {
    return graph == null ? null : graph.outputShape(0);
  }

  /**
   * The names of the outputs that can be trained, in order: those of the layers that give them. A
   * {@link Sequential} model has one, beside states that its last layer may return.
   */
  public List<String> outputNames() {
    return graph.outputNames();
  }

  // ---------------------------------------------------------------- weights

  @Override
  public final List<Weight> weights() {
    return layers().stream().flatMap(l -> l.weights().stream()).distinct().toList();
  }

  /** Those that training changes. */
  public final List<Weight> trainableWeights() {
    return weights().stream().filter(Weight::trainable).toList();
  }

  @Override
  public final List<Tensor> getWeights() {
    return Weight.values(weights());
  }

  @Override
  public final void setWeights(List<Tensor> values) {
    Arguments.given("a list of tensors", values);
    requireBuilt();
    graph.setWeights(name, values);
  }

  /** The number of weights' elements. */
  public final long countParams() {
    return weights().stream().mapToLong(w -> w.shape().size()).sum();
  }
}
