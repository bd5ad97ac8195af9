package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cpu.CpuBackend;

/** Random models of layers on the CPU. */
class CpuLayerModelsTest extends LayerModels {
  @Override
  Backend open() {
    return new CpuBackend(2);
  }

  @Override
  int models() {
    return Integer.getInteger("lstm4j.models", 60);
  }
}
