package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Applies a layer to every timestep by itself: (batch, timesteps, features) to (batch, timesteps,
 * …). For the layer, which {@linkplain Layer#isPerTimestep takes such inputs}, a timestep is
 * (batch, features): its axis 1 are the features. Keras's models use the wrapper, and count it in
 * their files.
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
    boolean each = given(layer, "the layer") instanceof BatchNormalization; // see lower
    if (!each && !layer.isPerTimestep()) {
      throw new IllegalArgumentException(
          "TimeDistributed: expected a layer that works on each timestep by itself, as Dense,"
              + " Activation, Dropout and the normalizations do, got "
              + layer.className());
    }
    if (!layer.isNamed()) {
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
  protected boolean isPerTimestep() {
    return true;
  }

  @Override
  public List<Group> groups() {
    return groupsOf(Map.of("layer", layer));
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    requireSequence(input);
    return input.with(-1, layer.computeOutputShape(timestep(input)).last());
  }

  @Override
  protected void onBuild(Shape input) {
    layer.build(List.of(timestep(input)), initialValues());
  }

  private static Shape timestep(Shape input) {
    return Shape.of(input.dim(0), input.dim(2));
  }

  /** Batch normalization learns timestep by timestep, each from its own mean, as in Keras. */
  @Override
  public Signal lower(Signal in, Lowering to) {
    if (!layer.isPerTimestep() && to.training() && layer.isTrainable()) {
      return oneByOne(in, to);
    }
    Signal each = layer.lower(timesteps(in, to.graph()), to);
    layer.regularize(List.of(each), to);
    Shape in3 = in.value().shape();
    Shape out = Shape.of(in3.dim(0), in3.dim(1), each.value().shape().last());
    Value y = to.graph().reshape(each.value(), out, true, name() + ".over_time");
    return new Signal(y, in.mask()); // Keras stacks the timesteps without their logits
  }

  private Signal oneByOne(Signal in, Lowering to) {
    List<Value> steps = to.graph().unstack(in.value(), name() + ".timestep");
    List<Value> masks =
        in.mask() == null ? List.of() : to.graph().unstack(in.mask(), name() + ".mask");
    List<Value> made = new ArrayList<>();
    for (int t = 0; t < steps.size(); t++) {
      Signal step = new Signal(steps.get(t), masks.isEmpty() ? null : masks.get(t));
      made.add(layer.lower(step, to).value());
    }
    Value y = to.graph().stack(made, name());
    layer.regularize(List.of(new Signal(y, null)), to);
    return new Signal(y, in.mask());
  }

  /** All timesteps one below the other: the layer knows of none. */
  private Signal timesteps(Signal in, Graph graph) {
    Shape all = in.value().shape();
    Shape rows = Shape.of(all.dim(0) * all.dim(1), all.last());
    return new Signal(graph.reshape(in.value(), rows, false, name() + ".timesteps"), null);
  }
}
