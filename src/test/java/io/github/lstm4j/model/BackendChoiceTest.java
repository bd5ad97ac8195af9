package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.runtime.Backends;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What runs a model that was not told; here a GPU pays from a batch of 8 on. */
class BackendChoiceTest {
  private final CudaBackend gpu =
      new CudaBackend(SimulatedCuda.builder().build(), CudaOptions.DEFAULT);
  private final Backend cpu = Backends.cpu();
  private final Sequential model =
      new Sequential(new LSTM(2).inputShape(3, 1), new Dense(1)).compile("adam", "mse");
  private int told; // lines of the log
  private final BackendChoice choice =
      new BackendChoice(
          () -> gpu,
          (p, first) -> {
            told += first ? 1 : 0;
            return p.inputs().get(0).dim(1) < 8 ? cpu : gpu;
          });

  @AfterEach
  void close() {
    gpu.close();
  }

  private Program program(int batch, boolean training) {
    return model.program(batch, training);
  }

  @Test
  void oneSampleFirstDoesNotSendALaterFitToTheCpu() {
    assertThat(choice.get(program(1, false))).isSameAs(cpu);
    assertThat(choice.get(program(8, true))).isSameAs(gpu);
    assertThat(choice.get()).as("what ran last").isSameAs(gpu);
    assertThat(choice.get(program(1, false))).isSameAs(cpu);
  }

  @Test
  void aSmallerLastBatchIsTrainedWhereTheOthersAre() {
    assertThat(choice.get(program(2, true))).isSameAs(cpu);
    assertThat(choice.get(program(8, true))).isSameAs(gpu);
    assertThat(choice.get(program(2, true))).isSameAs(gpu);
  }

  @Test
  void theLogHasOneLineForEachKindOfProgram() {
    for (int batch = 1; batch < 6; batch++) {
      choice.get(program(batch, false));
      choice.get(program(batch, true));
    }
    assertThat(told).isEqualTo(2);
  }

  @Test
  void whatTheUserSaidHolds() {
    choice.set(cpu);
    assertThat(choice.get(program(8, true))).isSameAs(cpu);
    assertThat(choice.get()).isSameAs(cpu);
  }
}
