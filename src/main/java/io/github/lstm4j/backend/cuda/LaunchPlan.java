package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.Program;
import java.util.List;
import java.util.Locale;

/**
 * A program as what a CUDA device is given to do: kernels, matrix products, copies, in order, in
 * one or two streams. Made and printed without a device.
 *
 * @param program what was compiled
 * @param work in order
 * @param streams 1 or 2
 * @param scratch floats of scratch memory that each stream needs
 */
record LaunchPlan(Program program, List<Work> work, int streams, List<Long> scratch) {
  LaunchPlan {
    work = List.copyOf(work);
    scratch = List.copyOf(scratch);
  }

  /** How many kernels. */
  long kernels() {
    return work.stream().filter(Work.Kernel.class::isInstance).count();
  }

  /** How many matrix products. */
  long products() {
    return work.stream().filter(Work.Product.class::isInstance).count();
  }

  /** Multiplications and additions of the matrix products. */
  double flops() {
    return work.stream().mapToDouble(w -> w instanceof Work.Product p ? p.flops() : 0).sum();
  }

  /**
   * The listing: totals, then a line for each piece of work. Steps of a sequence that repeat one
   * another in all but their addresses are shown once.
   */
  @Override
  public String toString() {
    StringBuilder s = new StringBuilder();
    s.append(
        String.format(
            Locale.ROOT,
            "launch plan of %s: %d kernels, %d matrix products, %.4g GFLOP in products, arena"
                + " %.1f MiB, %d stream%s%n",
            program.name(),
            kernels(),
            products(),
            flops() * 1e-9,
            (program.arenaSize() + scratch.get(0) + scratch.get(1)) * 4.0 / (1 << 20),
            streams,
            streams == 1 ? "" : "s"));
    int i = 0;
    while (i < work.size()) {
      int period = period(i);
      int repeats = 1;
      while (period > 0 && same(i, i + repeats * period, period)) {
        repeats++;
      }
      int length = repeats > 2 ? period : 1;
      if (repeats > 2) {
        s.append(String.format(Locale.ROOT, "  %d times:%n", repeats));
      }
      for (int k = i; k < i + length; k++) {
        s.append(
            String.format(
                Locale.ROOT,
                "%s%5d  %s%s%n",
                repeats > 2 ? "  " : "",
                k,
                streams == 1 ? "" : "[" + work.get(k).stream() + "] ",
                work.get(k).describe()));
      }
      i += repeats > 2 ? repeats * period : 1;
    }
    return s.toString();
  }

  /** The smallest number of pieces after which the work at {@code i} repeats, or 0. */
  private int period(int i) {
    for (int p = 1; p <= 8; p++) {
      if (same(i, i + p, p) && same(i, i + 2 * p, p)) {
        return p;
      }
    }
    return 0;
  }

  private boolean same(int a, int b, int length) {
    if (b + length > work.size()) {
      return false;
    }
    for (int k = 0; k < length; k++) {
      if (!kind(work.get(a + k)).equals(kind(work.get(b + k)))) {
        return false;
      }
    }
    return true;
  }

  /** A piece of work without its addresses. */
  private static String kind(Work w) {
    String text = w.describe().replaceAll("\\+\\d+", "");
    return w.stream() + text.replaceAll(" {2}.*", w instanceof Work.Product ? "" : " ");
  }
}
