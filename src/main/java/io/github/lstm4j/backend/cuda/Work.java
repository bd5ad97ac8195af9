package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import io.github.lstm4j.graph.RowLayout;
import io.github.lstm4j.graph.Strided;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * One thing that a launch plan gives the device to do. Operands are {@link Place}s, so that a plan
 * can be made and read without a device.
 */
sealed interface Work {
  /** Which of the plan's streams it runs in. */
  int stream();

  /** One line of a listing. */
  String describe();

  /** The same at the beginnings of its operands: what the steps of a sequence have in common. */
  Work pattern();

  /**
   * A pointer to a table in the device's memory, of 64-bit words: {@link Place}s whose addresses it
   * holds, null for a null pointer, or Long.
   */
  record Table(List<Object> words) {
    /** Keeps a copy. */
    public Table {
      words = Collections.unmodifiableList(new ArrayList<>(words)); // may hold null
    }

    /** What it takes of memory. */
    long bytes() {
      return 8L * words.size();
    }

    @Override
    public String toString() {
      return words.stream()
          .filter(Place.class::isInstance)
          .map(Object::toString)
          .collect(Collectors.joining(", ", "[", "]"));
    }
  }

  /**
   * A kernel. Arguments are {@link Place}, {@link Table}, null (a null pointer), Integer or Float.
   */
  record Kernel(
      int stream, String module, String entry, LaunchConfig config, List<Object> arguments)
      implements Work {
    @Override
    public String describe() {
      return String.format(
          Locale.ROOT,
          "%-22s %-56s  %s",
          entry,
          config,
          arguments.stream()
              .filter(a -> a instanceof Place || a instanceof Table)
              .map(Object::toString)
              .collect(Collectors.joining(", ")));
    }

    @Override
    public Kernel pattern() {
      return new Kernel(
          stream,
          module,
          entry,
          config,
          arguments.stream().map(a -> a instanceof Place p ? p.start() : a).toList());
    }
  }

  /** A matrix product, in cuBLAS's column-major terms; pointers are places. */
  record Product(
      int stream,
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      Place a,
      int lda,
      long strideA,
      Place b,
      int ldb,
      long strideB,
      float beta,
      Place c,
      int ldc,
      long strideC,
      int batch)
      implements Work {
    /** Multiplications and additions. */
    double flops() {
      return 2.0 * m * n * k * batch;
    }

    /** Bytes of the operands, each counted once, and the result twice if it is added to. */
    double bytes() {
      return 4.0 * batch * ((double) n * k + (double) k * m + (1 + beta) * n * m);
    }

    /** In row-major terms: the operands change places, and what is (m,n) to cuBLAS is (n,m). */
    @Override
    public String describe() {
      return String.format(
          Locale.ROOT,
          "%-22s %-32s %9.3g MFLOP %9.3g KiB  %s%s · %s%s %s %s",
          "gemm",
          String.format(
              Locale.ROOT, "%s(%d,%d)·(%d,%d)", batch == 1 ? "" : batch + " of ", n, k, k, m),
          flops() * 1e-6,
          bytes() / 1024,
          b,
          transposeB ? "ᵀ" : "",
          a,
          transposeA ? "ᵀ" : "",
          beta == 0 ? "->" : "+->",
          c);
    }

    @Override
    public Product pattern() {
      return new Product(
          stream,
          transposeA,
          transposeB,
          m,
          n,
          k,
          a.start(),
          lda,
          strideA,
          b.start(),
          ldb,
          strideB,
          beta,
          c.start(),
          ldc,
          strideC,
          batch);
    }
  }

  /** A copy within the device. */
  record Copy(int stream, Place from, Place to, long floats) implements Work {
    @Override
    public String describe() {
      return String.format(
          Locale.ROOT, "%-22s %-56s  %s -> %s", "copy", floats + " floats", from, to);
    }

    @Override
    public Copy pattern() {
      return new Copy(stream, from.start(), to.start(), floats);
    }
  }

  /** Zeros. */
  record Zero(int stream, Place to, long floats) implements Work {
    @Override
    public String describe() {
      return String.format(Locale.ROOT, "%-22s %-56s  %s", "zero", floats + " floats", to);
    }

    @Override
    public Zero pattern() {
      return new Zero(stream, to.start(), floats);
    }
  }

  /** What follows in {@code stream} waits for all that came before in {@code awaited}. */
  record Wait(int stream, int awaited) implements Work {
    @Override
    public String describe() {
      return String.format(Locale.ROOT, "%-22s for stream %d", "wait", awaited);
    }

    @Override
    public Wait pattern() {
      return this;
    }
  }

  /**
   * Kernel arguments as a list that may hold null; activations, layouts and walks are what makes
   * them up.
   */
  static List<Object> arguments(Object... values) {
    List<Object> list = new ArrayList<>();
    for (Object v : values) {
      if (v instanceof Activation a) {
        list.add(a.kind().ordinal());
        list.add((float) a.alpha());
        list.add((float) a.beta());
        list.add((float) a.gamma());
      } else if (v instanceof RowLayout l) {
        list.addAll(List.of(l.count(), l.columns(), l.stride(), l.inner(), l.outer(), l.step()));
      } else if (v instanceof Strided walk) {
        add(list, walk);
      } else {
        list.add(v);
      }
    }
    return list;
  }

  /** The lengths of axes 1 to 3, 1 for those that are not there, and the strides of 0 to 3. */
  private static void add(List<Object> list, Strided walk) {
    int axes = walk.axes();
    if (axes > 4) {
      throw new IllegalStateException("kernels walk along 4 axes, not " + walk);
    }
    for (int axis = 1; axis < 4; axis++) {
      list.add(axis < axes ? walk.dims().get(axis) : 1);
    }
    for (int axis = 0; axis < 4; axis++) {
      list.add(axis < axes ? walk.strides().get(axis) : 0);
    }
  }
}
