package io.github.lstm4j.layers;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.tensor.DType;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tensor that a layer owns: a trained weight, or a state that is carried between batches. Its
 * values lie on the host until the model runs, then in the memory of the model's backend.
 */
public final class Weight {
  private static final Logger LOG = LoggerFactory.getLogger(Weight.class);

  private final String name;
  private final Layer owner;
  private final Shape shape;
  private final boolean trainable;
  private float[] host;
  private Buffer buffer;

  Weight(String name, Layer owner, Shape shape, boolean trainable, float[] values) {
    this.name = name;
    this.owner = owner;
    this.shape = shape;
    this.trainable = trainable;
    this.host = values;
  }

  /** A tensor of zeros that is not trained: an optimizer's slot, a running total. */
  public static Weight slot(String name, Shape shape) {
    return new Weight(name, null, shape, false, new float[shape.size()]);
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

  /** Whether training changes it. */
  public boolean trainable() {
    return trainable;
  }

  /** A copy of its values. */
  public Tensor value() {
    requireValues();
    float[] values = new float[shape.size()];
    if (buffer == null) {
      System.arraycopy(host, 0, values, 0, values.length);
    } else {
      buffer.read(values);
    }
    return Tensor.of(values, shape);
  }

  /**
   * Sets its values.
   *
   * @throws IllegalArgumentException if the shape is another
   */
  public void assign(Tensor value) {
    if (!value.shape().equals(shape)) {
      throw new IllegalArgumentException(
          path() + ": expected a weight of shape " + shape + ", got " + value.shape());
    }
    if (buffer == null) {
      host = value.data().clone();
    } else {
      buffer.write(value.data());
    }
  }

  private void requireValues() {
    if (host == null && buffer == null) {
      throw new IllegalStateException(
          name
              + " "
              + shape
              + ": its values were lost with the device that held them; set them again, from a"
              + " saved model or checkpoint");
    }
  }

  /** Its memory on a backend; values that lie elsewhere move there. */
  public Buffer on(Backend backend) {
    if (buffer == null) {
      requireValues();
      Buffer memory = backend.allocate(DType.FLOAT32, shape.size());
      try {
        memory.write(host);
      } catch (RuntimeException | Error e) {
        memory.close();
        throw e; // the values are still here
      }
      buffer = memory;
      host = null;
    }
    return buffer;
  }

  /**
   * Brings its values back to the host and frees the backend's memory. From a device that failed
   * they cannot be had any more: then the log says so, and so does whoever wants them next.
   */
  public void release() {
    if (buffer != null) {
      try {
        host = value().data();
      } catch (RuntimeException lost) {
        LOG.warn("{} {}: its values are lost: {}", name, shape, lost.getMessage());
      }
      buffer.close();
      buffer = null;
    }
  }
}
