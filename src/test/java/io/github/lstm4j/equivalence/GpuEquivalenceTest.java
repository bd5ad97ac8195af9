package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.backend.cuda.Gpu;
import org.junit.jupiter.api.Tag;

/**
 * Every op and whole models through JCuda: the whole suite on a GPU, what can be afforded on a
 * simulated driver.
 */
@Tag("gpu")
class GpuEquivalenceTest extends BackendEquivalence {
  @Override
  Backend backend() {
    return new CudaBackend(Gpu.open(), CudaOptions.DEFAULT);
  }

  @Override
  long affordable() {
    return Gpu.isSimulated() ? 100_000 : super.affordable();
  }

  @Override
  double share() {
    return Gpu.isSimulated() ? 0.02 : super.share();
  }

  @Override
  int models() {
    return Gpu.isSimulated() ? 10 : super.models();
  }

  @Override
  int gradientChecks() {
    return Gpu.isSimulated() ? 3 : super.gradientChecks();
  }
}
