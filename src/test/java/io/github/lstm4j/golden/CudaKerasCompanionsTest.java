package io.github.lstm4j.golden;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;

/**
 * The cases of {@link KerasCompanionsTest} on the CUDA path: launch plans and shipped PTX,
 * simulated.
 */
class CudaKerasCompanionsTest extends KerasCompanionsTest {
  @Override
  Backend backend() {
    return SimulatedBackend.shared();
  }
}
