package io.github.lstm4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.lstm4j.callbacks.BackupAndRestore;
import io.github.lstm4j.callbacks.CSVLogger;
import io.github.lstm4j.callbacks.ModelCheckpoint;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever ends a training early: onTrainEnd is called, the history is there, fit works again. */
class BrokenOffTest {
  private static final Tensor X = Tensor.zeros(12, 3, 2);
  private static final Tensor Y = Tensor.zeros(12, 1);

  @TempDir Path dir;

  @AfterEach
  void clear() {
    assertThat(Thread.interrupted()).isFalse();
  }

  private static Sequential model() {
    return new Sequential(new LSTM(3).inputShape(3, 2), new Dense(1)).compile("adam", "mse");
  }

  private static Fit fit(Callback... callbacks) {
    return Fit.epochs(5).batchSize(4).callbacks(callbacks).silent();
  }

  /** Remembers what it was told, and does something when told so. */
  private static class Teller implements Callback {
    final List<String> told = new ArrayList<>();
    final String at;
    final Runnable what;
    Training last;

    Teller(String at, Runnable what) {
      this.at = at;
      this.what = what;
    }

    Teller() {
      this("never", () -> {});
    }

    private void told(Training training, String event) {
      last = training;
      told.add(event);
      if (event.equals(at)) {
        what.run();
      }
    }

    @Override
    public void onTrainBegin(Training training) {
      told(training, "begin");
    }

    @Override
    public void onEpochBegin(Training training, int epoch) {
      told(training, "epoch " + epoch);
    }

    @Override
    public void onBatchEnd(Training training, int step) {
      told(training, "step " + training.model().iterations());
    }

    @Override
    public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
      told(training, "ended " + epoch);
    }

