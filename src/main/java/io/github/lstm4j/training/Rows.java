package io.github.lstm4j.training;

import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;

/**
 * Some samples of one tensor, as they lie in an array.
 *
 * @param data the array
 * @param from the index of the first element
 * @param shape with the number of samples first
 */
record Rows(float[] data, int from, Shape shape) {
  static Rows of(Tensor t) {
    return new Rows(t.data(), 0, t.shape());
  }

  int size() {
    return shape.size();
  }
}
