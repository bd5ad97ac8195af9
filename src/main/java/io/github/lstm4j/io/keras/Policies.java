package io.github.lstm4j.io.keras;

import io.github.lstm4j.io.Printable;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What files say of the numbers that a layer computes in. */
final class Policies {
  private static final Logger LOG = LoggerFactory.getLogger(Policies.class);

  /** Numbers that a layer may compute in elsewhere; here it is float32 that all have. */
  private static final Set<String> POLICIES =
      Set.of("float16", "bfloat16", "float32", "float64", "mixed_float16", "mixed_bfloat16");

  private Policies() {}

  /**
   * Checks a policy for numbers, {@code "mixed_float16"} or a DTypePolicy of that name, and warns
   * of one that is not float32's.
   *
   * @param label names whose it is
   * @throws IllegalArgumentException if it is none that computes nearly as float32 does
   */
  static void check(String label, Object found) {
    Object name =
        found instanceof Map<?, ?> m && m.get("config") instanceof Map<?, ?> config
            ? config.get("name")
            : found;
    if (found != null && !(name instanceof String && POLICIES.contains(name))) {
      throw new IllegalArgumentException(
          label + "dtype=" + found + " is not supported; expected one of " + POLICIES);
    }
    if (found != null && !name.equals("float32")) {
      LOG.warn("{}dtype={}: here it computes in float32", Printable.text(label), name);
    }
  }
}
