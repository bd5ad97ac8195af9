package io.github.lstm4j.training;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.runtime.Binding;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Some samples of one tensor: as they lie in an array, or those of an order. */
final class Rows {
  private final float[] source;
  private final int[] order; // of the source's samples; null: as they lie
  private final int first; // in the order, else the index of the first element
  private final Shape shape;
  private final Scratch scratch;
  private float[] gathered; // null as long as nobody asked

  /** Memory for what is gathered from an order, which the next batch uses again. */
  static final class Scratch {
    private float[] floats = {};

    private float[] of(int size) {
      if (floats.length < size) {
        floats = new float[size];
      }
      return floats;
    }
  }

  /**
   * @param data the array
   * @param from the index of the first element
   * @param shape with the number of samples first
   */
  Rows(float[] data, int from, Shape shape) {
    this(data, null, from, shape, null);
  }

  /**
   * @param source the array
   * @param order which of its samples; does not change
   * @param first where the first one stands in the order
   * @param shape with the number of samples first
   * @param scratch as long as the batch is valid, for it alone
   */
  Rows(float[] source, int[] order, int first, Shape shape, Scratch scratch) {
    this.source = source;
    this.order = order;
    this.first = first;
    this.shape = shape;
    this.scratch = scratch;
  }

  static Rows of(Tensor t) {
    return new Rows(t.data(), 0, t.shape());
  }

  /** Where the samples lie one behind the other, from {@link #from} on. */
  float[] data() {
    if (order == null) {
      return source;
    }
    if (gathered == null) {
      gathered = scratch.of(size());
      int width = width();
      for (int i = 0; i < shape.dim(0); i++) {
        System.arraycopy(source, order[first + i] * width, gathered, i * width, width);
      }
    }
    return gathered;
  }

  int from() {
    return order == null ? first : 0;
  }

  /** The array that they are from. */
  float[] source() {
    return source;
  }

  /** Feeds them to an input: from a copy of their source where there is one. */
  void feed(Binding binding, Value input, Buffer copy) {
    if (copy == null) {
      binding.write(input, data(), from());
    } else {
      binding.gather(input, copy, order, order == null ? first / width() : first);
    }
  }

  private int width() {
    return shape.dim(0) == 0 ? 0 : size() / shape.dim(0);
  }

  Shape shape() {
    return shape;
  }

  int size() {
    return shape.size();
  }

  /** A copy, which has its array for itself. */
  Rows copy() {
    return new Rows(Arrays.copyOfRange(data(), from(), from() + size()), 0, shape);
  }

  /** A copy of one sample. */
  Rows row(int number) {
    int width = width();
    int at = from() + number * width;
    return new Rows(Arrays.copyOfRange(data(), at, at + width), 0, shape.with(0, 1));
  }

  /** The samples {@code begin} to {@code end − 1}. */
  Rows samples(int begin, int end) {
    Shape some = shape.with(0, end - begin);
    return order == null
        ? new Rows(source, first + begin * width(), some)
        : new Rows(source, order, first + begin, some, new Scratch());
  }

  /** A copy of some timesteps, which are the second axis. */
  Rows timesteps(int begin, int count) {
    int step = size() / shape.dim(0) / shape.dim(1);
    float[] some = new float[shape.dim(0) * count * step];
    for (int i = 0; i < shape.dim(0); i++) {
      int at = from() + (i * shape.dim(1) + begin) * step;
      System.arraycopy(data(), at, some, i * count * step, count * step);
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
        System.arraycopy(rows.data(), rows.from() + i * shape.size(), joined, to, shape.size());
      }
    }
    return new Rows(joined, 0, widest.with(0, samples));
  }
}
