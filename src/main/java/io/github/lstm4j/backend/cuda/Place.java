package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.Value;

/**
 * Where an operand lies: some floats after the beginning of a value, of a stream's scratch memory,
 * or of what inputs come through.
 *
 * @param value the value, or null for what is none
 * @param stream whose scratch memory; {@link #STATUS} is memory that nothing else uses, -1 {@link
 *     Feed}'s block
 * @param offset in floats
 */
record Place(Value value, int stream, long offset) {
  /** What stands for a stream where launches that wait say whether they gave up. */
  static final int STATUS = 2;

  private static final int FEED = -1;

  static Place of(Value value) {
    return of(value, 0);
  }

  static Place of(Value value, long offset) {
    return value == null ? null : new Place(value, 0, offset);
  }

  static Place scratch(int stream) {
    return new Place(null, stream, 0);
  }

  /** The source of an input within {@link Feed}'s block. */
  static Place source(int number) {
    return new Place(null, FEED, (long) number * Feed.sourceFloats());
  }

  /** Whether it lies in {@link Feed}'s block. */
  boolean isOfFeed() {
    return stream == FEED;
  }

  Place plus(long floats) {
    return new Place(value, stream, offset + floats);
  }

  /** The beginning of its value. */
  Place start() {
    return new Place(value, stream, 0);
  }

  @Override
  public String toString() {
    String other = isOfFeed() ? "feed" : stream == STATUS ? "status" : "scratch";
    String name = value != null ? value.name() : other;
    return offset == 0 ? name : name + "+" + offset;
  }
}
