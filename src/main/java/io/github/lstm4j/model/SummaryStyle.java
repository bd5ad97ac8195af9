package io.github.lstm4j.model;

import io.github.lstm4j.names.Names;
import java.util.List;

/** Whose table {@code summary()} prints. */
public enum SummaryStyle {
  /** Keras 2.0.0 to 2.0.2, as in the well-known question: {@code Total params: 12.0}. */
  KERAS_2_0,
  /** tf.keras 2.13 to 2.15. */
  TF_KERAS_2_15,
  /** Keras 3, on a terminal of 80 columns. */
  KERAS_3;

  /**
   * The style of that name: {@code 2.0}, {@code 2.15} or {@code 3}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static SummaryStyle of(String version) {
    return switch (version) {
      case "2.0" -> KERAS_2_0;
      case "2.15" -> TF_KERAS_2_15;
      case "3" -> KERAS_3;
      default -> throw Names.unknown("summary style", version, List.of("2.0", "2.15", "3"));
    };
  }
}
