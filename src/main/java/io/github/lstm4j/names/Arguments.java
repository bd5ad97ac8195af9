package io.github.lstm4j.names;

/** What to say to somebody who gives null. */
public final class Arguments {
  private Arguments() {}

  /**
   * What was given.
   *
   * @param expected what it should be: {@code "a tensor of inputs"}
   * @throws IllegalArgumentException if it is null
   */
  public static <T> T given(String expected, T value) {
    if (value == null) {
      throw new IllegalArgumentException("expected " + expected + ", got null");
    }
    return value;
  }
}
