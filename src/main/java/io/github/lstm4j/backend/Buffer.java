package io.github.lstm4j.backend;

/** Memory of a backend that outlives runs: the floats of one variable. */
public interface Buffer extends AutoCloseable {
  /** The number of floats. */
  int size();

  /** Sets all, from the first {@link #size()} elements of {@code source}. */
  void write(float[] source);

  /** Gets all, into the first {@link #size()} elements of {@code target}. */
  void read(float[] target);

  /** Frees it. Closing twice does nothing. */
  @Override
  void close();
}
