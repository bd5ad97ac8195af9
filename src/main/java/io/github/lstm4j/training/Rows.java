package io.github.lstm4j.training;

import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;

/** Some samples of one tensor, as they lie in an array. */
final class Rows {
  private final float[] data;
  private final int from;
  private final Shape shape;

  /**
   * @param data the array
   * @param from the index of the first element
   * @param shape with the number of samples first
   */
  Rows(float[] data, int from, Shape shape) {
    this.data = data;
    this.from = from;
    this.shape = shape;
  }

  static Rows of(Tensor t) {
    return new Rows(t.data(), 0, t.shape());
  }

  float[] data() {
    return data;
  }

  int from() {
    return from;
  }

  Shape shape() {
    return shape;
  }

  int size() {
    return shape.size();
  }
}
