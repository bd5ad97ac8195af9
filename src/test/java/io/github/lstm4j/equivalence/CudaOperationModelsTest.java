package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;

/** Operations on the CUDA path: launch plans and shipped PTX, simulated. */
class CudaOperationModelsTest extends OperationModels {
  @Override
  Backend open() {
    return SimulatedBackend.open();
  }
}
