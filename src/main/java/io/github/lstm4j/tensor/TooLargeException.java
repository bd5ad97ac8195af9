package io.github.lstm4j.tensor;

/**
 * Something has more elements than an array can have, or more bytes than there is memory: says
 * which layer or program, the shape, the bytes that it needs and what there is.
 */
public final class TooLargeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** Says that. */
  public TooLargeException(String message) {
    super(message);
  }

  TooLargeException(String message, OutOfMemoryError cause) {
    super(message, cause);
  }

  /** The same of a part of {@code owner}, a layer or a weight. */
  public TooLargeException of(String owner) {
    TooLargeException e = new TooLargeException(owner + ": " + getMessage());
    e.initCause(this);
    return e;
  }
}
