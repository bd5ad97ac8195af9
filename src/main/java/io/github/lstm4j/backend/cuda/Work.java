package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import java.util.Arrays;
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

  /** A kernel. Arguments are {@link Place}, null (a null pointer), Integer or Float. */
  record Kernel(
      int stream, String module, String entry, Dim3 grid, Dim3 block, List<Object> arguments)
      implements Work {
    @Override
    public String describe() {
      return String.format(
          Locale.ROOT,
          "%-22s grid %-12s block %-9s %s",
          entry,
          grid,
          block,
          arguments.stream()
              .filter(Place.class::isInstance)
              .map(Object::toString)
              .collect(Collectors.joining(", ")));
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

    @Override
    public String describe() {
      return String.format(
          Locale.ROOT,
          "%-22s %s%s m=%d n=%d k=%d ld=%d,%d,%d beta=%.0f%s  %s, %s -> %s",
          "gemm",
          transposeA ? "T" : "N",
          transposeB ? "T" : "N",
          m,
          n,
          k,
          lda,
          ldb,
          ldc,
          beta,
          batch == 1 ? "" : " batch=" + batch,
          a,
          b,
          c);
    }
  }

  /** A copy within the device. */
  record Copy(int stream, Place from, Place to, long floats) implements Work {
    @Override
    public String describe() {
      return String.format(Locale.ROOT, "%-22s %d floats  %s -> %s", "copy", floats, from, to);
    }
  }

  /** Zeros. */
  record Zero(int stream, Place to, long floats) implements Work {
    @Override
    public String describe() {
      return String.format(Locale.ROOT, "%-22s %d floats  %s", "zero", floats, to);
    }
  }

  /** What follows in {@code stream} waits for all that came before in {@code awaited}. */
  record Wait(int stream, int awaited) implements Work {
    @Override
    public String describe() {
      return String.format(Locale.ROOT, "%-22s for stream %d", "wait", awaited);
    }
  }

  /** Kernel arguments as a list that may hold null. */
  static List<Object> arguments(Object... values) {
    return Arrays.asList(values);
  }
}
