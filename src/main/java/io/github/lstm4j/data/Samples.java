package io.github.lstm4j.data;

import io.github.lstm4j.tensor.Tensor;

/**
 * Inputs and targets of as many samples.
 *
 * @param x inputs, {@code (N, …)}
 * @param y targets, {@code (N, …)}
 */
public record Samples(Tensor x, Tensor y) {
  /** Checks that there are as many inputs as targets. */
  public Samples {
    if (x.dim(0) != y.dim(0)) {
      throw new IllegalArgumentException(
          "as many inputs as targets are needed: x " + x.shape() + ", y " + y.shape());
    }
  }

  /** The number of samples. */
  public int size() {
    return x.dim(0);
  }
}
