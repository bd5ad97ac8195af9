package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.cuda.CudaDriver.Gemm;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.io.Printable;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether cuBLAS works on a device: one that loads may be older than the GPU and have no
 * kernels for it. A product alone and two in a batch are compared with known numbers, whole ones
 * that every rounding of the inputs leaves as they are.
 */
final class ProductCheck {
  private static final Logger LOG = LoggerFactory.getLogger(ProductCheck.class);
  private static final int N = 16; // matrices are N×N
  private static final int MATRIX = N * N;

  /** Offsets in floats: two matrices A, two B, then the product alone and those of the batch. */
  private static final int B = 2 * MATRIX;

  private static final int ALONE = 4 * MATRIX;
  private static final int BATCH = 5 * MATRIX;
  private static final int ALL = 7 * MATRIX;

  private ProductCheck() {}

  /** Why cuBLAS cannot be used, to be read after the word; empty if it can. */
  static String refusal(CudaContext context, MathMode math) {
    String refusal = context.call(() -> examine(context, math));
    if (!refusal.isEmpty()) {
      LOG.warn("{}: the built-in matrix product serves, for cuBLAS {}", context, refusal);
    }
    return refusal;
  }

  private static String examine(CudaContext context, MathMode math) {
    CudaDriver driver = context.driver();
    ByteBuffer host = null;
    long device = 0;
    try {
      host = driver.allocatePinned(4 * ALL);
      device = driver.allocate(4 * ALL);
      FloatBuffer values = host.asFloatBuffer();
      for (int i = 0; i < ALL; i++) {
        values.put(i, i < B ? i % 5 - 2 : i < ALONE ? i % 7 - 3 : Float.NaN);
      }
      long stream = context.stream(0);
      driver.upload(device, host, 0, 4 * ALL, stream);
      driver.gemm(product(device, ALONE, 1, math), stream);
      driver.gemm(product(device, BATCH, 2, math), stream);
      driver.download(host, 0, device, 4 * ALL, stream);
      driver.synchronize(stream);
      return isRight(values) ? "" : "computes wrong products on this device";
    } catch (DeviceException e) {
      if (driver.lost()) {
        throw e;
      }
      context.dropStreams(); // and with them what cuBLAS holds
      return "does not work on this device (" + Printable.reason(e) + ")";
    } finally {
      free(driver, host, device);
    }
  }

  private static void free(CudaDriver driver, ByteBuffer host, long device) {
    if (host != null) {
      CudaContext.release(() -> driver.freePinned(host));
    }
    if (device != 0) {
      CudaContext.release(() -> driver.free(device));
    }
  }

  private static Gemm product(long device, int to, int batch, MathMode math) {
    return new Gemm(
        false,
        true,
        N,
        N,
        N,
        1f,
        device,
        N,
        MATRIX,
        device + 4L * B,
        N,
        MATRIX,
        0f,
        device + 4L * to,
        N,
        MATRIX,
        batch,
        math);
  }

  /** C(i,j) = Σ A(i,k)·B(j,k), column by column. */
  private static boolean isRight(FloatBuffer values) {
    for (int c = ALONE; c < ALL; c++) {
      int of = (c >= BATCH + MATRIX ? 1 : 0) * MATRIX;
      int i = c % N;
      int j = c / N % N;
      float sum = 0;
      for (int k = 0; k < N; k++) {
        sum += values.get(of + i + k * N) * values.get(B + of + j + k * N);
      }
      if (values.get(c) != sum) {
        return false;
      }
    }
    return true;
  }
}
