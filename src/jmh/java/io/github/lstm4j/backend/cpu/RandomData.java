package io.github.lstm4j.backend.cpu;

import java.util.Random;

/** What the benchmarks compute with; the time does not depend on the values. */
public final class RandomData {
  private RandomData() {}

  /** Normally distributed values around 0, the same ones every time. */
  public static float[] gaussian(int n, float deviation) {
    Random random = new Random(n);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian() * deviation;
    }
    return values;
  }
}
