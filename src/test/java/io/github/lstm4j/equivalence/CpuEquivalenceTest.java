package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cpu.CpuBackend;

/** The CPU backend against the oracle. */
class CpuEquivalenceTest extends BackendEquivalence {
  @Override
  Backend backend() {
    return new CpuBackend();
  }
}
