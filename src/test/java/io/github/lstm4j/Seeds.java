package io.github.lstm4j;

import java.util.stream.LongStream;

/**
 * Seeds for tests of a property over random inputs: the same each time, so that failures repeat.
 */
public final class Seeds {
  private Seeds() {}

  /** For {@code @MethodSource}. */
  public static LongStream seeds() {
    return LongStream.range(0, 100);
  }
}