    @Override
    public void onTrainEnd(Training training) {
      told(training, "end");
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Exception> void throwUnchecked(Exception e) throws E {
    throw (E) e;
  }

  /** Kotlin and Scala know no checked exceptions. */
  @Test
  void checkedExceptionsAreCarriedToo() {
    for (String at : List.of("epoch 1", "step 7", "ended 1", "end")) {
      Teller teller =
          new Teller(at, () -> BrokenOffTest.<RuntimeException>throwUnchecked(new IOException()));
      try (Sequential m = model()) {
        assertThatThrownBy(() -> m.fit(X, Y, fit(teller)))
            .isInstanceOf(TrainingException.class)
            .hasCauseInstanceOf(IOException.class);
        assertThat(teller.told).endsWith("end").filteredOn("end"::equals).hasSize(1);
      }
    }
  }

  /** A backup that is there is read all the same. */
  @Test
  void interruptedBeforeItGoesOn() {
    Path backup = dir.resolve("on.keras");
    Teller teller = new Teller("step 7", () -> Thread.currentThread().interrupt());
    for (int i = 0; i < 2; i++) {
      try (Sequential m = model()) {
        m.fit(X, Y, fit(teller, new BackupAndRestore(backup))); // the second: interrupted still
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
        assertThat(m.iterations()).isEqualTo(i == 0 ? 7 : 6);
      } finally {
        if (i == 1) {
          Thread.interrupted();
        }
      }
    }
  }

  /** The flag stays, the epoch it broke into counts for nothing, and files are whole. */
  @ParameterizedTest
  @ValueSource(
      strings = {"begin", "epoch 0", "epoch 2", "step 7", "step 8", "step 9", "ended 1", "ended 4"})
  void interrupt(String at) throws IOException {
    Path log = dir.resolve("log.csv");
    Path last = dir.resolve("last.keras");
    Path backup = dir.resolve("backup.keras");
    Teller teller = new Teller(at, () -> Thread.currentThread().interrupt());
    int whole =
        switch (at) {
          case "begin", "epoch 0" -> 0;
          case "step 9" -> 3; // the epoch's last step
          case "ended 4" -> 5;
          default -> 2;
        };
    try (Sequential m = model()) {
      History h =
          m.fit(
              X,
              Y,
              fit(
                  teller,
                  new CSVLogger(log),
                  new ModelCheckpoint(last),
                  new BackupAndRestore(backup)));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(h.epochs()).hasSize(whole);
      assertThat(teller.told).endsWith("end").filteredOn("end"::equals).hasSize(1);
      assertThat(teller.told).filteredOn(e -> e.startsWith("ended")).hasSize(whole);
      assertThat(Files.readAllLines(log)).hasSize(whole == 0 ? 0 : whole + 1);
      assertThat(backup.toFile().exists()).isEqualTo(whole > 0 && whole < 5);
      if (whole == 5) {
        assertThat(teller.last.stopReason()).isNull();
        assertThat(teller.last.isCompleted()).isTrue();
      } else {
        assertThat(teller.last.stopReason()).startsWith("Interrupted ").contains("" + (whole + 1));
        assertThat(teller.last.isCompleted()).isFalse();
      }
      if (whole > 0) {
        try (Model saved = Models.load(last)) {
          assertThat(saved.iterations()).isEqualTo(3L * whole);
        }
      }
      assertThat(m.fit(X, Y, fit()).epochs()).hasSize(5);
    }
  }

  @Test
  void anotherThreadInterrupts() throws InterruptedException {
    try (Sequential m = model()) {
      History[] got = new History[1];
      boolean[] flag = new boolean[1];
      Thread trains =
          new Thread(
              () -> {
                got[0] = m.fit(X, Y, Fit.epochs(1_000_000).batchSize(4).silent());
                flag[0] = Thread.currentThread().isInterrupted();
              });
      trains.start();
      while (m.iterations() < 10) {
        Thread.onSpinWait();
      }
      trains.interrupt();
      trains.join();
      assertThat(flag[0]).isTrue();
      assertThat(got[0].epochs()).hasSize((int) (m.iterations() / 3));
    }
  }

  /** An interrupt within the validation ends it too. */
  @Test
  void interruptInTheValidation() {
    BatchSource validation =
        BatchSource.of(
            () ->
                List.of(Batch.of(X, Y), Batch.of(X, Y)).stream()
                    .peek(b -> Thread.currentThread().interrupt())
                    .iterator());
    try (Sequential m = model()) {
      Teller teller = new Teller();
      assertThat(m.fit(X, Y, fit(teller).validationData(validation)).epochs()).isEmpty();
      assertThat(Thread.interrupted()).isTrue();
      assertThat(teller.last.stopReason()).contains("validation", "epoch 1");
    }
  }

  /** The exception names callback and epoch, has the cause and the history. */
  @ParameterizedTest
  @ValueSource(strings = {"epoch 2", "step 8", "ended 2", "end"})
  void aCallbackFails(String at) {
    IllegalArgumentException boom = new IllegalArgumentException("boom");
    Teller failing =
        new Teller(
            at,
            () -> {
              throw boom;
            });
    Teller before = new Teller();
    Teller after = new Teller();
    try (Sequential m = model()) {
      Throwable thrown = catchThrowable(() -> m.fit(X, Y, fit(before, failing, after)));
      assertThat(thrown)
          .isInstanceOf(TrainingException.class)
          .hasCause(boom)
          .hasMessageContainingAll("Teller", "boom", at.equals("end") ? "end" : "epoch 3");
      int done = at.equals("end") ? 5 : at.equals("ended 2") ? 3 : 2;
      assertThat(((TrainingException) thrown).history().epochs()).hasSize(done);
      for (Teller t : List.of(before, failing, after)) {
        assertThat(t.told).endsWith("end").filteredOn("end"::equals).hasSize(1);
      }
      assertThat(m.fit(X, Y, fit()).epochs()).hasSize(5);
    }
  }

  /**
   * Before there is a history it is thrown as it is, and who was told of the begin hears the end.
   */
  @Test
  void aCallbackFailsAtTheBegin() {
    Teller first = new Teller();
    Teller failing =
        new Teller(
            "begin",
            () -> {
              throw new UnsupportedOperationException("not today");
            });
    Teller never = new Teller();
    try (Sequential m = model()) {
      assertThatThrownBy(() -> m.fit(X, Y, fit(first, failing, never)))
          .isInstanceOf(UnsupportedOperationException.class);
      assertThat(first.told).containsExactly("begin", "end");
      assertThat(failing.told).containsExactly("begin");
      assertThat(never.told).isEmpty();
      assertThat(m.fit(X, Y, fit()).epochs()).hasSize(5);
    }
  }

  /** A disk that goes away while the training runs. */
  @Test
  void aCheckpointThatCannotBeWritten() throws IOException {
    Path folder = Files.createDirectory(dir.resolve("folder"));
    Path file = folder.resolve("m.keras");
    Teller removing =
        new Teller(
            "epoch 2",
            () -> {
              try {
                Files.delete(file);
                Files.delete(folder);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    try (Sequential m = model()) {
      assertThatThrownBy(() -> m.fit(X, Y, fit(removing, new ModelCheckpoint(file))))
          .isInstanceOfSatisfying(
              TrainingException.class,
              e -> {
                assertThat(e).hasMessageContainingAll("ModelCheckpoint", "epoch 3", "m.keras");
                assertThat(e).hasCauseInstanceOf(UncheckedIOException.class);
                assertThat(e.history().epochs()).containsExactly(0, 1, 2);
              });
      assertThat(removing.told).endsWith("end");
    }
  }

  /** Whether it is begun, read, or closed; for training or for validation. */
  @ParameterizedTest
  @ValueSource(strings = {"begin", "next", "close"})
  void aSourceFails(String at) {
    for (boolean validation : new boolean[] {false, true}) {
      int[] epochs = {0};
      BatchSource failing =
          (batchSize, shuffle) -> {
            boolean now = ++epochs[0] == 3;
            BatchSource.Batches good = BatchSource.of(X, Y).batches(4, null);
            if (now && at.equals("begin")) {
              throw new IllegalStateException("lost the drive");
            }
            return new BatchSource.Batches() {
              @Override
              public Batch next() {
                if (now && at.equals("next")) {
                  throw new IllegalStateException("lost the drive");
                }
                return good.next();
              }

              @Override
              public void close() {
                if (now && at.equals("close")) {
                  throw new IllegalStateException("lost the drive");
                }
              }
            };
          };
      Teller teller = new Teller();
      try (Sequential m = model()) {
        BatchSource train = validation ? BatchSource.of(X, Y) : failing;
        Fit fit = validation ? fit(teller).validationData(failing) : fit(teller);
        assertThatThrownBy(() -> m.fit(train, fit))
            .isInstanceOfSatisfying(
                TrainingException.class,
                e -> {
                  assertThat(e)
                      .hasMessageContainingAll("source failed", "lost the drive", "epoch 3");
                  assertThat(e).hasCauseInstanceOf(IllegalStateException.class);
                  assertThat(e.history().epochs()).containsExactly(0, 1);
                });
        assertThat(teller.told).endsWith("end");
        assertThat(m.fit(X, Y, fit()).epochs()).hasSize(5);
      }
    }
  }

  /**
   * What fit refuses keeps its own type, with the history beside it; also from the second epoch.
   */
  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void badDataInALaterEpoch(float bad) {
    for (int what = 0; what < 3; what++) {
      int spoilt = what;
      int[] epochs = {0};
      BatchSource source =
          new BatchSource() {
            @Override
            public int samples() {
              return 12; // known, but read anew for each epoch
            }

            @Override
            public Batches batches(int batchSize, Philox shuffle) {
              Tensor[] all = {X.copy(), Y.copy(), Tensor.zeros(12)};
              if (shuffle != null && ++epochs[0] == 3) {
                all[spoilt].data()[0] = bad;
              }
              return BatchSource.of(all[0], all[1], all[2]).batches(batchSize, null);
            }
          };
      Teller teller = new Teller();
      try (Sequential m = model()) {
        assertThatThrownBy(() -> m.fit(source, fit(teller)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContainingAll(String.valueOf(bad), "sample 0")
            .satisfies(
                e ->
                    assertThat(((TrainingException) e.getSuppressed()[0]).history().epochs())
                        .containsExactly(0, 1));
        assertThat(teller.told).endsWith("end");
        assertThat(m.fit(X, Y, fit()).epochs()).hasSize(5);
      }
    }
  }

  @Test
  void badDataInASingleStep() {
    try (Sequential m = model()) {
      List<Tensor> before = m.getWeights();
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
        for (int what = 0; what < 3; what++) {
          Tensor[] all = {X.copy(), Y.copy(), Tensor.zeros(12)};
          all[what].data()[5] = bad;
          assertThatThrownBy(() -> m.trainOnBatch(Batch.of(all[0], all[1], all[2])))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContainingAll("trainOnBatch", String.valueOf(bad));
        }
      }
      assertThat(m.getWeights()).isEqualTo(before);
      assertThat(m.iterations()).isZero();
    }
  }

  /** Stopped before the first step: no epoch ran. */
  @Test
  void stoppedAtOnce() {
    Teller teller =
        new Teller() {
          @Override
          public void onTrainBegin(Training training) {
            training.stop("no wish");
          }
        };
    try (Sequential m = model()) {
      assertThat(m.fit(X, Y, fit(teller)).epochs()).isEmpty();
      assertThat(teller.told).containsExactly("end");
      assertThat(m.iterations()).isZero();
    }
  }
}
