package io.github.lstm4j.layers;

import io.github.lstm4j.names.Names;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The settings of a layer: those that all layers have, how files say them, and the checks of them
 * and of inputs.
 */
public abstract class LayerSettings {
  private final WeightRules rules;
  private Regularizer activityRegularizer; // null for none
  private final KeptSettings kept = new KeptSettings();

  LayerSettings(WeightRules rules) {
    this.rules = rules;
    rules.owner(this::label);
  }

  /** The name as it can be shown, or the class before it has one. */
  protected abstract String label();

  /** Whether the weights exist; then nothing is set any more. */
  public abstract boolean isBuilt();

  /**
   * Declares every setting of this kind of layer, in the order in which Keras writes them. Files
   * are written and read by it.
   */
  protected abstract void configure(Config c);

  /**
   * Declares the settings that are arguments of a call in Keras, and stand there in its files;
   * mostly none.
   */
  public void configureCall(Config c) {}

  /** Whether files say {@code trainable} of such a layer. */
  public boolean saysTrainable() {
    return true;
  }

  /**
   * Declares every setting but name and trainable: what all layers have, and {@link #configure}.
   */
  public final void settings(Config c) {
    configure(c);
    dtype(c);
    activityRegularizer = c.regularizer(ACTIVITY, activityRegularizer);
  }

  /** The numbers that it computes in elsewhere. */
  final void dtype(Config c) {
    kept(c, DTYPE, "float32", String.class, Map.class);
  }

  private static final String ACTIVITY = "activity_regularizer";

  /** Keras's name for how a layer computes; here all compute in float32. */
  public static final String DTYPE = "dtype";

  /**
   * How many bytes each number of its weights has in Keras: 4, unless a file says another {@code
   * dtype}. A mixed one has weights of float32.
   */
  public final int bytesInKeras() {
    Object said = kept(DTYPE);
    Object name =
        said instanceof Map<?, ?> m && m.get("config") instanceof Map<?, ?> c
            ? c.get("name")
            : said;
    return "float64".equals(name) ? 8 : "float16".equals(name) || "bfloat16".equals(name) ? 2 : 4;
  }

  /** How files say a seed of dropout, for which the model's seed stands here. */
  protected static final Class<?>[] SEED = {Integer.class, Long.class, Map.class};

  /** A setting that changes nothing here, and is kept as a file says it. */
  protected final void kept(Config c, String setting, Object keras, Class<?>... json) {
    kept.declare(c, setting, keras, false, json);
  }

  /** A setting that changes training in Keras and not here, and is kept as a file says it. */
  protected final void leftOut(Config c, String setting, Class<?>... json) {
    kept.declare(c, setting, null, true, json);
  }

  /** How Keras would train few numbers beside a kernel; files have their product in the kernel. */
  protected final void lora(Config c) {
    leftOut(c, "lora_rank", Integer.class);
    leftOut(c, "lora_alpha", Integer.class, Double.class);
  }

  /** What a file says of such settings; null says nothing. */
  public final Object kept(String setting) {
    return kept.get(setting);
  }

  /**
   * What a file says of training that Keras would do and {@code fit} leaves out, by Keras's names:
   * regularizers and constraints of a user's own, the shape of dropout's noise. It is kept for
   * saving, and changes no prediction. The layers inside not included.
   */
  public Map<String, Object> leftOutOfTraining() {
    Map<String, Object> said = new LinkedHashMap<>(kept.leftOut());
    said.putAll(rules.unknown());
    if (activityRegularizer != null && activityRegularizer.kind() == Regularizer.Kind.UNKNOWN) {
      said.put(ACTIVITY, activityRegularizer.entry());
    }
    return said;
  }

  /** What is said of the weights. Setters change it, before the layer is built. */
  final WeightRules rules() {
    requireUnbuilt();
    return rules;
  }

  /** Declares all that may be said of the weights. */
  final void configureRules(Config c) {
    rules.configure(c);
  }

  /** What outputs add to the loss; null for nothing. */
  final Regularizer activityRegularizer() {
    return activityRegularizer;
  }

  final void regularizeActivity(Regularizer regularizer) {
    requireUnbuilt();
    activityRegularizer = given(regularizer, "activityRegularizer");
  }

  /** What is said of a weight. */
  final WeightRules.Rule rule(String weight) {
    return rules.of(weight);
  }

  /** Setters call this: a built layer does not change. */
  protected final void requireUnbuilt() {
    if (isBuilt()) {
      throw new IllegalStateException(
          label() + ": the layer is built and can no longer be configured");
    }
  }

  /** One of an enum's constants, by the name that Keras has for it. */
  protected final <E extends Enum<E>> E choice(String what, String name, Class<E> type) {
    try {
      return Names.choice(what, name, type);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(label() + ": " + e.getMessage(), e);
    }
  }

  /** An argument that must be there. */
  protected final <T> T given(T value, String what) {
    if (value == null) {
      throw new IllegalArgumentException(label() + ": " + what + " must not be null");
    }
    return value;
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

  /** What to say of a wrong input shape. */
  protected final IllegalArgumentException wrongInput(String expected, Shape got, String fix) {
    return new IllegalArgumentException(
        label() + ": expected " + expected + ", got " + got + "; " + fix);
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
}
