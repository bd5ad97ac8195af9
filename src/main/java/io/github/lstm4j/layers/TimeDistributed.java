package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;
import java.util.List;
import java.util.Map;

/**
 * Applies a layer to every timestep by itself: (batch, timesteps, features) to (batch, timesteps,
 * …). The layer is a {@link Dense}, {@link Activation} or {@link Dropout}, which work on each
 * timestep's features anyway; Keras's models use the wrapper, and count it in their files.
 */
public final class TimeDistributed extends Layer {
  private final Layer layer;

  /** Around that layer. */
  public TimeDistributed(Layer layer) {
    if (!(layer instanceof Dense || layer instanceof Activation || layer instanceof Dropout)) {
      throw new IllegalArgumentException(
          "TimeDistributed: expected a Dense, Activation or Dropout layer, got "
              + layer.className());
    }
    this.layer = layer;
    if (!layer.isNamed()) {
      layer.autoName(layer.className().toLowerCase(java.util.Locale.ROOT));
    }
  }

  /** On the first layer of a model: the shape of one sample. */
  public TimeDistributed inputShape(int timesteps, int features) {
    declareInput(timesteps, features);
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
  protected Shape onBuild(Shape input) {
    requireSequence(input);
    layer.build(Shape.of(input.dim(0), input.dim(2)), random());
    return input.with(-1, layer.outputShape().last());
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    return layer.lower(in, to);
  }

  @Override
  public Map<String, Object> config() {
    Map<String, Object> c = newConfig();
    c.put("layer", layer);
    return c;
  }
}
