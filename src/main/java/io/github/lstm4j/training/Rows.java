package io.github.lstm4j.training;

import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

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

  /** A copy, which has its array for itself. */
  Rows copy() {
    return new Rows(Arrays.copyOfRange(data, from, from + size()), 0, shape);
  }

  /** A copy of one sample. */
  Rows row(int number) {
    int width = size() / shape.dim(0);
    int at = from + number * width;
    return new Rows(Arrays.copyOfRange(data, at, at + width), 0, shape.with(0, 1));
  }

  /** A copy of some timesteps, which are the second axis. */
  Rows timesteps(int first, int count) {
    int step = size() / shape.dim(0) / shape.dim(1);
    float[] some = new float[shape.dim(0) * count * step];
    for (int i = 0; i < shape.dim(0); i++) {
      int at = from + (i * shape.dim(1) + first) * step;
      System.arraycopy(data, at, some, i * count * step, count * step);
    }
    return new Rows(some, 0, shape.with(1, count));
  }

  /** All of them behind each other; those with a shorter second axis get zeros at its end. */
  static Rows join(List<Rows> all) {
    Shape widest = all.get(0).shape;
    int samples = 0;
    for (Rows rows : all) {
      Shape shape = rows.shape;
      if (shape.rank() > 1 && shape.rank() == widest.rank() && shape.dim(1) > widest.dim(1)) {
        widest = widest.with(1, shape.dim(1));
      }
      samples += shape.dim(0);
    }
    Shape sample = widest.with(0, 1);
    float[] joined = new float[samples * sample.size()];
    int to = 0;
    for (Rows rows : all) {
      Shape shape = rows.shape.with(0, 1);
      boolean fits =
          shape.rank() == sample.rank()
              && (shape.rank() < 2 || shape.with(1, sample.dim(1)).equals(sample));
      if (!fits) {
        throw new IllegalArgumentException(
            "samples of one batch may differ in the number of timesteps alone; got "
                + shape
                + " beside "
                + sample);
      }
      for (int i = 0; i < rows.shape.dim(0); i++, to += sample.size()) {
        System.arraycopy(rows.data, rows.from + i * shape.size(), joined, to, shape.size());
      }
    }
    return new Rows(joined, 0, widest.with(0, samples));
  }
}
