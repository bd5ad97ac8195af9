package io.github.lstm4j.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.lstm4j.backend.cpu.CpuBackend;
import io.github.lstm4j.backend.cpu.CpuForms;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.GlobalMaxPooling1D;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.LayerNormalization;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Predictions from long sequences take no more memory than from short ones. */
class LongSequencesTest {
  private static Tensor normal(int... dims) {
    Random random = new Random(5);
    Tensor t = Tensor.zeros(dims);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  @Test
  void hundredThousandTimestepsFitIntoAFewMegabytes() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Tensor x = normal(1, 100_000, 3);
    try (CpuBackend plain = CpuForms.plain(1); // vectors are objects until the JIT is done
        Sequential model =
            new Sequential(
                new Input(-1, 3), new LSTM(16).returnSequences(true), new LSTM(16), new Dense(1))) {
      model.on(plain);
      long before = threads.getCurrentThreadAllocatedBytes();
      model.predict(x);
      // h and c alone, of both layers and all timesteps, are 25 MB
      assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(8 << 20);
    }
  }

  /** Whatever the batch, again and again, bit for bit; {@code call} takes all timesteps at once. */
  @Test
  void partsGiveWhatTheWholeGives() {
    Tensor x = normal(5, 2051, 3);
    try (Sequential model =
        new Sequential(
            new Input(2051, 3),
            new LSTM(5).returnSequences(true),
            new LayerNormalization(),
            new GRU(4).returnSequences(true),
            new LSTM(3),
            new Dense(2))) {
      Tensor whole = model.call(x, null, List.of()).get(0);
      for (int i = 0; i < 2; i++) {
        assertThat(model.predict(x, 5)).isEqualTo(whole);
        Tensor inBatches = model.predict(x, 2); // the last one is smaller
        for (int k = 0; k < whole.size(); k++) {
          assertThat(inBatches.data()[k]).isCloseTo(whole.data()[k], offset());
        }
        assertThat(model.predict(x, 2)).isEqualTo(inBatches);
      }
    }
  }

  private static org.assertj.core.data.Offset<Float> offset() {
    return org.assertj.core.data.Offset.offset(1e-6f);
  }

  /** What needs whole sequences gets them. */
  @Test
  void allElseIsPredictedAsAWhole() {
    Tensor x = normal(2, 1500, 3);
    java.util.Arrays.fill(x.data(), 3 * 700, 3 * 800, 0f); // masked across the border
    KerasTensor in = new Input(-1, 3).output();
    KerasTensor sequence = new LSTM(4).returnSequences(true).apply(in);
    List<KerasTensor> encoded = new LSTM(4).returnState(true).applyAll(in);
    KerasTensor decoded = new LSTM(4).apply(sequence, encoded.get(1), encoded.get(2));
    LSTM shared = new LSTM(3).returnSequences(true);
    for (Model model :
        List.of(
            new Sequential(new Input(-1, 3), new Masking(), new LSTM(4)),
            new Sequential(new Input(-1, 3), new LSTM(4).returnSequences(true)),
            new Sequential(new Input(-1, 3), new GlobalMaxPooling1D(), new Dense(2)),
            new Sequential(new Input(-1, 3), new LSTM(4), new RepeatVector(3), new LSTM(2)),
            new Sequential(new Input(-1, 3), new LSTM(4).goBackwards(true)),
            Model.of(in, decoded),
            Model.of(in, new LSTM(2).apply(shared.apply(shared.apply(in)))))) {
      try (model) {
        assertThat(model.predict(x)).isEqualTo(model.call(x, null, List.of()).get(0));
      }
    }
  }
}
