package io.github.lstm4j.golden;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.Gpu;
import io.github.lstm4j.equivalence.BothWays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/** The cases of {@link KerasCompanionsTest} through JCuda, on a GPU or on a simulated driver. */
@Tag("gpu")
@ExtendWith(BothWays.class)
class GpuKerasCompanionsTest extends KerasCompanionsTest {
  @Override
  Backend backend() {
    return Gpu.backend();
  }
}
