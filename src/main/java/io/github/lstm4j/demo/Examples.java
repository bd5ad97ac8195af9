package io.github.lstm4j.demo;

import java.util.Locale;
import java.util.function.BiFunction;

/** The examples that there are. */
public enum Examples {
  /** {@link Pollution}. */
  POLLUTION(Pollution::new),
  /** {@link Text}. */
  TEXT(Text::new),
  /** {@link Addition}. */
  ADDITION(Addition::new),
  /** {@link Faults}. */
  FAULTS(Faults::new);

  private final BiFunction<Long, Boolean, Example> make;

  Examples(BiFunction<Long, Boolean, Example> make) {
    this.make = make;
  }

  /**
   * The example.
   *
   * @param seed weights, shuffles and made-up data follow from it
   * @param small less of everything: seconds, and a lesser result
   */
  public Example of(long seed, boolean small) {
    return make.apply(seed, small);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
