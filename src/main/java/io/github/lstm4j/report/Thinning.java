package io.github.lstm4j.report;

import java.util.Arrays;

/** Which of very many points are drawn: the lowest and the highest of each stretch, and gaps. */
final class Thinning {
  /** Lines of fewer points are drawn whole. */
  static final int MANY = 4000;

  private static final int STRETCHES = 1500;

  private Thinning() {}

  /** The numbers of the points to draw, ascending. */
  static int[] of(double[] values) {
    int n = values.length;
    int[] chosen = new int[n];
    if (n <= MANY) {
      Arrays.setAll(chosen, i -> i);
      return chosen;
    }
    int count = 0;
    for (int s = 0; s < STRETCHES; s++) {
      int from = (int) ((long) s * n / STRETCHES);
      int to = (int) ((long) (s + 1) * n / STRETCHES);
      int low = -1;
      int high = -1;
      int gap = -1;
      for (int i = from; i < to; i++) {
        if (!Double.isFinite(values[i])) {
          gap = gap < 0 ? i : gap;
        } else {
          low = low < 0 || values[i] < values[low] ? i : low;
          high = high < 0 || values[i] > values[high] ? i : high;
        }
      }
      int[] some = {low, high, gap};
      Arrays.sort(some);
      for (int i : some) {
        if (i >= 0 && (count == 0 || chosen[count - 1] != i)) {
          chosen[count++] = i;
        }
      }
    }
    return Arrays.copyOf(chosen, count);
  }
}
