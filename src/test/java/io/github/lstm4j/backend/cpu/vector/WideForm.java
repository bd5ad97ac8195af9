package io.github.lstm4j.backend.cpu.vector;

import io.github.lstm4j.backend.cpu.CpuMath;

/** The form that reads two panels at once, which machines with few registers do not choose. */
public final class WideForm {
  private WideForm() {}

  /** It, on any machine. */
  public static CpuMath create() {
    return new CpuMath("wide", new VectorGemm(true), new VectorApiMath());
  }
}
