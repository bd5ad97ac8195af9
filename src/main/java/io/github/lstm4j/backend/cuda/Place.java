package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.Value;

/**
 * Where an operand lies: some floats after the beginning of a value, or of a stream's scratch
 * memory.
 *
 * @param value the value, or null for scratch
 * @param stream whose scratch memory; {@link #STATUS} is memory that nothing else uses
 * @param offset in floats
 */
record Place(Value value, int stream, long offset) {
  /** What stands for a stream where launches that wait say whether they gave up. */
  static final int STATUS = 2;

  static Place of(Value value) {
    return of(value, 0);
  }

  static Place of(Value value, long offset) {
    return value == null ? null : new Place(value, 0, offset);
  }

  static Place scratch(int stream) {
    return new Place(null, stream, 0);
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
    String name = value != null ? value.name() : stream == STATUS ? "status" : "scratch";
    return offset == 0 ? name : name + "+" + offset;
  }
}
