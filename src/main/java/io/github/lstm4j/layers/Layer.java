package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.KerasTensor.Call;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.tensor.TooLargeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A layer: its configuration, its weights, and one method that lowers it to graph ops. It computes
 * nothing itself.
 *
 * <p>A layer is configured by chained setters until it is built, when it is added to a model whose
 * input shape is known; after that its configuration is fixed.
 *
 * <p>Shapes here are the user's: (None, features) or (None, timesteps, features), with None for the
 * batch.
 */
public abstract class Layer extends LayerSettings implements Weight.Owner, Stateful {
  private final List<Weight> weights = new ArrayList<>();
  private String name;
  private boolean named;
  private List<Shape> inputShapes; // null before the layer is built
  private List<Shape> outputShapes = List.of();
  private Shape declaredInput;
  private InitialValues initialValues; // null before the layer is built
  private final WeightLock lock = new WeightLock();
  private boolean trainable = true;
  private boolean claimed;
  private int calls;

  /** A layer without weights, or of whose weights nobody can say anything. */
  protected Layer() {
    this(new WeightRules());
  }

  /** A layer with weights of which these may be said. */
  Layer(WeightRules rules) {
    super(rules);
  }

  /** The class's name in Keras. */
  public String className() {
    return getClass().getSimpleName();
  }

  /** The name; null before the layer is added to a model, unless given. */
  @Override
  public final String name() {
    return name;
  }

  /** Names the layer; without this a model names it {@code lstm}, {@code lstm_1}, …. */
  public Layer name(String newName) {
    this.name = KerasNames.checked(className(), newName);
    this.named = true;
    return this;
  }

  /** Whether the user gave the name. */
  public final boolean isNamed() {
    return named;
  }

  /** Gives a name that was not chosen by the user. */
  public final void autoName(String newName) {
    this.name = newName;
  }

  /**
   * Whether training changes the weights; default true. A frozen layer ({@code trainable(false)})
   * gets no gradient and no optimizer slot. What is set after the first training step counts from
   * the next {@code compile} on. It holds for the layers inside too.
   */
  public Layer trainable(boolean train) {
    trainable = train;
    inner().forEach(l -> l.trainable(train));
    return this;
  }

  /** Whether training changes the weights. */
  @Override
  public final boolean isTrainable() {
    return trainable;
  }

  @Override
  public final WeightLock lock() {
    return lock;
  }

  /**
   * A penalty for the outputs of the layer, which adds to the loss: its sum over a batch, divided
   * by the batch's size; default none.
   */
  public Layer activityRegularizer(Regularizer regularizer) {
    regularizeActivity(regularizer);
    return this;
  }

  /** As {@link #activityRegularizer(Regularizer)}, by Keras's name. */
  public Layer activityRegularizer(String regularizer) {
    return activityRegularizer(Regularizer.of(regularizer));
  }

  /** The layers inside, as a wrapper has them. */
  public List<Layer> inner() {
    return List.of();
  }

  /** On the first layer of a model: the shape of one sample; -1 for timesteps that vary. */
  public Layer inputShape(int... dims) {
    requireUnbuilt();
    int[] all = new int[dims.length + 1];
    all[0] = Shape.UNKNOWN;
    System.arraycopy(dims, 0, all, 1, dims.length);
    declaredInput = Shape.of(all);
    return this;
  }

  /** The shape given by {@code inputShape(…)}, or null. */
  public final Shape declaredInput() {
    return declaredInput;
  }

  /** The first input's shape; null before the layer is built. */
  public final Shape inputShape() {
    return inputShapes == null ? null : inputShapes.get(0);
  }

  /** The first output's shape; null before the layer is built. */
  public final Shape outputShape() {
    return outputShapes.isEmpty() ? null : outputShapes.get(0);
  }

  @Override
  public final boolean isBuilt() {
    return inputShapes != null;
  }

  /** The weights in Keras's order, those of inner layers included. */
  public List<Weight> weights() {
    return Collections.unmodifiableList(weights);
  }

  /** Those of {@link #weights()} that training changes. */
  public final List<Weight> trainableWeights() {
    return weights().stream().filter(Weight::trainable).toList();
  }

  /** The number of weights' elements. */
  public final long countParams() {
    return weights().stream().mapToLong(w -> w.shape().size()).sum();
  }

  /** As {@link #build(List, Philox)}, for a layer of one input. */
  public final void build(Shape input, Philox philox) {
    build(List.of(input), philox);
  }

