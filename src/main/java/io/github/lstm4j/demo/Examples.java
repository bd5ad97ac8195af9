package io.github.lstm4j.demo;

import java.util.Locale;

/** The examples that there are. */
public enum Examples {
  /** {@link Pollution}. */
  POLLUTION,
  /** {@link Text}. */
  TEXT,
  /** {@link Addition}. */
  ADDITION,
  /** {@link Faults}. */
  FAULTS;

  /**
   * The example.
   *
   * @param seed weights, shuffles and made-up data follow from it
   * @param small less of everything: seconds, and a lesser result
   */
  public Example of(long seed, boolean small) {
    return switch (this) {
      case POLLUTION -> new Pollution(seed, small);
      case TEXT -> new Text(seed, small);
      case ADDITION -> new Addition(seed, small);
      case FAULTS -> new Faults(seed, small);
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
