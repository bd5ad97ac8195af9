package io.github.lstm4j.tensor;

/** What the elements of a value or a buffer are. */
public enum DType {
  /** A 32-bit floating-point number, IEEE 754. */
  FLOAT32(4);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** The number of bytes of an element. */
  public int bytes() {
    return bytes;
  }

  /** The number of bytes of so many elements. */
  public long bytes(long elements) {
    return bytes * elements;
  }
}
