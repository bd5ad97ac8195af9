package io.github.lstm4j.backend.cuda.sim;

import io.github.lstm4j.backend.cuda.CudaDriver.Gemm;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import java.util.Arrays;
import java.util.Locale;

/**
 * What cuBLAS computes, in Java: sums in float32 in ascending order of k, the inputs rounded first
 * as the mode says. C is not read if beta is 0, nor A and B if alpha is 0.
 */
final class SimulatedGemm {
  private static final int INVALID_VALUE = 7; // CUBLAS_STATUS_INVALID_VALUE

  private SimulatedGemm() {}

  /** Why cuBLAS would refuse the arguments, or null. */
  static String refusal(Gemm g) {
    if (g.m() < 0 || g.n() < 0 || g.k() < 0 || g.batch() < 0) {
      return String.format(Locale.ROOT, "m=%d n=%d k=%d batch=%d", g.m(), g.n(), g.k(), g.batch());
    }
    if (g.lda() < Math.max(1, g.transposeA() ? g.k() : g.m())) {
      return String.format(
          Locale.ROOT,
          "lda=%d is less than the rows of A, %d",
          g.lda(),
          g.transposeA() ? g.k() : g.m());
    }
    if (g.ldb() < Math.max(1, g.transposeB() ? g.n() : g.k())) {
      return String.format(
          Locale.ROOT,
          "ldb=%d is less than the rows of B, %d",
          g.ldb(),
          g.transposeB() ? g.n() : g.k());
    }
    if (g.ldc() < Math.max(1, g.m())) {
      return String.format(Locale.ROOT, "ldc=%d is less than the rows of C, %d", g.ldc(), g.m());
    }
    return null;
  }

  static int refusalCode() {
    return INVALID_VALUE;
  }

  static void run(DeviceMemory memory, Gemm g) {
    if (g.batch() > 1 && g.strideC() == 0) {
      throw new DeviceCheckError("all products of the batch write the same C: strideC is 0");
    }
    if (g.m() == 0 || g.n() == 0) {
      return;
    }
    for (int i = 0; i < g.batch(); i++) {
      product(
          memory,
          g,
          g.a() + (long) Float.BYTES * i * g.strideA(),
          g.b() + (long) Float.BYTES * i * g.strideB(),
          g.c() + (long) Float.BYTES * i * g.strideC());
    }
  }

  private static void product(DeviceMemory memory, Gemm g, long aAt, long bAt, long cAt) {
    int m = g.m();
    int n = g.n();
    int k = g.alpha() == 0 ? 0 : g.k();
    var a = new float[m * k]; // op(A), column by column
    var b = new float[k * n]; // op(B), column by column
    read(memory, "A", aAt, g.lda(), g.transposeA(), m, k, a);
    read(memory, "B", bAt, g.ldb(), g.transposeB(), k, n, b);
    round(g.math(), a);
    round(g.math(), b);
    checkOverlap(g, cAt, "A", aAt, g.lda(), g.transposeA() ? k : m, g.transposeA() ? m : k);
    checkOverlap(g, cAt, "B", bAt, g.ldb(), g.transposeB() ? n : k, g.transposeB() ? k : n);
    var column = new float[m];
    for (int j = 0; j < n; j++) {
      Arrays.fill(column, 0);
      int p = 0;
      for (; p + 4 <= k; p += 4) {
        addFourScaled(column, a, p * m, b, j * k + p);
      }
      for (; p < k; p++) {
        addScaled(column, a, p * m, b[j * k + p]);
      }
      writeColumn(memory, g, cAt + (long) Float.BYTES * j * g.ldc(), column);
    }
  }

  /** Four columns of A at once, in the same order as one after the other: it is only faster. */
  private static void addFourScaled(float[] sum, float[] a, int from, float[] b, int at) {
    int m = sum.length;
    float b0 = b[at];
    float b1 = b[at + 1];
    float b2 = b[at + 2];
    float b3 = b[at + 3];
    for (int i = 0; i < m; i++) {
      int p = from + i;
      sum[i] = (((sum[i] + a[p] * b0) + a[p + m] * b1) + a[p + 2 * m] * b2) + a[p + 3 * m] * b3;
    }
  }

