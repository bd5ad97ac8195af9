package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;

/**
 * Some columns of a weight under a name and shape of their own, as old Keras's {@code kernel_c} of
 * shape (features, units) and {@code bias_c} of shape (units,). It holds nothing itself: it shows
 * what the weight has now, and {@link #assign} changes the weight.
 */
public final class WeightView {
  private final String name;
  private final Weight weight;
  private final int from;
  private final Shape shape;

  WeightView(String name, Weight weight, int from, int columns) {
    this.name = name;
    this.weight = weight;
    this.from = from;
    this.shape = weight.shape().with(-1, columns);
  }

  /** The name: {@code kernel_c}. */
  public String name() {
    return name;
  }

  /** The shape: the weight's, with fewer columns. */
  public Shape shape() {
    return shape;
  }

  /** A copy of the values now. */
  public Tensor value() {
    Tensor all = weight.value();
    Tensor part = Tensor.zeros(shape);
    copy(all.data(), all.shape().last(), from, part.data(), shape.last(), 0);
    return part;
  }

  /**
   * Sets these columns of the weight.
   *
   * @throws IllegalArgumentException if the shape is another
   */
  public void assign(Tensor value) {
    if (!value.shape().equals(shape)) {
      throw new IllegalArgumentException(
          name + ": expected shape " + shape + ", got " + value.shape());
    }
    Tensor all = weight.value();
    copy(value.data(), shape.last(), 0, all.data(), all.shape().last(), from);
    weight.assign(all);
  }

  private void copy(
      float[] source, int sourceWidth, int sourceAt, float[] target, int targetWidth, int at) {
    int rows = shape.size() / shape.last();
    for (int r = 0; r < rows; r++) {
      System.arraycopy(
          source, r * sourceWidth + sourceAt, target, r * targetWidth + at, shape.last());
    }
  }

  @Override
  public String toString() {
    return name + " " + shape;
  }
}
