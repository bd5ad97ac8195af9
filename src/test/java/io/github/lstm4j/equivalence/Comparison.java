package io.github.lstm4j.equivalence;

import io.github.lstm4j.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Compares a backend's results with the oracle's. An element may differ by {@code tolerance ·
 * (|reference| + largest |reference| of its tensor) + absolute}.
 */
final class Comparison {
  private static final int PRINTED = 5;

  private final List<String> failures = new ArrayList<>();
  private int failed;
  private double largest;
  private double largestAbsolute;

  Comparison(Scene scene, Map<String, double[]> reference, Map<String, double[]> actual) {
    Map<String, Value> values = new HashMap<>();
    for (Value v : scene.compared) {
      for (int run = 0; run < scene.runs; run++) {
        values.put(Runs.key(v, run), v);
      }
    }
    reference.forEach(
        (name, ref) ->
            compare(scene, name, ref, actual.get(name), scene.open.get(values.get(name))));
    BothWays.differs(largest);
  }

  private void compare(Scene scene, String name, double[] ref, double[] actual, boolean[] open) {
    double scale = 0;
    for (int i = 0; i < ref.length; i++) {
      scale = open != null && open[i] ? scale : Math.max(scale, Math.abs(ref[i]));
    }
    for (int i = 0; i < ref.length; i++) {
      if (open != null && open[i]) {
        continue;
      }
      double difference = Math.abs(actual[i] - ref[i]);
      largestAbsolute = Math.max(largestAbsolute, difference);
      largest =
          Math.max(largest, (difference - scene.absolute) / (scale + Math.abs(ref[i]) + 1e-300));
      // NaN on either side is a failure too
      if (!(difference <= scene.tolerance * (scale + Math.abs(ref[i])) + scene.absolute)) {
        failed++;
        if (failures.size() < PRINTED) {
          failures.add(
              String.format(
                  Locale.ROOT,
                  "%s, element %d of %d: expected %.9g, got %.9g, difference %.3g (largest %.3g)",
                  name,
                  i,
                  ref.length,
                  ref[i],
                  actual[i],
                  difference,
                  scale));
        }
      }
    }
  }

  boolean passed() {
    return failed == 0;
  }

  /** The largest difference in parts of {@code |reference| + largest |reference|}. */
  double largest() {
    return largest;
  }

  /** The largest difference. */
  double largestAbsolute() {
    return largestAbsolute;
  }

  /** How many elements differ, and the first few of them. */
  String report() {
    return failed + " elements differ; the first:\n  " + String.join("\n  ", failures);
  }
}
