package io.github.lstm4j.io.onnx;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;

/** The cases of {@link OnnxImportTest} on the CUDA path, simulated. */
class CudaOnnxImportTest extends OnnxImportTest {
  @Override
  Backend backend() {
    return SimulatedBackend.shared();
  }

  @Override
  int every() {
    return 6;
  }
}
