package io.github.lstm4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Windows;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Wherever batches come from, the same samples in the same order give the same bits. */
class BatchSourceTest {
  private static final Tensor SERIES = tensor(1, 60, 2);
  private static final Tensor FUTURE = tensor(2, 60, 1);
  private static final Windows WINDOWS = Windows.of(6).horizons(1);

  private static Tensor tensor(long seed, int... dims) {
    Tensor t = Tensor.zeros(dims);
    Philox random = new Philox(seed, 0);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  private static Sequential model() {
    Sequential m =
        new Sequential()
            .seed(3)
            .on(Backends.cpu())
            .add(new LSTM(4).inputShape(6, 2))
            .add(new Dense(1));
    return m.compile("adam", "mse", "mae");
  }

  private static int[] starts() {
    return WINDOWS.starts(FUTURE, new Range(0, 60));
  }

  private static Fit fit() {
    return Fit.epochs(3).batchSize(7).silent();
  }

  /** Tensors, windows that are cut lazily, and a user's iterator: one and the same training. */
  @Test
  void everySourceTrainsAlike() {
    Tensor x = WINDOWS.inputs(SERIES, starts());
    Tensor y = WINDOWS.targets(FUTURE, starts());
    try (Sequential tensors = model();
        Sequential windows = model();
        Sequential batches = model();
        Sequential shuffled = model()) {
      BatchSource lazy = BatchSource.of(WINDOWS, SERIES, FUTURE, starts());
      History expected = tensors.fit(x, y, fit().validationData(x, y));
      History got = windows.fit(lazy, fit().validationData(lazy));
      assertThat(got.toString()).isEqualTo(expected.toString());
      assertThat(windows.getWeights()).isEqualTo(tensors.getWeights());
      assertThat(windows.predict(lazy, 11)).isEqualTo(tensors.predict(x));
      assertThat(windows.evaluate(lazy, 7)).isEqualTo(tensors.evaluate(x, y, 7));

      shuffled.fit(x, y, fit().shuffle(false));
      batches.fit(BatchSource.of(cut(x, y, 7)), fit());
      assertThat(batches.getWeights()).isEqualTo(shuffled.getWeights());
      assertThat(batches.evaluate(BatchSource.of(cut(x, y, 7)), 32))
          .isEqualTo(shuffled.evaluate(x, y, 7));
      assertThat(batches.predict(BatchSource.of(cut(x, y, 7)), 32)).isEqualTo(shuffled.predict(x));
    }
  }

  private static Iterable<Batch> cut(Tensor x, Tensor y, int size) {
    int n = x.dim(0);
    return () ->
        IntStream.range(0, (n + size - 1) / size)
            .mapToObj(
                i ->
                    Batch.of(
                        x.rows(i * size, Math.min(n, (i + 1) * size)),
                        y.rows(i * size, Math.min(n, (i + 1) * size))))
            .iterator();
  }

  /** A source without an end in sight tells its steps once an epoch has gone through. */
  @Test
  void stepsAreCounted() {
    Tensor x = WINDOWS.inputs(SERIES, starts());
    Tensor y = WINDOWS.targets(FUTURE, starts());
    List<Integer> steps = new ArrayList<>();
    Callback recorder =
        new Callback() {
          @Override
          public void onBatchEnd(Training t, int step) {
            steps.add(t.steps());
          }
        };
    try (Sequential m = model()) {
      m.fit(BatchSource.of(cut(x, y, 20)), Fit.epochs(2).silent().callbacks(recorder));
      assertThat(steps).containsExactly(-1, -1, -1, 3, 3, 3);
    }
  }

  /** Samples are read when their batch is due, so a fault far behind does not hold up the start. */
  @Test
  void faultsAreFoundWhereTheyLie() {
    Tensor x = tensor(3, 20, 6, 2);
    Tensor y = tensor(4, 20, 1);
    x.set(Float.NaN, 17, 2, 1);
    try (Sequential m = model()) {
      assertThatThrownBy(() -> m.fit(x, y, Fit.epochs(1).batchSize(5).silent()))
          .hasMessageContainingAll("NaN", "sample 17", "timestep 2", "feature 1");
      assertThat(m.iterations()).isLessThan(4);
      assertThatThrownBy(() -> m.fit(x, y, Fit.epochs(1).batchSize(5).shuffle(false).silent()))
          .hasMessageContainingAll("sample 17");
    }
  }

  /** Outputs of different lengths make no one tensor. */
  @Test
  void lengthsThatCannotBeJoined() {
    try (Sequential m =
        new Sequential(new Input(-1, 2), new LSTM(3).returnSequences(true)).on(Backends.cpu())) {
      List<Batch> batches = List.of(Batch.of(tensor(1, 2, 5, 2)), Batch.of(tensor(2, 2, 3, 2)));
      assertThatThrownBy(() -> m.predict(BatchSource.of(batches), 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("(2, 3, 3)", "(1, 5, 3)", "different lengths apart");
    }
  }

  /** A source that says how many samples it has must have them. */
  @Test
  void sourcesThatMiscount() {
    try (Sequential m = model()) {
      for (int says : new int[] {1, 4}) {
        BatchSource source =
            new BatchSource() {
              @Override
              public int samples() {
                return says;
              }

              @Override
              public Batches batches(int batchSize, Philox shuffle) {
                var one = List.of(Batch.of(tensor(1, 2, 6, 2))).iterator();
                return () -> one.hasNext() ? one.next() : null;
              }
            };
        assertThatThrownBy(() -> m.predict(source, 2))
            .hasMessageContainingAll(says + " samples", "gave 2");
      }
    }
  }

  @Test
  void sourcesThatGiveNothing() {
    Tensor x = tensor(3, 4, 6, 2);
    Tensor y = tensor(4, 4, 1);
    try (Sequential m = model()) {
      Iterable<Batch> none = List.of();
      assertThatThrownBy(() -> m.fit(BatchSource.of(none), fit())).hasMessageContaining("epoch 1");
      assertThatThrownBy(() -> m.evaluate(BatchSource.of(none), 4))
          .hasMessageContaining("no batches");
      assertThatThrownBy(() -> m.predict(BatchSource.of(none), 4))
          .hasMessageContaining("no batches");
      var once = List.of(Batch.of(x, y)).iterator();
      Iterable<Batch> oneShot = () -> once;
      assertThatThrownBy(() -> m.fit(BatchSource.of(oneShot), fit()))
          .hasMessageContainingAll("epoch 2", "begin anew");
      assertThatThrownBy(() -> m.fit(BatchSource.of(List.of(Batch.of(x))), fit()))
          .hasMessageContaining("targets");
      assertThatThrownBy(
              () -> m.fit(BatchSource.of(List.of(Batch.of(x, y))), fit().validationSplit(0.5)))
          .hasMessageContaining("validationData");
    }
  }
}
