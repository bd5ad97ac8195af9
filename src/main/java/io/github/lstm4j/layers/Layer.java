package io.github.lstm4j.layers;

import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

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
public abstract class Layer {
  private final List<Weight> weights = new ArrayList<>();
  private String name;
  private boolean named;
  private Shape inputShape;
  private Shape outputShape;
  private Shape declaredInput;
  private Philox random;

  /** The class's name in Keras. */
  public String className() {
    return getClass().getSimpleName();
  }

  /** The name; null before the layer is added to a model, unless given. */
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

  /** Writes the layer's ops. */
  public abstract Signal lower(Signal in, Lowering to);

  /**
   * Declares every setting, in the order in which Keras writes them; name and dtype are not among
   * them. Files are written and read by it.
   */
  public abstract void configure(Config c);

  /** How the weights are grouped in Keras's files. */
  public List<WeightGroup> groups() {
    return List.of(new WeightGroup("", name, name, weights()));
  }

  /** Adds a trained weight. */
  protected final Weight addWeight(String weightName, Shape shape, Initializer initializer) {
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

  /** The name, or the class before it has one. */
  protected final String label() {
    return name == null ? className() : name;
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