  private static void addScaled(float[] sum, float[] a, int from, float factor) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += a[from + i] * factor;
    }
  }

  private static void writeColumn(DeviceMemory memory, Gemm g, long at, float[] column) {
    int bytes = Float.BYTES * column.length;
    var c = g.beta() == 0 ? find(memory, "C", at, bytes) : readable(memory, "C", at, bytes);
    int offset = (int) (at - c.start);
    for (int i = 0; i < column.length; i++) {
      int place = offset + Float.BYTES * i;
      float old = g.beta() == 0 ? 0 : g.beta() * c.getFloat(place);
      c.setFloat(place, g.alpha() * column[i] + old);
    }
    c.markRangeWritten(offset, bytes);
  }

  /** Reads op(M), rows×columns, column by column. */
  private static void read(
      DeviceMemory memory,
      String name,
      long at,
      int leading,
      boolean transposed,
      int rows,
      int columns,
      float[] into) {
    if (rows == 0 || columns == 0) {
      return;
    }
    int storedRows = transposed ? columns : rows;
    int storedColumns = transposed ? rows : columns;
    for (int c = 0; c < storedColumns; c++) {
      long start = at + (long) Float.BYTES * c * leading;
      var source = readable(memory, name, start, (long) Float.BYTES * storedRows);
      int offset = (int) (start - source.start);
      for (int r = 0; r < storedRows; r++) {
        into[transposed ? r * rows + c : c * rows + r] = source.getFloat(offset + Float.BYTES * r);
      }
    }
  }

  private static Allocation readable(DeviceMemory memory, String name, long at, long bytes) {
    requireAligned(name, at);
    try {
      return memory.readable(at, bytes);
    } catch (DeviceCheckError e) {
      throw new DeviceCheckError("matrix " + name + ": " + e.getMessage(), e);
    }
  }

  private static Allocation find(DeviceMemory memory, String name, long at, long bytes) {
    requireAligned(name, at);
    try {
      return memory.find(at, bytes);
    } catch (DeviceCheckError e) {
      throw new DeviceCheckError("matrix " + name + ": " + e.getMessage(), e);
    }
  }

  private static void requireAligned(String name, long at) {
    if (at % Float.BYTES != 0) {
      throw new DeviceCheckError("matrix " + name + " is misaligned: " + DeviceMemory.hex(at));
    }
  }

  /** C must not share an element with A or B: cuBLAS would read what it has just written. */
  private static void checkOverlap(
      Gemm g, long cAt, String name, long at, int leading, int storedRows, int storedColumns) {
    if (storedRows == 0 || storedColumns == 0) {
      return;
    }
    long end = at + (long) Float.BYTES * ((long) (storedColumns - 1) * leading + storedRows);
    for (int j = 0; j < g.n(); j++) {
      long start = cAt + (long) Float.BYTES * j * g.ldc();
      long stop = start + (long) Float.BYTES * g.m();
      if (stop <= at || start >= end) {
        continue;
      }
      for (int c = 0; c < storedColumns; c++) {
        long from = at + (long) Float.BYTES * c * leading;
        if (from < stop && start < from + (long) Float.BYTES * storedRows) {
          throw new DeviceCheckError("C overlaps " + name + " in column " + j);
        }
      }
    }
  }

  private static void round(MathMode math, float[] values) {
    if (math == MathMode.FP32) {
      return;
    }
    for (int i = 0; i < values.length; i++) {
      if (Float.isFinite(values[i])) {
        int bits = Float.floatToRawIntBits(values[i]);
        // TF32: to nearest, ties away from zero; bfloat16: to nearest, ties to even
        int rounded =
            math == MathMode.TF32
                ? (bits + 0x1000) & ~0x1FFF
                : Conversion.toBfloat(values[i]) << 16;
        values[i] = Float.intBitsToFloat(rounded);
      }
    }
  }
}
