package io.github.lstm4j.backend.cpu.vector;

import io.github.lstm4j.backend.cpu.CpuMath;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The entry to this package. */
public final class VectorForm {
  /**
   * The one kind of vector this package uses. It must stay one: as soon as two sizes pass through
   * the Vector API's methods, Java 17's compiler no longer knows which is meant, keeps vectors on
   * the heap, and everything becomes some twenty times slower.
   */
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  private VectorForm() {}

  /**
   * The form of this package.
   *
   * @throws UnsupportedOperationException if this processor has no fused multiply-add, which the
   *     Vector API would then compute in software
   */
  public static CpuMath create() {
    int bits = SPECIES.vectorBitSize();
    // there is no asking for fused multiply-add; on x86 it came together with AVX2
    boolean x86 = System.getProperty("os.arch").matches("amd64|x86_64");
    if (bits < (x86 ? 256 : 128)) {
      throw new UnsupportedOperationException("vectors of " + bits + " bits only");
    }
    String name =
        String.format("Vector API, %dx%d tile, %d-bit", VectorGemm.ROWS, VectorGemm.COLUMNS, bits);
    return new CpuMath(name, new VectorGemm(), new VectorApiMath());
  }
}
