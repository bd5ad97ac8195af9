package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;
import org.junit.jupiter.api.extension.ExtendWith;

/** Operations on the CUDA path: launch plans and shipped PTX, simulated. */
@ExtendWith(BothWays.class)
class CudaOperationModelsTest extends OperationModels {
  @Override
  Backend open() {
    return SimulatedBackend.open();
  }

  @Override
  void each(Runnable test) {
    BothWays.run(getClass(), test);
  }
}
