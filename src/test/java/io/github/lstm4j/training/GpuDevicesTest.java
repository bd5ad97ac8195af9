package io.github.lstm4j.training;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.backend.cuda.CudaProbe;
import io.github.lstm4j.backend.cuda.Gpu;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Backends;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** All GPUs of this machine share a training; one GPU takes both halves. */
@Tag("gpu")
class GpuDevicesTest {
  @Test
  void theyGiveTheNumbersOfTheCpu() {
    Gpu.assumePresent();
    int count = CudaProbe.result().devices().size();
    Backend[] devices = new Backend[Math.max(2, count)];
    Arrays.setAll(devices, i -> CudaBackend.open(i % count, CudaOptions.DEFAULT));
    Optimizer optimizer = Optimizer.adam(0.05f);
    Loss.Reduction mean = Loss.Reduction.SUM_OVER_BATCH_SIZE;
    BatchSource source = BatchSource.of(DevicesTest.X, DevicesTest.Y, DevicesTest.WEIGHTS);
    Sequential one = DevicesTest.model(Backends.cpu(), mean, optimizer);
    History expected = one.fit(source, DevicesTest.options());
    try (Sequential many = DevicesTest.model(devices[0], mean, optimizer)) {
      History got = many.fit(source, DevicesTest.options().devices(devices));
      DevicesTest.compare(one, expected, many, got);
    }
    Arrays.stream(devices).forEach(Backend::close);
  }
}
