package io.github.lstm4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which batches an epoch has. The expected lists are those of Keras 3.15.1's {@code
 * TorchEpochIterator} (2026-11-29; ten samples in batches of two, not shuffled).
 */
class StepsPerEpochTest {
  @TempDir private Path directory;

  private static Model model() {
    return new Sequential(new Input(1), new Dense(1))
        .seed(5)
        .on(Backends.cpu())
        .compile("adam", "mse");
  }

  private static Batch batch(int number) {
    return Batch.of(Tensor.of(new float[] {2 * number, 2 * number + 1}, 2, 1), Tensor.zeros(2, 1));
  }

  private static Stream<Batch> batches(int count) {
    return IntStream.range(0, count).mapToObj(StepsPerEpochTest::batch);
  }

  private static Stream<Batch> endless() {
    return Stream.iterate(0, i -> i + 1).map(StepsPerEpochTest::batch);
  }

  private static BatchSource tensors() {
    float[] x = new float[10];
    for (int i = 0; i < x.length; i++) {
      x[i] = i;
    }
    return BatchSource.of(Tensor.of(x, 10, 1), Tensor.zeros(10, 1));
  }

  private static Fit fit(int epochs) {
    return Fit.epochs(epochs).batchSize(2).shuffle(false).silent();
  }

  /** The source's batches, each epoch's as they were trained on. */
  private static final class Recorder implements Callback {
    private final List<List<Integer>> epochs = new ArrayList<>();
    private int last;

    BatchSource of(BatchSource source) {
      return new BatchSource() {
        @Override
        public int samples() {
          return source.samples();
        }

        @Override
        public Batches batches(int batchSize, Philox shuffle) {
          Batches given = source.batches(batchSize, shuffle);
          return new Batches() {
            @Override
            public Batch next() {
              Batch batch = given.next();
              last = batch == null ? -1 : (int) batch.input().get(0, 0) / 2;
              return batch;
            }

            @Override
            public void close() {
              given.close();
            }
          };
        }
      };
    }

    @Override
    public void onEpochBegin(Training training, int epoch) {
      epochs.add(new ArrayList<>());
    }

    @Override
    public void onBatchEnd(Training training, int step) {
      epochs.get(epochs.size() - 1).add(last);
    }
  }

  private static List<List<Integer>> seen(BatchSource source, Fit fit) {
    Recorder recorder = new Recorder();
    try (Model m = model()) {
      m.fit(recorder.of(source), fit.callbacks(recorder));
    }
    return recorder.epochs;
  }

  @Test
  void epochsGoOnWhereTheOneBeforeStopped() {
    List<Integer> all = List.of(0, 1, 2, 3, 4);
    assertThat(seen(tensors(), fit(2))).containsExactly(all, all);
    assertThat(seen(tensors(), fit(4).stepsPerEpoch(3)))
        .containsExactly(List.of(0, 1, 2), List.of(3, 4), List.of(0, 1, 2), List.of(3, 4));
    assertThat(seen(tensors(), fit(2).stepsPerEpoch(5))).containsExactly(all, all);
    assertThat(seen(tensors(), fit(2).stepsPerEpoch(7))).containsExactly(all, all);
    assertThat(seen(tensors(), fit(4).stepsPerEpoch(2)))
        .containsExactly(List.of(0, 1), List.of(2, 3), List.of(4), List.of(0, 1));
  }

  /** Of unknown length: a list that begins anew, an endless iterator, a stream. */
  @Test
  void aSourceOfUnknownLengthGoesOnToo() {
    List<Batch> list = batches(5).toList();
    assertThat(seen(BatchSource.of(list), fit(5).stepsPerEpoch(3)))
        .containsExactly(
            List.of(0, 1, 2), List.of(3, 4), List.of(0, 1, 2), List.of(3, 4), List.of(0, 1, 2));
    assertThat(seen(BatchSource.of(list), fit(2).stepsPerEpoch(5)))
        .containsExactly(List.of(0, 1, 2, 3, 4), List.of(0, 1, 2, 3, 4));
    List<List<Integer>> threes = List.of(List.of(0, 1, 2), List.of(3, 4, 5), List.of(6, 7, 8));
    assertThat(seen(BatchSource.of(endless().iterator()), fit(3).stepsPerEpoch(3)))
        .isEqualTo(threes);
    assertThat(seen(BatchSource.of(endless()), fit(3).stepsPerEpoch(3))).isEqualTo(threes);
    assertThat(seen(BatchSource.of(endless()).prefetch(2), fit(3).stepsPerEpoch(3)))
        .isEqualTo(threes);
  }