  /**
   * Makes the weights for inputs of those shapes. A layer that has them keeps them.
   *
   * @param inputs (None, features) or (None, timesteps, features) each
   * @param philox where initial values are drawn from
   * @throws IllegalArgumentException if the layer cannot take those shapes; names the layer
   */
  public final void build(List<Shape> inputs, Philox philox) {
    if (this instanceof Cell) {
      throw new IllegalArgumentException(
          this + ": a cell is no layer by itself; wrap it: new RNN(new " + className() + "(…))");
    }
    build(inputs, new InitialValues(philox));
  }

  /** As {@link #build(List, Philox)}, for a layer within another. */
  final void build(List<Shape> inputs, InitialValues shared) {
    for (Shape input : inputs) {
      if (input.rank() < 2 && !takesAnyRank()) {
        throw wrongInput("at least two axes", input, "reshape it first: Ops.reshape");
      }
    }
    List<Shape> outputs = computeOutputShapes(inputs);
    if (isBuilt()) {
      requireServes(inputs);
      return;
    }
    initialValues = shared;
    onBuild(inputs);
    outputShapes = outputs;
    inputShapes = List.copyOf(inputs);
  }

  /**
   * Checks that the weights, which are there, serve inputs of those shapes too.
   *
   * @throws IllegalArgumentException if they are for others; names the layer
   */
  public final void requireServes(List<Shape> inputs) {
    if (!servesToo(inputs)) {
      throw wrongInput(
          "an input like the " + inputShape() + " that it was built for",
          inputs.get(0),
          "use another layer object");
    }
  }

  /**
   * Whether its output has the mask of its input: {@link #lower} hands it on, as Keras does. A new
   * layer is asked for both in one test.
   */
  protected boolean passesMask() {
    return false;
  }

  /** Whether Keras hands the mask of its input to its call as an argument. */
  protected boolean takesMask() {
    return false;
  }

  /** Whether it takes less than two axes. */
  protected boolean takesAnyRank() {
    return false;
  }

  /** Whether the weights that were made for {@link #inputShape} serve inputs of those shapes. */
  protected boolean servesToo(List<Shape> inputs) {
    return weights().isEmpty() || areAlongWeights(inputs);
  }

  /**
   * Whether inputs of those shapes are as long along {@link #weightAxes} as those that it knows.
   */
  final boolean areAlongWeights(List<Shape> inputs) {
    return IntStream.range(0, Math.min(inputs.size(), inputShapes.size()))
        .allMatch(
            i -> Arrays.equals(alongWeights(inputs.get(i)), alongWeights(inputShapes.get(i))));
  }

  private int[] alongWeights(Shape input) {
    return Arrays.stream(weightAxes(input)).map(input::dim).toArray();
  }

  /** The axes of an input whose lengths the weights have; mostly the last one alone. */
  protected int[] weightAxes(Shape input) {
    return new int[] {input.rank() - 1};
  }

  /**
   * Lets the layer be the one model's that asks first, from whose seed its weights are then drawn.
   *
   * @return whether it was
   */
  public final boolean claim() {
    boolean first = !claimed;
    claimed = true;
    return first;
  }

  /** Whether initial values of its weights were drawn; until then they cost nothing. */
  public boolean hasDrawn() {
    return initialValues != null && initialValues.hasDrawn();
  }

  /**
   * Lets the initial values of its weights be drawn from there, if none {@linkplain #hasDrawn was
   * drawn} yet.
   */
  public void redraw(Philox philox) {
    if (initialValues != null && !initialValues.hasDrawn()) {
      initialValues.redraw(philox);
    }
  }

  /**
   * The shape of the output for an input of that shape, of a layer of one input and one output.
   * Changes nothing: a layer may be called on several shapes.
   *
   * @throws IllegalArgumentException if the layer cannot take it; names the layer
   */
  protected Shape computeOutputShape(Shape input) {
    throw new IllegalStateException(this + ": gives its shapes by computeOutputShapes");
  }

  /**
   * The shapes of all outputs for inputs of those shapes: the first, and where states are returned
   * theirs. Changes nothing.
   *
   * @throws IllegalArgumentException if the layer cannot take them; names the layer
   */
  public List<Shape> computeOutputShapes(List<Shape> inputs) {
    return List.of(computeOutputShape(only(inputs)));
  }

  /** Adds the weights for an input of that shape, which was checked; mostly none. */
  protected void onBuild(Shape input) {}

  /** Adds the weights for inputs of those shapes, which were checked. */
  protected void onBuild(List<Shape> inputs) {
    onBuild(inputs.get(0));
  }

