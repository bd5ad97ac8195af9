package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cpu.CpuForms;

/** Every op and whole models on the CPU backend without the Vector API. */
class PlainCpuEquivalenceTest extends BackendEquivalence {
  @Override
  Backend backend() {
    return CpuForms.plain(2);
  }

  /** What differs from the form with the Vector API is arithmetic, and that is in every case. */
  @Override
  double share() {
    return 0.1;
  }

  @Override
  long affordable() {
    return 4_000_000;
  }

  @Override
  int models() {
    return 20;
  }

  @Override
  int gradientChecks() {
    return 20;
  }
}
