package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cpu.CpuBackend;

/** Operations on the CPU. */
class CpuOperationModelsTest extends OperationModels {
  @Override
  Backend open() {
    return new CpuBackend(2);
  }
}
