package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every op and whole models on the CUDA path: launch plans and shipped PTX, simulated. */
@ExtendWith(BothWays.class)
class CudaEquivalenceTest extends BackendEquivalence {
  @Override
  Backend backend() {
    return SimulatedBackend.open();
  }

  /** The interpreter is some thousand times slower than the machine. */
  @Override
  long affordable() {
    return 10_000_000;
  }

  @Override
  double share() {
    return 0.1;
  }

  @Override
  int models() {
    return 16;
  }

  @Override
  int gradientChecks() {
    return 20;
  }

  @Override
  void each(Runnable test) {
    BothWays.run(getClass(), test);
  }
}
