package io.github.lstm4j.equivalence;

import java.util.Random;

/** How the elements of an input are drawn. */
interface Fill {
  /** Element {@code i}. */
  float next(Random random, int i);

  /** Whether NaN can stand for any element: not in class numbers, masks and the like. */
  default boolean poisonable() {
    return false;
  }

  /** Normally distributed. */
  static Fill normal(double scale) {
    return real((random, i) -> (float) (scale * random.nextGaussian()));
  }

  /** Uniform in [low, high). */
  static Fill uniform(double low, double high) {
    return real((random, i) -> (float) (low + (high - low) * random.nextDouble()));
  }

  /** Whole numbers in [0, bound). */
  static Fill whole(int bound) {
    return (random, i) -> random.nextInt(bound);
  }

  /** These, in this order. */
  static Fill of(float... values) {
    return (random, i) -> values[i];
  }

  private static Fill real(Fill fill) {
    return new Fill() {
      @Override
      public float next(Random random, int i) {
        return fill.next(random, i);
      }

      @Override
      public boolean poisonable() {
        return true;
      }
    };
  }
}
