package io.github.lstm4j.backend.cuda.sim;

import java.util.List;

/** How an access to memory is ordered among those of other blocks. */
enum Ordering {
  /** Not at all, and what others do to the word at the same time is a race. */
  WEAK,
  /** Not at all, but it is no race: relaxed, volatile, or of a scope within the block. */
  RELAXED,
  ACQUIRE,
  RELEASE,
  BOTH;

  /** What the modifiers of a load, store or atomic say. */
  static Ordering of(List<String> modifiers) {
    boolean strong =
        modifiers.contains("volatile")
            || modifiers.contains("relaxed")
            || modifiers.contains("acquire")
            || modifiers.contains("release")
            || modifiers.contains("acq_rel");
    if (!strong) {
      return WEAK;
    } else if (modifiers.contains("cta")) {
      return RELAXED;
    } else if (modifiers.contains("acq_rel")) {
      return BOTH;
    }
    return modifiers.contains("acquire")
        ? ACQUIRE
        : modifiers.contains("release") ? RELEASE : RELAXED;
  }

  boolean acquires() {
    return this == ACQUIRE || this == BOTH;
  }

  boolean releases() {
    return this == RELEASE || this == BOTH;
  }
}
