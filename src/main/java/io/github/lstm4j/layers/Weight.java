package io.github.lstm4j.layers;

import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Memory;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.tensor.TooLargeException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A tensor that outlives runs: a trained weight, an optimizer's slot, a state that is carried
 * between batches. It has its values on the host, and a version that counts their changes. Where a
 * backend keeps a copy of its own and changes that, the copy is {@linkplain Copy newer}, and is
 * read when somebody asks.
 */
public final class Weight {
  private final String name;
  private final Owner owner; // null for one that no layer owns
  private final Shape shape;
  private final WeightRules.Rule rule;
  private final WeightLock lock;
  private Supplier<float[]> initial; // null once there are other values
  private float[] host; // null until somebody asks for it
  private volatile long version;
  private volatile Copy newer;
  private String lost;

  /** Whose it is. */
  public interface Owner {
    /** The name. */
    String name();

    /** Whether training may change its weights. */
    boolean isTrainable();

    /** Orders who reads its weights and who changes them. */
    WeightLock lock();
  }

  /** Values of a weight in the memory of a backend. */
  public interface Copy {
    /** Gets them into the first elements of {@code target}. */
    void read(float[] target);
  }

  /**
   * @param initial makes the values that it has first, once somebody asks for them
   */
  Weight(String name, Owner owner, Shape shape, WeightRules.Rule rule, Supplier<float[]> initial) {
    this.name = name;
    this.owner = owner;
    this.shape = shape;
    this.rule = rule;
    this.lock = owner == null ? new WeightLock() : owner.lock();
    this.initial = initial;
  }

  /** A tensor of zeros that no layer owns: an optimizer's slot, a session's state. */
  public static Weight slot(String name, Shape shape) {
    return slot(name, shape, 0f);
  }

  /** As {@link #slot(String, Shape)}, with another initial value. */
  public static Weight slot(String name, Shape shape, float initial) {
    return new Weight(name, null, shape, WeightRules.Rule.FREE, () -> filled(name, shape, initial));
  }

  private static float[] filled(String name, Shape shape, float value) {
    float[] values = Memory.floats(name, shape);
    if (value != 0) {
      Arrays.fill(values, value);
    }
    return values;
  }

  /** The name in Keras: {@code kernel}, {@code recurrent_kernel}, {@code bias}. */
  public String name() {
    return name;
  }

  /** The name with the layer's before it, as listings have it: {@code lstm.kernel}. */
  public String path() {
    return owner == null ? name : owner.name() + "." + name;
  }

  /** The shape. */
  public Shape shape() {
    return shape;
  }

  /** Whether training changes it: it is a trained one, and its layer is not frozen. */
  public boolean trainable() {
    return rule.trained() && owner.isTrainable();
  }

  /** What it adds to the loss while training changes it; null for nothing. */
  public Regularizer regularizer() {
    return rule.regularizer();
  }

  /** Where it is moved after each training step; null for nowhere. */
  public Constraint constraint() {
    return rule.constraint();
  }

  /** Orders who reads it and who changes it. */
  public WeightLock lock() {
    return lock;
  }

  /** Counts the changes of its values, as far as somebody has seen the values between them. */
  public long version() {
    return version;
  }

  /**
   * A copy of its values: those after a whole training step, never in the middle of one.
   *
   * @throws IllegalStateException if they were lost with a device
   */
  public Tensor value() {
    float[] values = new float[shape.size()];
    lock.read();
    try {
      copyTo(values);
    } finally {
      lock.endRead();
    }
    return Tensor.of(values, shape);
  }

  /**
   * Sets its values.
   *
   * @throws IllegalArgumentException if the shape is another
   * @throws IllegalStateException from within a prediction that reads them
   */
  public void assign(Tensor value) {
    set(value, true);
  }

  /**
   * As {@link #assign(Tensor)}, but takes the tensor over rather than a copy of it: nobody may
   * touch it from then on.
   */
  public void adopt(Tensor value) {
    set(value, false);
  }

  private void set(Tensor value, boolean copy) {
    if (!value.shape().equals(shape)) {
      throw new IllegalArgumentException(
          path() + ": expected a weight of shape " + shape + ", got " + value.shape());
    }
    lock.change();
    try {
      set(copy ? value.data().clone() : value.data());
    } finally {
      lock.endChange();
    }
  }

  private synchronized void set(float[] values) {
    host = values;
    initial = null;
    newer = null;
    lost = null;
    version++;
  }

  /** Copies of the values of several weights, all of one moment. */
  public static List<Tensor> values(List<Weight> weights) {
    WeightLock.Set locks =
        WeightLock.Set.of(weights.stream().map(Weight::lock).toList(), List.of());
    locks.hold();
    try {
      return weights.stream().map(Weight::value).toList();
    } finally {
      locks.release();
    }
  }

  /** Sets several weights at once: nobody sees some of the new values beside some of the old. */
  public static void assign(List<Weight> weights, List<Tensor> values) {
    WeightLock.Set locks =
        WeightLock.Set.of(List.of(), weights.stream().map(Weight::lock).toList());
    locks.hold();
    try {
      for (int i = 0; i < weights.size(); i++) {
        weights.get(i).assign(values.get(i));
      }
    } finally {
      locks.release();
    }
  }

  /**
   * As {@link #assign(List, List)}, but takes the tensors over rather than copies of them, as
   * {@link #adopt(Tensor)} does.
   */
  public static void adopt(Map<Weight, Tensor> values) {
    WeightLock.Set locks =
        WeightLock.Set.of(List.of(), values.keySet().stream().map(Weight::lock).toList());
    locks.hold();
    try {
      values.forEach(Weight::adopt);
    } finally {
      locks.release();
    }
  }

  // ---------------------------------------------------------------- for those who keep copies

  /** Writes the values as they are now into the first elements of {@code target}. */
  public synchronized void copyTo(float[] target) {
    bringHome();
    System.arraycopy(host, 0, target, 0, shape.size());
  }

  /** Brings the newest values to the host, so that no copy is needed any more. Synchronized. */
  private void bringHome() {
    if (lost != null) {
      throw new IllegalStateException(
          path()
              + " "
              + shape
              + ": its values were lost with the device that held them ("
              + lost
              + "); set them again, from a saved model or checkpoint");
    }
    if (newer != null) {
      float[] values = host == null ? new float[shape.size()] : host;
      newer.read(values);
      host = values;
      initial = null;
      newer = null;
    } else if (host == null) {
      host = firstValues();
      initial = null;
    }
  }

  private float[] firstValues() {
    try {
      return initial.get();
    } catch (TooLargeException e) {
      throw e.of(path());
    }
  }

  /**
   * Gives the newest values to a copy that is older, which takes them from an array.
   *
   * @param copy sets itself to the first elements of the array
   * @return the version that the copy then has
   */
  public synchronized long give(Consumer<float[]> copy) {
    bringHome();
    copy.accept(host);
    return version;
  }

  /**
   * Says that a copy is being changed: it has the newest values from now on. Where it had them
   * already, nobody has seen those that are replaced, and nothing need be told.
   *
   * @return the version that the copy then has
   */
  public long changed(Copy copy) {
    if (newer == copy) {
      return version;
    }
    synchronized (this) {
      newer = copy;
      return ++version;
    }
  }

  /** Brings the newest values to the host if that copy alone has them. */
  public synchronized void bringHome(Copy copy) {
    if (newer == copy) {
      bringHome();
    }
  }

  /** Says that a copy that had the newest values cannot be read any more. */
  public synchronized void lost(Copy copy, String why) {
    if (newer == copy) {
      newer = null;
      lost = why;
    }
  }
}
