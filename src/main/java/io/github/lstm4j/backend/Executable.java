package io.github.lstm4j.backend;

import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;

/** A program bound to memory, ready to run. */
public interface Executable extends AutoCloseable {
  /** The program. */
  Program program();

  /** The bytes of the backend's memory that it holds until it is closed; variables are not its. */
  long bytes();

  /**
   * Sets an input. A {@link Value#timeMajor()} one is given as (B,T,…), as users have it, and
   * transposed on its way.
   *
   * @param source the elements begin at {@code from}
   */
  void write(Value input, float[] source, int from);

  /**
   * Sets an input from samples that are {@linkplain Backend#near near}.
   *
   * @param samples (samples, …), each as {@link #write} takes it
   * @param order which of them, from {@code first} on; must not change afterwards. Null: one after
   *     the other
   * @param first where the input begins in the order, or without one which sample is its first
   */
  default void gather(Value input, Buffer samples, int[] order, int first) {
    throw new UnsupportedOperationException("data is kept where room() says that there is some");
  }

  /** Runs all ops once. The work may still be under way when this returns; {@link #read} waits. */
  void run();

  /** Waits until the work of {@link #run} is done. */
  void await();

  /**
   * Gets a kept value after a run, transposed to (B,T,…) if it is time-major.
   *
   * @param target the elements go to {@code to} and on
   */
  void read(Value value, float[] target, int to);

  /**
   * Begins to get a kept value of the last run: what is begun is not disturbed by a next run, which
   * so need not wait for it.
   *
   * @param target as in {@link #read}; to be looked at when the end was run
   * @return waits for the end
   */
  default Runnable fetch(Value value, float[] target, int to) {
    read(value, target, to);
    return () -> {};
  }

  /** Frees the arena. Closing twice does nothing. */
  @Override
  void close();
}
