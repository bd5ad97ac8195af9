package io.github.lstm4j.golden;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.Gpu;
import org.junit.jupiter.api.Tag;

/** The cases of {@link KerasCompanionsTest} through JCuda, on a GPU or on a simulated driver. */
@Tag("gpu")
class GpuKerasCompanionsTest extends KerasCompanionsTest {
  @Override
  Backend backend() {
    return Gpu.backend();
  }
}