  /** The input of a layer that takes one. */
  private <T> T only(List<T> inputs) {
    if (inputs.size() != 1) {
      throw new IllegalArgumentException(this + ": expected one input, got " + inputs.size());
    }
    return inputs.get(0);
  }

  /**
   * Uses the layer on tensors of a model that is being put together, as Keras's {@code layer(x)}.
   * Its weights are made by the first call; a later one shares them.
   *
   * @param inputs mostly one; a recurrent layer takes its initial states behind it, as {@code
   *     lstm.apply(x, h, c)}
   * @return the first output
   * @throws IllegalArgumentException if the layer cannot take their shapes; names the layer
   */
  public final KerasTensor apply(KerasTensor... inputs) {
    return call(listed(inputs)).output();
  }

  /** As {@link #apply}, with all outputs: behind the first the states that the layer returns. */
  public final List<KerasTensor> applyAll(KerasTensor... inputs) {
    return call(listed(inputs)).outputs();
  }

  private List<KerasTensor> listed(KerasTensor... inputs) {
    for (KerasTensor input : given(inputs, "tensors")) {
      given(input, "a tensor that it is applied to");
    }
    return List.of(inputs);
  }

  /** As {@link #apply}: the call. */
  public final Call call(List<KerasTensor> inputs) {
    return call(inputs, List.of());
  }

