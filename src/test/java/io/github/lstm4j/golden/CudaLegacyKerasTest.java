package io.github.lstm4j.golden;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;

/** The cases of {@link LegacyKerasTest} on the CUDA path, simulated. */
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
