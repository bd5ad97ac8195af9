package io.github.lstm4j.backend.cpu.vector;

import io.github.lstm4j.backend.cpu.CpuMath;
import java.util.Locale;

/** The entry to this package. */
public final class VectorForm {
  private VectorForm() {}

  /**
   * The form of this package.
   *
   * @throws UnsupportedOperationException if this processor has no fused multiply-add, which the
   *     Vector API would then compute in software
   */
  public static CpuMath create() {
    int bits = Lanes.SPECIES.vectorBitSize();
    // there is no asking for fused multiply-add; on x86 it came together with AVX2
    boolean x86 = System.getProperty("os.arch").matches("amd64|x86_64");
    if (bits < (x86 ? 256 : 128)) {
      throw new UnsupportedOperationException("vectors of " + bits + " bits only");
    }
    // with vectors of 512 bits, and on ARM, there are 32 registers for vectors, else 16
    VectorGemm gemm = new VectorGemm(bits == 512 || !x86);
    String name = String.format(Locale.ROOT, "Vector API, %s tile, %d-bit", gemm.tile(), bits);
    return new CpuMath(name, gemm, new VectorApiMath());
  }
}