  /**
   * What comes once and ends: the epoch is short, and the next one, which has nothing, the last.
   */
  @Test
  void aSourceThatRunsDryEndsTheTraining() {
    AtomicBoolean closed = new AtomicBoolean();
    BatchSource five = BatchSource.of(batches(5).onClose(() -> closed.set(true)));
    try (Model m = model()) {
      History history = m.fit(five, fit(9).stepsPerEpoch(3));
      assertThat(history.epochs()).containsExactly(0, 1);
      assertThat(m.iterations()).isEqualTo(5);
      assertThat(closed).isTrue();
      assertThatThrownBy(() -> m.fit(five, fit(9).stepsPerEpoch(3)))
          .hasMessageContaining("no batches in epoch 1");
    }
  }

  @Test
  void streamsOfEachEpochAreClosed() {
    List<String> closed = new ArrayList<>();
    BatchSource source =
        BatchSource.ofStreams(() -> batches(5).onClose(() -> closed.add("closed")));
    assertThat(seen(source, fit(2))).hasSize(2).allMatch(e -> e.size() == 5);
    assertThat(closed).hasSize(2);
  }

  /** Validation sees the same first batches each time, and so do evaluate and predict of a part. */
  @Test
  void validationStepsAreTheFirst() {
    Tensor x = Tensor.of(new float[] {0, 1, 2, 3}, 4, 1);
    try (Model m = model();
        Model other = model()) {
      BatchSource without = BatchSource.ofStreams(StepsPerEpochTest::endless);
      Fit fit = fit(2).validationData(without).validationSteps(2);
      History history = m.fit(tensors(), fit);
      History same = other.fit(tensors(), fit(2).validationData(x, Tensor.zeros(4, 1)));
      assertThat(history.get("val_loss")).isEqualTo(same.get("val_loss"));
      assertThat(m.evaluate(without.take(2), 2)).isEqualTo(m.evaluate(x, Tensor.zeros(4, 1), 2));
      assertThat(m.predict(without.take(2), 2)).isEqualTo(m.predict(x, 2));
      assertThatThrownBy(() -> m.fit(tensors(), fit(1).validationSteps(2)))
          .hasMessageContaining("validationSteps needs validationData");
    }
    assertThatThrownBy(() -> fit(1).stepsPerEpoch(0)).hasMessageContaining("stepsPerEpoch");
    assertThatThrownBy(() -> fit(1).validationSteps(-2)).hasMessageContaining("validationSteps");
    assertThatThrownBy(() -> tensors().take(0)).hasMessageContaining("take");
  }

  /** In the middle of a pass, which is shuffled: as if it had not stopped. */
  @Test
  void aTrainingGoesOnWithinAPass() throws IOException {
    Fit fit = Fit.epochs(5).batchSize(2).stepsPerEpoch(2).silent();
    Path file = directory.resolve("stopped.keras");
    Recorder whole = new Recorder();
    Recorder first = new Recorder();
    Recorder then = new Recorder();
    try (Model uninterrupted = model();
        Model stopped = model()) {
      uninterrupted.fit(whole.of(tensors()), fit.callbacks(whole));
      Callback saving =
          new Callback() {
            @Override
            public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
              if (epoch == 1) {
                try {
                  training.model().save(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
                training.stop("here");
              }
            }
          };
      stopped.fit(first.of(tensors()), fit.callbacks(first, saving));
      try (Model again = Models.load(file)) {
        again.on(Backends.cpu()).fit(then.of(tensors()), fit.initialEpoch(2).callbacks(then));
        assertThat(again.getWeights()).isEqualTo(uninterrupted.getWeights());
      }
    }
    assertThat(first.epochs).isEqualTo(whole.epochs.subList(0, 2));
    assertThat(then.epochs).isEqualTo(whole.epochs.subList(2, 5));
    assertThat(whole.epochs.subList(0, 3)).isNotEqualTo(whole.epochs.subList(3, 5));
  }
}
