package io.github.lstm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.model.Session;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A timestep between arrays makes no garbage. Plain loops: vectors are objects until the JIT
 * compiler has done away with them.
 */
class StepAllocationTest {
  private static final int STEPS = 100;

  private static Sequential model(Layer layer, CpuBackend backend) {
    return new Sequential().seed(3).on(backend).add(layer).add(new Dense(2));
  }

  @Test
  void aStepIntoAnArrayAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long id = Thread.currentThread().getId();
    List<Layer> layers =
        List.of(
            new LSTM(8).inputShape(1, 3),
            new LSTM(8).peephole(Peephole.FULL_OUTPUT).inputShape(1, 3),
            new GRU(8).inputShape(1, 3),
            new GRU(8).resetAfter(false).inputShape(1, 3),
            new SimpleRNN(8).inputShape(1, 3));
    for (Layer layer : layers) {
      for (int batch : new int[] {1, 5}) {
        float[] x = new float[batch * 3];
        float[] y = new float[batch * 2];
        try (CpuBackend backend = new CpuBackend(2, CpuMath.plain());
            Session session = model(layer, backend).session(batch)) {
          long least = Long.MAX_VALUE; // once classes are loaded and the JIT is done
          for (int round = 0; round < 500 && least >= STEPS; round++) {
            long before = threads.getThreadAllocatedBytes(id);
            for (int i = 0; i < STEPS; i++) {
              session.step(x, y);
            }
            least = Math.min(least, threads.getThreadAllocatedBytes(id) - before);
          }
          // a step's smallest object has 16 bytes
          assertThat(least).as("%s, batch %d", layer, batch).isLessThan(STEPS);
        }
      }
    }
  }
}
