package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Shape;
import java.lang.reflect.Array;
import java.util.List;

/**
 * A layer's settings on their way out of it or into it. {@link Layer#configure} declares each one
 * once, by Keras's name, and keeps what it gets back:
 *
 * <pre>{@code
 * units = c.integer("units", units);
 * useBias = c.flag("use_bias", useBias);
 * }</pre>
 *
 * <p>What writes a file notes the value and gives it back; what reads one gives back the file's, or
 * the value that the layer has so far where the file says nothing, which is Keras's default. So
 * there is no setting that is written and not read.
 */
public abstract class Config {
  /**
   * One setting.
   *
   * @param name Keras's name, {@code return_sequences}
   * @param type of the value; for a layer inside, the kind of layer that it must be
   * @param value what the layer has; null if it has none yet and a file must give it
   * @return what the layer is to have
   */
  protected abstract <T> T setting(String name, Class<T> type, T value);

  /**
   * What Keras's files say and a layer here has one value of: it is written, and a file that says
   * something else is refused.
   */
  public abstract void constant(String name, Object value);

  /**
   * What Keras's files say and a layer here has no use for: it is kept as it is, and written again.
   *
   * @param name Keras's name, {@code kernel_regularizer}
   * @param value what the layer has, as JSON; null is what files need not say
   * @param json the types that a file may give beside null
   * @return what the layer is to have
   */
  protected abstract Object kept(String name, Object value, Class<?>... json);

  /** As {@link #setting}, of what may be none: null. Files need not say it then. */
  protected abstract <T> T optional(String name, Class<T> type, T value);

  /** A whole number; 0 is none yet, and a file must give it. */
  public final int integer(String name, int value) {
    return setting(name, Integer.class, value == 0 ? null : (Integer) value);
  }

  /** Whole numbers; null is none yet, and a file must give them. One may stand alone there. */
  public final int[] integers(String name, int[] value) {
    return setting(name, int[].class, value);
  }

  /** As {@link #integers}, of which one is written alone. */
  public int[] oneOrMore(String name, int[] value) {
    return integers(name, value);
  }

  /** As {@link #integers}, of which there may be none. */
  public final int[] optionalIntegers(String name, int[] value) {
    int[] given = optional(name, int[].class, value.length == 0 ? null : value);
    return given == null ? new int[0] : given;
  }

  /** A whole number, that stands in a list of one in files; 0 is none yet. */
  public final int single(String name, int value) {
    int[] one = integers(name, value == 0 ? null : new int[] {value});
    if (one.length != 1) {
      throw new IllegalArgumentException("expected one number, got " + one.length);
    }
    return one[0];
  }

  /** Numbers, of which there may be none. One may stand alone in files, or lists within lists. */
  public final float[] optionalNumbers(String name, float[] value) {
    float[] given = optional(name, float[].class, value.length == 0 ? null : value);
    return given == null ? new float[0] : given;
  }

  /** Texts or numbers, of which there may be none; the layer checks what they are. */
  public final List<?> optionalList(String name, List<?> value) {
    List<?> given = optional(name, List.class, value.isEmpty() ? null : value);
    return given == null ? List.of() : given;
  }

  /** A number; null is none. */
  public final Float optionalNumber(String name, Float value) {
    return optional(name, Float.class, value);
  }

  /** A number. */
  public final float number(String name, float value) {
    return setting(name, Float.class, value);
  }

  /** Yes or no. */
  public final boolean flag(String name, boolean value) {
    return setting(name, Boolean.class, value);
  }

  /** An activation. */
  public final Activation activation(String name, Activation value) {
    return setting(name, Activation.class, value);
  }

  /** An initializer. */
  public final Initializer initializer(String name, Initializer value) {
    return setting(name, Initializer.class, value);
  }

  /** A regularizer; null is none. */
  public final Regularizer regularizer(String name, Regularizer value) {
    return optional(name, Regularizer.class, value);
  }

  /** A constraint; null is none. */
  public final Constraint constraint(String name, Constraint value) {
    return optional(name, Constraint.class, value);
  }

  /** A shape with the batch; null is none yet, and a file must give it. */
  public final Shape shape(String name, Shape value) {
    return setting(name, Shape.class, value);
  }

  /** One of an enum's constants, whose names files have in lower case. */
  public final <E extends Enum<E>> E choice(String name, E value) {
    return setting(name, value.getDeclaringClass(), value);
  }

  /** A choice that Keras does not have: files say it only where it is not {@code keras}. */
  public <E extends Enum<E>> E choice(String name, E value, E keras) {
    return choice(name, value);
  }

  /** A flag that Keras does not have: files say it only where it is not {@code keras}. */
  public boolean flag(String name, boolean value, boolean keras) {
    return flag(name, value);
  }

  /** As {@link #activation}, of what may be none: null. */
  public final Activation optionalActivation(String name, Activation value) {
    return optional(name, Activation.class, value);
  }

  /** Layers inside; empty is none yet, and a file must give them. */
  public final <L> List<L> layers(String name, Class<L[]> kind, List<L> value) {
    L[] all = value.isEmpty() ? null : value.toArray(none(kind));
    return List.of(setting(name, kind, all));
  }

  private static <L> L[] none(Class<L[]> kind) {
    return kind.cast(Array.newInstance(kind.getComponentType(), 0));
  }

  /** A layer inside; null is none yet, and a file must give it. */
  @SuppressWarnings("unchecked") // L is kind, but for its type parameters
  public final <L> L layer(String name, Class<? super L> kind, L value) {
    return (L) setting(name, kind, value);
  }
}
