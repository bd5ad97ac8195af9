package io.github.lstm4j.golden;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;

/**
 * The cases of {@link TorchCellsTest} on the CUDA path: launch plans and shipped PTX, simulated.
 */
class CudaTorchCellsTest extends TorchCellsTest {
  @Override
  Backend backend() {
    return SimulatedBackend.shared();
  }
}
