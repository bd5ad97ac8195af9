package io.github.lstm4j.backend.cpu;

/** The forms of the CPU backend, for tests elsewhere. */
public final class CpuForms {
  private CpuForms() {}

  /** In plain Java loops, whatever would be faster here. */
  public static CpuBackend plain(int threads) {
    return new CpuBackend(threads, CpuMath.plain());
  }
}
