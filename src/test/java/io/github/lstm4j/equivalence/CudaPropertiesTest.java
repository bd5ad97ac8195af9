package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;
import org.junit.jupiter.api.extension.ExtendWith;

/** The properties on the CUDA path: launch plans and shipped PTX, simulated. */
@ExtendWith(BothWays.class)
class CudaPropertiesTest extends BackendProperties {
  @Override
  Backend backend() {
    return SimulatedBackend.open();
  }

  /** Products of other shapes may add in another order. */
  @Override
  double tolerance() {
    return 2e-6;
  }

  @Override
  int tries() {
    return 10;
  }

  @Override
  int largest() {
    return 9;
  }

  @Override
  void each(Runnable test) {
    BothWays.run(getClass(), test);
  }
}
