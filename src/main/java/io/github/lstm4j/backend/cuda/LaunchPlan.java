package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A program as what a CUDA device is given to do: kernels, matrix products, copies, in order, in
 * one or two streams. Made and printed without a device.
 *
 * @param program what was compiled
 * @param target what for
 * @param options how
 * @param work in order
 * @param starts where in {@code work} each op of the program begins
 * @param persistent which pieces of work take a whole sequence
 * @param streams 1 or 2
 * @param scratch floats of scratch memory that each stream needs, and the status word, if any
 * @param routes how each recurrent op, forward or backward, gets from step to step
 */
record LaunchPlan(
    Program program,
    Target target,
    CudaOptions options,
    List<Work> work,
    List<Integer> starts,
    Set<Integer> persistent,
    int streams,
    List<Long> scratch,
    List<Route> routes) {
  /** The most pieces of work that a timestep takes. */
  private static final int LONGEST_STEP = 8;

  LaunchPlan {
    work = List.copyOf(work);
    starts = List.copyOf(starts);
    persistent = Set.copyOf(persistent);
    scratch = List.copyOf(scratch);
    routes = List.copyOf(routes);
  }

  /** Seconds that the launches which go through whole sequences are estimated to take. */
  double persistentSeconds() {
    return routes.stream().mapToDouble(Route::seconds).sum();
  }

  /** The op that a piece of work belongs to, by its place among those of the program. */
  int opOf(int piece) {
    int op = 0;
    while (op + 1 < starts.size() && starts.get(op + 1) <= piece) {
      op++;
    }
    return op;
  }

  /** How many kernels. */
  long kernels() {
    return work.stream().filter(Work.Kernel.class::isInstance).count();
  }

  /** How many matrix products. */
  long products() {
    return work.stream().filter(Work.Product.class::isInstance).count();
  }

  /** Bytes of device memory that a run needs besides the variables. */
  long bytes() {
    return program.arenaBytes()
        + 4 * scratch.stream().mapToLong(n -> n).sum()
        + tableBytes()
        + Feed.bytes(inputs());
  }

  /** The inputs that have elements, in the order of their sources. */
  List<Value> inputs() {
    return inputs(program);
  }

  /** Those of a program. */
  static List<Value> inputs(Program program) {
    return program.inputs().stream().filter(v -> v.size() > 0).toList();
  }

  private long tableBytes() {
    return work.stream()
        .filter(Work.Kernel.class::isInstance)
        .flatMap(w -> ((Work.Kernel) w).arguments().stream())
        .mapToLong(a -> a instanceof Work.Table t ? t.bytes() : 0)
        .sum();
  }

  /** All that a run starts: kernels, products, copies and fills. */
  long launches() {
    return work.stream().filter(w -> !(w instanceof Work.Wait)).count();
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
            "launch plan of %s: %d launches: %d kernels, %d matrix products of %.4g GFLOP,"
                + " %d copies and fills; %d stream%s%n"
                + "  memory: %,d bytes of variables, %,d for a run; input of a run: %,d bytes%n",
            program.name(),
            launches(),
            kernels(),
            products(),
            flops() * 1e-9,
            launches() - kernels() - products(),
            streams,
            streams == 1 ? "" : "s",
            bytes(program.variables()),
            bytes(),
            bytes(program.inputs())));
    routes.stream().map(Route::text).distinct().forEach(t -> s.append("  ").append(t).append("\n"));
    List<Work> patterns = work.stream().map(Work::pattern).toList();
    int i = 0;
    while (i < work.size()) {
      int period = period(patterns, i);
      int repeats = 1;
      while (period > 0 && same(patterns, i, i + repeats * period, period)) {
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

  private static long bytes(Collection<Value> values) {
    return values.stream().mapToLong(Value::bytes).sum();
  }

  /** The smallest number of pieces after which the work at {@code i} repeats twice, or 0. */
  private static int period(List<Work> patterns, int i) {
    for (int p = 1; p <= LONGEST_STEP; p++) {
      if (same(patterns, i, i + p, p) && same(patterns, i, i + 2 * p, p)) {
        return p;
      }
    }
    return 0;
  }

  private static boolean same(List<Work> patterns, int a, int b, int length) {
    return b + length <= patterns.size()
        && patterns.subList(a, a + length).equals(patterns.subList(b, b + length));
  }
}
