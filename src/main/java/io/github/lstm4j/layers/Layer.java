package io.github.lstm4j.layers;

import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

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
public abstract class Layer implements Weight.Owner {
  private final List<Weight> weights = new ArrayList<>();
  private String name;
  private boolean named;
  private Shape inputShape;
  private Shape outputShape;
  private Shape declaredInput;
  private Philox random;
  private final WeightLock lock = new WeightLock();
  private boolean trainable = true;

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
    if (newName.isBlank()) {
      throw new IllegalArgumentException(className() + ": a name must not be blank");
    }
    this.name = newName;
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

  /** The layers inside, as a wrapper has them. */
  public List<Layer> inner() {
    return List.of();
  }

  /** The input's shape without the batch, as on the first layer of a model. */
  protected final void declareInput(int... dims) {
    requireUnbuilt();
    int[] all = new int[dims.length + 1];
    all[0] = Shape.UNKNOWN;
    System.arraycopy(dims, 0, all, 1, dims.length);
    declaredInput = Shape.of(all);
  }

  /** The shape given by {@code inputShape(…)}, or null. */
  public final Shape declaredInput() {
    return declaredInput;
  }

  /** The input's shape; null before the layer is built. */
  public final Shape inputShape() {
    return inputShape;
  }

  /** The output's shape; null before the layer is built. */
  public final Shape outputShape() {
    return outputShape;
  }

  /** Whether the weights exist. */
  public final boolean isBuilt() {
    return inputShape != null;
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

  /**
   * Makes the weights for inputs of that shape.
   *
   * @param input (None, features) or (None, timesteps, features)
   * @param philox where initial values are drawn from
   * @throws IllegalArgumentException if the layer cannot take that shape; names the layer
   */
  public final void build(Shape input, Philox philox) {
    if (inputShape != null) {
      if (!inputShape.equals(input)) {
        throw wrongInput("built for input " + inputShape, input, "use another layer object");
      }
      return;
    }
    random = philox;
    outputShape = onBuild(input);
    inputShape = input;
    random = null;
  }

  /** Checks the input's shape, adds the weights, and returns the output's shape. */
  protected abstract Shape onBuild(Shape input);

  /** Writes the layer's ops, for a layer of one input. */
  public abstract Signal lower(Signal in, Lowering to);

  /**
   * Writes the layer's ops.
   *
   * @param in the inputs; a recurrent layer may have its initial states behind the first one
   */
  public Signal lower(List<Signal> in, Lowering to) {
    if (in.size() != 1) {
      throw new IllegalArgumentException(this + ": expected one input, got " + in.size());
    }
    return lower(in.get(0), to);
  }

  // ---------------------------------------------------------------- what a layer says of itself

  /** The shapes of all outputs: the first, and where states are returned theirs. */
  public List<Shape> outputShapes() {
    return List.of(outputShape);
  }

  /** Names for {@link #outputShapes}: {@code output}, {@code state_h}. */
  public List<String> outputNames() {
    return List.of("output");
  }

  /** Whether it returns states beside its first output. */
  public boolean returnsState() {
    return false;
  }

  /** Whether it can run one timestep at a time, rather than needing whole sequences. */
  public boolean runsStepwise() {
    return true;
  }

  /** Whether each timestep's output is made of the same timestep's features alone. */
  protected boolean isPerTimestep() {
    return false;
  }

  /** Whether its input is a sequence of whole numbers (batch, timesteps) rather than features. */
  public boolean takesIds() {
    return false;
  }

  /**
   * Checks values that are about to be fed to it as a model's first layer.
   *
   * @param values of which those from {@code from} to {@code to − 1} are fed
   * @throws IllegalArgumentException if one cannot be; names the layer and the value
   */
  public void checkValues(float[] values, int from, int to) {}

  /** The shapes of the initial states that it takes as further inputs; mostly none. */
  public List<Shape> stateShapes(int batch) {
    return List.of();
  }

  /** Zero states for {@code batch} sequences, to be carried from run to run; mostly none. */
  public List<Weight> newStates(int batch) {
    return List.of();
  }

  /** The states that it carries from batch to batch by itself: it is stateful. Mostly none. */
  public List<Weight> states() {
    return List.of();
  }

  /** Sets {@link #states} to zero. */
  public final void resetStates() {
    states().forEach(s -> s.assign(Tensor.zeros(s.shape())));
  }

  // ---------------------------------------------------------------- files

  /**
   * Declares every setting, in the order in which Keras writes them; name, trainable and dtype are
   * not among them. Files are written and read by it.
   */
  public abstract void configure(Config c);

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
    private Group under(String parent) {
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

  /** Adds a trained weight. */
  protected final Weight addWeight(String weightName, Shape shape, Initializer initializer) {
    long elements = Arrays.stream(shape.dims()).asLongStream().reduce(1, (a, b) -> a * b);
    if (elements > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          label()
              + ": "
              + weightName
              + " of shape "
              + shape
              + " has more elements than an array holds; lower the number of units");
    }
    Weight w = new Weight(weightName, this, shape, true, initializer.initialize(shape, random));
    weights.add(w);
    return w;
  }

  /** Where initial values are drawn from, during {@link #onBuild}. */
  protected final Philox random() {
    return random;
  }

  /** Setters call this: a built layer does not change. */
  protected final void requireUnbuilt() {
    if (isBuilt()) {
      throw new IllegalStateException(
          name + ": the layer is built and can no longer be configured");
    }
  }

  /** What to say of a wrong input shape. */
  protected final IllegalArgumentException wrongInput(String expected, Shape got, String fix) {
    return new IllegalArgumentException(
        label() + ": expected " + expected + ", got " + got + "; " + fix);
  }

  /** The name as it can be shown, or the class before it has one. */
  protected final String label() {
    return name == null ? className() : Printable.text(name);
  }

  /** A number that must be at least 1, as units. */
  protected final int positive(int value, String what) {
    if (value < 1) {
      throw new IllegalArgumentException(
          label() + ": " + what + " must be at least 1, got " + value);
    }
    return value;
  }

  /** A fraction that is dropped, in [0, 1). */
  protected final float fraction(float value, String what) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          label() + ": " + what + " must lie in [0, 1), got " + value);
    }
    return value;
  }

  /** Checks that the input is (None, timesteps, features). */
  protected final void requireSequence(Shape input) {
    if (input.rank() != 3) {
      throw wrongInput(
          "(batch, timesteps, features)",
          input,
          input.rank() == 2
              ? "a recurrent layer before it must have returnSequences(true), or the data needs a"
                  + " timesteps axis"
              : "reshape the data to three axes");
    }
    if (input.dim(2) == Shape.UNKNOWN) {
      throw wrongInput("a known number of features", input, "give Input the number of features");
    }
  }

  @Override
  public String toString() {
    return label() + " (" + className() + ")";
  }
}
