package io.github.lstm4j.golden;

import io.github.lstm4j.equivalence.BothWays;
import io.github.lstm4j.tensor.Tensor;
import java.util.Locale;

/** Compares tensors, and on failure shows the first five differences and the largest. */
public final class Close {
  private Close() {}

  /** Fails unless every element differs by at most {@code atol + rtol·|want|}, shapes equal. */
  public static void assertClose(String what, Tensor want, Tensor got, double atol, double rtol) {
    if (!want.shape().equals(got.shape())) {
      throw new AssertionError(what + ": expected shape " + want.shape() + ", got " + got.shape());
    }
    StringBuilder first = new StringBuilder();
    int wrong = 0;
    double largest = 0;
    double scale = 0;
    for (float w : want.data()) {
      scale = Math.max(scale, Math.abs(w));
    }
    for (int i = 0; i < want.size(); i++) {
      double w = want.data()[i];
      double g = got.data()[i];
      double difference = Math.abs(w - g);
      BothWays.differs((difference - 1e-7) / (scale + Math.abs(w) + 1e-300));
      if (!(difference <= atol + rtol * Math.abs(w))) {
        if (wrong++ < 5) {
          first.append(String.format(Locale.ROOT, "%n  [%d] expected %.8g, got %.8g", i, w, g));
        }
        largest = Math.max(largest, difference);
      }
    }
    if (wrong > 0) {
      throw new AssertionError(
          what
              + ": "
              + wrong
              + " of "
              + want.size()
              + " elements differ, at most by "
              + largest
              + first);
    }
  }
}
