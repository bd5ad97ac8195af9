package io.github.lstm4j.report;

/** The least and the greatest of the values that are numbers. */
final class Range {
  double least = Double.POSITIVE_INFINITY;
  double most = Double.NEGATIVE_INFINITY;

  Range add(double... values) {
    for (double v : values) {
      if (Double.isFinite(v)) {
        least = Math.min(least, v);
        most = Math.max(most, v);
      }
    }
    return this;
  }

  boolean isEmpty() {
    return least > most;
  }
}
