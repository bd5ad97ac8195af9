package io.github.lstm4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Batches that another thread prepares are the same ones, and leave no thread behind. */
@Timeout(60)
class PrefetchTest {
  private final AtomicReference<Thread> preparing = new AtomicReference<>();
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();

  private static Batch batch(float value) {
    return Batch.of(Tensor.of(new float[] {value}, 1, 1), Tensor.zeros(1, 1));
  }

  /** What a test makes batch number {@code n} of. */
  private interface Making {
    Batch batch(int n);
  }

  /** A source that counts. */
  private BatchSource source(Making making) {
    return (batchSize, shuffle) -> {
      asked.set(0);
      return new BatchSource.Batches() {
        @Override
        public Batch next() {
          preparing.set(Thread.currentThread());
          return making.batch(asked.getAndIncrement());
        }

        @Override
        public void close() {
          closed.incrementAndGet();
        }
      };
    };
  }

  private static Model model() {
    return new Sequential(new Input(1), new Dense(1)).on(Backends.cpu()).compile("adam", "mse");
  }

  /** However it ended, the thread has ended too, and has closed the source. */
  @AfterEach
  void nothingIsLeft() {
    assertThat(preparing.get()).isNotSameAs(Thread.currentThread());
    assertThat(preparing.get().isAlive()).isFalse();
    assertThat(closed.get()).isPositive();
    assertThat(Thread.interrupted()).isFalse();
  }

  /** A source may use its arrays again: what was given stays. */
  @Test
  void theSameBatchesInOrder() {
    float[] reused = new float[1];
    Tensor shared = Tensor.of(reused, 1, 1);
    BatchSource source =
        source(
            n -> {
              shared.data()[0] = n;
              return n == 50 ? null : Batch.of(shared);
            });
    List<Float> got = new ArrayList<>();
    try (BatchSource.Batches batches = source.prefetch(3).batches(1, null)) {
      for (Batch b = batches.next(); b != null; b = batches.next()) {
        got.add(b.input().get(0, 0));
      }
      assertThat(batches.next()).isNull();
    }
    assertThat(got).hasSize(50).isSorted();
    assertThat(closed.get()).isEqualTo(1);
  }

  /** What the source throws comes where its batch would have come, with its cause. */
  @Test
  void failuresComeInTheirPlace() {
    IllegalStateException torn = new IllegalStateException("torn");
    BatchSource source =
        source(
            n -> {
              if (n == 7) {
                throw torn;
              }
              return batch(n);
            });
    try (Model m = model()) {
      assertThatThrownBy(() -> m.fit(source.prefetch(4), Fit.epochs(2).silent()))
          .isInstanceOf(TrainingException.class)
          .hasMessageContainingAll("torn", "epoch 1")
          .hasCause(torn);
      assertThat(m.iterations()).isEqualTo(7);
      assertThatThrownBy(() -> m.evaluate(source.prefetch(4), 1)).isSameAs(torn);
    }
  }

  /** A training that is stopped early, while the thread waits for a place. */
  @Test
  void anEarlyEndFreesTheThread() {
    BatchSource endless = source(PrefetchTest::batch);
    try (Model m = model()) {
      m.fit(endless.prefetch(2), Fit.epochs(2).stepsPerEpoch(3).silent());
      assertThat(m.iterations()).isEqualTo(6);
    }
    assertThat(asked.get()).isLessThanOrEqualTo(6 + 2 + 1); // no further than it was told to
    assertThat(closed.get()).isEqualTo(1); // one pass
  }

  /** An interrupt of who waits reaches a source that waits itself, and stays. */
  @Test
  void anInterruptReachesASourceThatWaits() {
    CountDownLatch never = new CountDownLatch(1);
    BatchSource source =
        source(
            n -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted", e);
              }
              return null;
            });
    try (BatchSource.Batches batches = source.prefetch(2).batches(1, null)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(batches::next).hasRootCauseInstanceOf(InterruptedException.class);
    }
    assertThat(Thread.interrupted()).isTrue();
  }

  /** One that makes batches all the while does not notice; the training ends between two steps. */
  @Test
  void anInterruptEndsTheTraining() {
    Callback interrupting =
        new Callback() {
          @Override
          public void onBatchEnd(Training training, int step) {
            if (step == 3) {
              Thread.currentThread().interrupt();
            }
          }
        };
    try (Model m = model()) {
      History history =
          m.fit(
              source(PrefetchTest::batch).prefetch(2),
              Fit.epochs(2).stepsPerEpoch(100).silent().callbacks(interrupting));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(history.epochs()).isEmpty();
      assertThat(m.iterations()).isEqualTo(4);
    }
  }
}
