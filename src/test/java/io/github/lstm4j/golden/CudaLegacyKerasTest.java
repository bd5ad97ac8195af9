package io.github.lstm4j.golden;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;
import io.github.lstm4j.equivalence.BothWays;
import org.junit.jupiter.api.extension.ExtendWith;

/** The cases of {@link LegacyKerasTest} on the CUDA path, simulated. */
@ExtendWith(BothWays.class)
class CudaLegacyKerasTest extends LegacyKerasTest {
  @Override
  Backend backend() {
    return SimulatedBackend.shared();
  }

  @Override
  boolean skips(String name) {
    return name.startsWith("keras-models/"); // tens of timesteps of hundred units
  }
}
