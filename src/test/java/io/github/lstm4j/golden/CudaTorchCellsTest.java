package io.github.lstm4j.golden;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;
import io.github.lstm4j.equivalence.BothWays;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The cases of {@link TorchCellsTest} on the CUDA path: launch plans and shipped PTX, simulated.
 */
@ExtendWith(BothWays.class)
class CudaTorchCellsTest extends TorchCellsTest {
  @Override
  Backend backend() {
    return SimulatedBackend.shared();
  }
}
