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

  /** Frees the arena. Closing twice does nothing. */
  @Override
  void close();
}
