package io.github.lstm4j.backend;

import io.github.lstm4j.tensor.DType;

/** Memory of a backend that outlives runs: the elements of one variable. */
public interface Buffer extends AutoCloseable {
  /** What its elements are. */
  DType dtype();

  /** The number of elements. */
  int size();

  /** Sets all, from the first {@link #size()} elements of {@code source}. */
  void write(float[] source);

  /** Gets all, into the first {@link #size()} elements of {@code target}. */
  void read(float[] target);

  /** Frees it. Closing twice does nothing. */
  @Override
  void close();
}
