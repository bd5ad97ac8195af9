package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;
import org.junit.jupiter.api.extension.ExtendWith;

/** Random models of layers on the CUDA path: launch plans and shipped PTX, simulated. */
@ExtendWith(BothWays.class)
class CudaLayerModelsTest extends LayerModels {
  @Override
  Backend open() {
    return SimulatedBackend.open();
  }

  @Override
  int models() {
    return Integer.getInteger("lstm4j.models", 6);
  }

  @Override
  long affordable() {
    return 300;
  }

  @Override
  void each(Runnable test) {
    BothWays.run(getClass(), test);
  }
}
