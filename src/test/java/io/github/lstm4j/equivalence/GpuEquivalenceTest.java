package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.Gpu;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Every op and whole models through JCuda: the whole suite on a GPU, what can be afforded on a
 * simulated driver.
 */
@Tag("gpu")
@ExtendWith(BothWays.class)
class GpuEquivalenceTest extends BackendEquivalence {
  @Override
  Backend backend() {
    return Gpu.switched();
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

  @Override
  void each(Runnable test) {
    BothWays.run(getClass(), test);
  }
}
