package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cpu.CpuForms;

/** The CPU backend without the Vector API: the properties hold bit for bit there too. */
class PlainCpuPropertiesTest extends BackendProperties {
  @Override
  Backend backend() {
    return CpuForms.plain(2);
  }

  @Override
  double tolerance() {
    return 0;
  }
}