  /**
   * As {@link #call(List)}.
   *
   * @param masks those of its inputs that it is given, see {@link Call#masks}
   */
  public final Call call(List<KerasTensor> inputs, List<KerasTensor> masks) {
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException(this + ": apply expects at least one tensor, got none");
    }
    try {
      checkCall(inputs);
      build(inputs.stream().map(KerasTensor::shape).toList(), new Philox(System.nanoTime(), 0));
      return new Call(this, inputs, calls++, masks);
    } catch (IllegalArgumentException e) {
      List<String> fed = inputs.stream().map(KerasTensor::path).toList();
      throw new IllegalArgumentException(e.getMessage() + "; it is fed by " + fed, e);
    }
  }

  /** Checks what it is applied to, beside shapes; mostly nothing. */
  protected void checkCall(List<KerasTensor> inputs) {}

  /** Writes the layer's ops, for a layer of one input. */
  public Signal lower(Signal in, Lowering to) {
    throw new IllegalStateException(this + ": is lowered with a list of inputs");
  }

  /**
   * Writes the layer's ops.
   *
   * @param in the inputs; a recurrent layer may have its initial states behind the first one
   * @return the first output, with states that the layer returns
   */
  public Signal lower(List<Signal> in, Lowering to) {
    return lower(only(in), to);
  }

  /**
   * As {@link #lower(List, Lowering)}: all outputs, as {@link #computeOutputShapes} counts them.
   */
  public List<Signal> lowerAll(List<Signal> in, Lowering to) {
    List<Signal> outputs = lower(in, to).outputs();
    regularize(outputs, to);
    return outputs;
  }

  /** Lets the outputs of one use of the layer add to the loss what its regularizer says. */
  final void regularize(List<Signal> outputs, Lowering to) {
    if (activityRegularizer() != null) {
      for (Signal output : outputs) {
        activityRegularizer()
            .requireFits(label() + ": activityRegularizer", output.value().shape());
        to.regularize(activityRegularizer(), output.value());
      }
    }
  }

  // ---------------------------------------------------------------- what a layer says of itself

  /** The shapes of all outputs: the first, and where states are returned theirs. */
  public final List<Shape> outputShapes() {
    return outputShapes;
  }

  /** Names for {@link #outputShapes}: {@code output}, {@code state_h}. */
  public List<String> outputNames() {
    return List.of("output");
  }

  /** Whether it returns more beside its first output: states, mostly. */
  public boolean returnsState() {
    return false;
  }

  /**
   * Whether it can run some timesteps at a time, or one, rather than needing whole sequences; then
   * sessions can, and predictions from long sequences go through it part by part.
   */
  public boolean runsStepwise() {
    return true;
  }

  /**
   * Whether it makes (batch, features) of (batch, features), so that a timestep can be its input.
   */
  protected boolean isPerTimestep() {
    return false;
  }

  /**
   * Whether an input is a sequence of whole numbers (batch, timesteps) rather than features.
   *
   * @param input its number, 0 for the first
   */
  public boolean takesIds(int input) {
    return false;
  }

  /**
   * Checks values that are about to be fed to it as a model's first layer.
   *
   * @param values of which those from {@code from} to {@code to − 1} are fed
   * @throws IllegalArgumentException if one cannot be; names the layer and the value
   */
  public void checkValues(float[] values, int from, int to) {}

  /** Whether {@link #checkValues} has anything to check. */
  public boolean judgesValues() {
    return false;
  }

  /** The shapes of the initial states that it takes as further inputs; mostly none. */
  public List<Shape> stateShapes(int batch) {
    return List.of();
  }

  @Override
  public List<Weight> newStates(int batch) {
    return List.of();
  }

  @Override
  public List<Weight> states() {
    return List.of();
  }

  /** Sets {@link #states} to zero. */
  public final void resetStates() {
    states().forEach(s -> s.assign(Tensor.zeros(s.shape())));
  }

  // ---------------------------------------------------------------- files

  /**
   * Weights that lie together in Keras's files.
   *
   * @param path where, below the layer's own group: {@code cell}, {@code forward_layer/cell}; empty
   *     for the layer's own
   * @param name what the file calls the group
   * @param layer what the user calls the layer
   * @param weights in Keras's order; may be none
   */
  public record Group(String path, String name, String layer, List<Weight> weights) {
    /** Copies the list. */
    public Group {
      weights = List.copyOf(weights);
    }

    /** The same group, one level down. */
    public Group under(String parent) {
      return new Group(path.isEmpty() ? parent : parent + "/" + path, name, layer, weights);
    }
  }

  /** How the weights are grouped in Keras's files. */
  public List<Group> groups() {
    return List.of(new Group("", name, name, weights()));
  }

  /**
   * The groups of a layer whose weights all lie in layers inside it.
   *
   * @param inside by the name that Keras has for each: {@code forward_layer}
   */
  protected final List<Group> groupsOf(Map<String, Layer> inside) {
    List<Group> all = new ArrayList<>(List.of(new Group("", name, name, List.of())));
    inside.forEach((path, layer) -> layer.groups().forEach(g -> all.add(g.under(path))));
    return all;
  }

  /** Adds a trained weight of which a user can say nothing. */
  protected final Weight addWeight(String weightName, Shape shape, Initializer initializer) {
    return addWeight(weightName, shape, initializer, values -> {});
  }

  /** As {@link #addWeight(String, Shape, Initializer)}; {@code adjust} changes what is drawn. */
  protected final Weight addWeight(
      String weightName, Shape shape, Initializer initializer, Consumer<float[]> adjust) {
    return addWeight(weightName, shape, WeightRules.Rule.trained(initializer), adjust);
  }

  /** Adds a weight that no optimizer moves. */
  final Weight addFixedWeight(String weightName, Shape shape, Initializer initializer) {
    return addWeight(
        weightName, shape, new WeightRules.Rule(false, initializer, null, null), values -> {});
  }

  /** Adds a weight with what is said of it under that name. */
  final Weight addWeight(String weightName, Shape shape, String rule) {
    return addWeight(weightName, shape, rule(rule), values -> {});
  }

  /** As {@link #addWeight(String, Shape, String)}; {@code adjust} changes what is drawn. */
  final Weight addWeight(String weightName, Shape shape, String rule, Consumer<float[]> adjust) {
    return addWeight(weightName, shape, rule(rule), adjust);
  }

  private Weight addWeight(
      String weightName, Shape shape, WeightRules.Rule rule, Consumer<float[]> adjust) {
    try {
      shape.size();
    } catch (TooLargeException e) {
      throw e.of(label() + "." + weightName);
    }
    rule.requireFits(label() + "." + weightName, shape);
    Supplier<float[]> initial =
        initialValues.add(
            random -> {
              float[] values = rule.initializer().initialize(shape, random);
              adjust.accept(values);
              return values;
            });
    Weight w = new Weight(weightName, this, shape, rule, initial);
    weights.add(w);
    return w;
  }

  /** The initial values that layers inside share, during {@link #onBuild}. */
  final InitialValues initialValues() {
    return initialValues;
  }

  @Override
  protected final String label() {
    return name == null ? className() : Printable.text(name);
  }

  /**
   * Whether an activation of outputs of that shape goes over the last axis alone.
   *
   * @throws IllegalArgumentException if the output has no such axis; names the layer
   */
  protected final boolean isOverLastAxis(Activation a, Shape output) {
    try {
      return a.isOverLastAxis(output.rank());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(label() + ": activation=" + e.getMessage(), e);
    }
  }

  @Override
  public String toString() {
    return label() + " (" + className() + ")";
  }
}
