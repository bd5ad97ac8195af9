package io.github.lstm4j.compile;

import io.github.lstm4j.layers.Config;
import io.github.lstm4j.layers.KerasNames;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Lowering;
import io.github.lstm4j.layers.Signal;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** A model as a layer of another one, with which it shares its weights. */
public final class ModelLayer extends Layer {
  private final Inside model;

  /** A model as its layer sees it. */
  public interface Inside {
    /** What Keras calls this kind of model in files. */
    String className();

    /** The model's name. */
    String name();

    /** Whether the user gave the name. */
    boolean isNamed();

    /** The layers, in order. */
    List<Layer> layers();

    /** All weights, in the order of the layers. */
    List<Weight> weights();

    /** The built layers; builds them for inputs of those shapes, if that was not known before. */
    LayerGraph built(List<Shape> inputs);

    /** The built layers; null while the input's shape is not known. */
    LayerGraph graph();

    /** Whether initial values of weights that this model made were drawn. */
    boolean hasDrawn();

    /** As a part of another model: takes its seed from there, unless it has one of its own. */
    void seedFrom(Philox random);
  }

  /** A layer of that model. */
  public ModelLayer(Inside model) {
    this.model = model;
    if (model.isNamed()) { // else the model around it says which of its kind it is
      autoName(model.name());
    }
  }

  /** The model. */
  public Inside model() {
    return model;
  }

  @Override
  public String className() {
    return model.className();
  }

  private LayerGraph graph(List<Shape> inputs) {
    LayerGraph graph = model.built(inputs);
    if (inputs.size() != graph.inputs().size()) {
      throw new IllegalArgumentException(
          this + ": expected " + graph.inputs().size() + " inputs, got " + inputs.size());
    }
    return graph;
  }

  @Override
  public List<Shape> computeOutputShapes(List<Shape> inputs) {
    return graph(inputs).computeOutputShapes(inputs);
  }

  @Override
  public List<Layer> inner() {
    return model.layers();
  }

  @Override
  public List<Weight> weights() {
    return model.weights();
  }

  @Override
  public boolean hasDrawn() {
    return model.hasDrawn();
  }

  @Override
  public void redraw(Philox philox) {
    model.seedFrom(philox);
  }

  @Override
  public boolean takesIds(int input) {
    return model.built(List.of(inputShape())).takesIds(input);
  }

  @Override
  public boolean runsStepwise() {
    return model.layers().stream().allMatch(Layer::runsStepwise);
  }

  @Override
  public List<Group> groups() {
    List<Group> all = new ArrayList<>(List.of(new Group("", name(), name(), List.of())));
    all.addAll(groupsOf(model.layers()));
    return all;
  }

  /** How the weights of a model's layers are grouped in Keras's files: by class, in order. */
  public static List<Group> groupsOf(List<Layer> layers) {
    List<String> names = KerasNames.uniqueNames(layers.stream().map(Layer::className).toList());
    List<Group> all = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      for (Group group : layers.get(i).groups()) {
        all.add(group.under("layers/" + names.get(i)));
      }
    }
    return all;
  }

  @Override
  public List<Weight> states() {
    return model.layers().stream().flatMap(l -> l.states().stream()).toList();
  }

  @Override
  protected void configure(Config c) {
    throw new IllegalStateException(this + ": a model is written as a model");
  }

  @Override
  protected boolean takesMask() {
    return true;
  }

  @Override
  public Signal lower(List<Signal> in, Lowering to) {
    return lowerAll(in, to).get(0);
  }

  @Override
  public List<Signal> lowerAll(List<Signal> in, Lowering to) {
    return model.built(List.of(inputShape())).lower(in, to, call -> List.of());
  }
}
