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
    String name =
        String.format(
            Locale.ROOT,
            "Vector API, %dx%d tile, %d-bit",
            VectorGemm.ROWS,
            VectorGemm.COLUMNS,
            bits);
    return new CpuMath(name, new VectorGemm(), new VectorApiMath());
  }
}
