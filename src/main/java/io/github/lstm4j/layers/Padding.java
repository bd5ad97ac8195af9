package io.github.lstm4j.layers;

/** What is done at the ends of a sequence that windows slide over. */
public enum Padding {
  /** Nothing: only whole windows, so that the result is shorter. */
  VALID,
  /** Zeros at both ends, so that there is a window for each stride. */
  SAME,
  /** Zeros before the beginning alone, so that no window sees what comes later. */
  CAUSAL
}
