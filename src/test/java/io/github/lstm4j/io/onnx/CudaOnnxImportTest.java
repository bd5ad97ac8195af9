package io.github.lstm4j.io.onnx;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;
import io.github.lstm4j.equivalence.BothWays;
import org.junit.jupiter.api.extension.ExtendWith;

/** The cases of {@link OnnxImportTest} on the CUDA path, simulated. */
@ExtendWith(BothWays.class)
class CudaOnnxImportTest extends OnnxImportTest {
  @Override
  Backend backend() {
    return SimulatedBackend.shared();
  }

  @Override
  int every() {
    return 6;
  }

  @Override
  void each(Runnable test) {
    BothWays.run(getClass(), test);
  }
}
