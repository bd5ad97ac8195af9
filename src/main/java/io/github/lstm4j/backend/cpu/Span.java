package io.github.lstm4j.backend.cpu;

import java.util.Arrays;

/** Where a value lies: a part of the arena, or of a variable's buffer. */
final class Span {
  private final float[] values;
  private final int at;
  private final int size;

  Span(float[] values, int at, int size) {
    this.values = values;
    this.at = at;
    this.size = size;
  }

  /** The array it is a part of. */
  float[] values() {
    return values;
  }

  /** The index of its first element. */
  int at() {
    return at;
  }

  /** The number of its elements. */
  int size() {
    return size;
  }

  float get(int index) {
    return values[at + index];
  }

  void set(int index, float value) {
    values[at + index] = value;
  }

  void fill(float value) {
    Arrays.fill(values, at, at + size, value);
  }

  void fill(int from, int length, float value) {
    Arrays.fill(values, at + from, at + from + length, value);
  }

  /** Copies all of {@code from}, which is at most as large, to the beginning of this. */
  void copy(Span from) {
    System.arraycopy(from.values, from.at, values, at, from.size);
  }

  /**
   * Copies {@code length} elements of {@code from}, from its index {@code fromAt} on, to {@code
   * at}.
   */
  void copy(int to, Span from, int fromAt, int length) {
    System.arraycopy(from.values, from.at + fromAt, values, at + to, length);
  }

  /** A part of this. */
  Span part(int from, int length) {
    return new Span(values, at + from, length);
  }
}
