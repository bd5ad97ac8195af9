package io.github.lstm4j.model;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasNames;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
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
 */
public final class Sequential extends Model {
  private final List<Layer> layers = new ArrayList<>();
  private volatile Input input; // null while the input's shape is not known
  private boolean inputAdded;
  private Object policy = "float32";

  /** An empty model. */
  public Sequential() {
    super("sequential");
  }

  /** A model of these layers. */
  public Sequential(Layer... all) {
    this();
    for (Layer l : all) {
      add(l);
    }
  }

  @Override
  public String className() {
    return "Sequential";
  }

  @Override
  public Sequential name(String newName) {
    super.name(newName);
    return this;
  }

  @Override
  public Sequential seed(long newSeed) {
    super.seed(newSeed);
    return this;
  }

  @Override
  public Sequential on(Backend newBackend) {
    super.on(newBackend);
    return this;
  }

  @Override
  public Sequential planMemory(long bytes) {
    super.planMemory(bytes);
    return this;
  }

  @Override
  public Sequential compile(Optimizer optimizer, Loss loss, Metric... metrics) {
    super.compile(optimizer, loss, metrics);
    return this;
  }

  @Override
  public Sequential compile(String optimizer, String loss, String... metrics) {
    super.compile(optimizer, loss, metrics);
    return this;
  }

  @Override
  public Sequential compile(Optimizer optimizer, Loss loss, Map<String, Metric> metrics) {
    super.compile(optimizer, loss, metrics);
    return this;
  }

  /**
   * Adds a layer. Its weights are made as soon as the model's input shape is known: by an {@link
   * Input}, by the first layer's {@code inputShape(…)}, or by the first data. A layer that another
   * model has too shares its weights with it.
   *
   * @throws IllegalArgumentException if the layer cannot take the output of the one before
   * @throws IllegalStateException if the model is compiled
   */
  public Sequential add(Layer layer) {
    if (loss() != null) {
      throw new IllegalStateException(
          name() + ": the model is compiled; add all layers before that");
    }
    if (layer == null) {
      throw new IllegalArgumentException(name() + ": add expects a layer, got null");
    }
    if (layers.contains(layer)) {
      throw new IllegalArgumentException(layer + ": the layer is already part of this model");
    }
    if (layer instanceof Input given) {
      addInput(given);
      return this;
    }
    if (!layers.isEmpty() && layers.get(layers.size() - 1).returnsState()) {
      throw new IllegalArgumentException(
          layers.get(layers.size() - 1)
              + ": a layer with several outputs, as with returnState(true), must be the last of a"
              + " Sequential model");
    }
    if (layer.name() == null) {
      layer.autoName(freeName(layer));
    } else if (layers.stream().anyMatch(l -> l.name().equals(layer.name()))) {
      throw new IllegalArgumentException(
          name() + ": two layers are called '" + layer.name() + "'; names must differ");
    }
    Input from = layers.isEmpty() && input == null ? inputOf(layer.declaredInput()) : input;
    if (from != null) {
      Layer before = layers.isEmpty() ? from : layers.get(layers.size() - 1);
      build(layer, before.outputShape(), layers.size());
    }
    if (from != null) {
      graph((layers.isEmpty() ? LayerGraph.of(from) : graph()).then(layer));
    }
    input = from;
    layers.add(layer);
    return this;
  }

  private void addInput(Input given) {
    if (input != null || !layers.isEmpty()) {
      throw new IllegalArgumentException("Input must be the first layer of " + name());
    }
    if (!given.isNamed()) {
      given.autoName("input_layer");
    }
    given.build(given.shape(), weightStream(0));
    input = given;
    inputAdded = true;
    graph(LayerGraph.of(given));
  }

  /** The input that a shape (None, …) tells of, or null. */
  private Input inputOf(Shape shape) {
    if (shape == null) {
      return null;
    }
    int[] dims = shape.dims();
    Input told = new Input(Arrays.copyOfRange(dims, 1, dims.length));
    told.autoName("input_layer");
    told.build(told.shape(), weightStream(0));
    return told;
  }

  private void build(Layer layer, Shape shape, int number) {
    claim(layer);
    layer.build(shape, stream(number));
  }

  /** Each entry of the model has random numbers of its own, an Input that was added too. */
  @Override
  Philox stream(int layer) {
    return weightStream(layer + (inputAdded ? 1 : 0));
  }

  private String freeName(Layer layer) {
    String base = KerasNames.snakeCase(layer.className());
    long before = layers.stream().filter(l -> l.className().equals(layer.className())).count();
    String candidate = before == 0 ? base : base + "_" + before;
    Set<String> taken = layers.stream().map(Layer::name).collect(Collectors.toSet());
    for (long n = before; taken.contains(candidate); n++) {
      candidate = base + "_" + (n + 1);
    }
    return candidate;
  }

  /** Makes the weights for inputs of that shape, as the first data would. */
  public Sequential build(Shape shape) {
    requireLayers();
    if (input == null) {
      Input told = inputOf(shape);
      LayerGraph chain = LayerGraph.of(told);
      Shape next = told.outputShape();
      for (int i = 0; i < layers.size(); i++) {
        build(layers.get(i), next, i);
        next = layers.get(i).outputShape();
        chain = chain.then(layers.get(i));
      }
      graph(chain);
      input = told; // last: from now on others see the model built
    }
    return this;
  }

  @Override
  public LayerGraph built(List<Shape> inputs) {
    if (input == null) {
      synchronized (this) { // the first data may come from several threads at once
        build(inputs.get(0).with(0, Shape.UNKNOWN));
      }
    }
    return graph();
  }

  @Override
  void requireBuilt() {
    requireLayers();
    if (input == null) {
      throw new IllegalStateException(
          name()
              + ": the input's shape is not known; begin with Input(timesteps, features) or use"
              + " inputShape(…) on the first layer");
    }
  }

  /**
   * What the file that the model is from says of the numbers that Keras computes in; here they are
   * float32.
   */
  public Object policy() {
    return policy;
  }

  /** Keeps {@link #policy} for saving. */
  public void policy(Object said) {
    policy = said;
  }

  @Override
  public List<String> outputNames() {
    requireLayers();
    return List.of(layers.get(layers.size() - 1).name());
  }

  @Override
  public List<Layer> layers() {
    return Collections.unmodifiableList(layers);
  }
}
