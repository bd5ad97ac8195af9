package io.github.lstm4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.callbacks.BackupAndRestore;
import io.github.lstm4j.callbacks.CSVLogger;
import io.github.lstm4j.callbacks.EarlyStopping;
import io.github.lstm4j.callbacks.LearningRateScheduler;
import io.github.lstm4j.callbacks.ModelCheckpoint;
import io.github.lstm4j.callbacks.ReduceLROnPlateau;
import io.github.lstm4j.layers.BatchNormalization;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A training that was broken off and goes on from a file gives what it would have given without:
 * the same epochs, weights, files and decisions of callbacks, bit for bit.
 */
class ResumeTest {
  private static final int EPOCHS = 12;
  private static final Tensor X = tensor(1, 20, 4, 2);
  private static final Tensor Y = tensor(2, 20, 1);
  private static final Tensor VALIDATION_X = tensor(3, 9, 4, 2);
  private static final Tensor VALIDATION_Y = tensor(4, 9, 1);

  @TempDir Path dir;

  private static Tensor tensor(long seed, int... dims) {
    Tensor t = Tensor.zeros(dims);
    Random random = new Random(seed);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  private static Sequential model(long seed) {
    return new Sequential()
        .seed(seed)
        .add(new LSTM(6).inputShape(4, 2).dropout(0.1f))
        .add(new Dropout(0.2f))
        .add(new Dense(1))
        .compile(Optimizer.adam(0.05f), Loss.meanSquaredError(), Metric.MEAN_ABSOLUTE_ERROR);
  }

  /** What is thrown where a process would have been killed. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Breaks a training off at the given event of an epoch. */
  private record Killer(String event, int epoch) implements Callback {
    @Override
    public void onBatchEnd(Training training, int step) {
      if (event.equals("step") && training.model().iterations() == epoch * 5L + 3) {
        throw new Killed();
      }
    }

    @Override
    public void onEpochEnd(Training training, int ended, Map<String, Double> logs) {
      if (event.equals("end") && ended == epoch) {
        throw new Killed();
      }
    }
  }

  /** Halves the learning rate after each third epoch, which the optimizer's state has. */
  private static final class Halving implements Callback {
    @Override
    public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
      if (epoch % 3 == 2) {
        training.model().setLearningRate(training.model().optimizer().learningRate() / 2);
      }
    }
  }

  private List<Callback> callbacks(Path folder) {
    return new ArrayList<>(
        List.of(
            new ModelCheckpoint(folder.resolve("last.keras")),
            new EarlyStopping("val_loss").patience(3).restoreBestWeights(true),
            new ModelCheckpoint(folder.resolve("best.keras")).saveBestOnly(true),
            new ModelCheckpoint(folder.resolve("mae.keras")).monitor("val_mae").saveBestOnly(true),
            new ReduceLROnPlateau("val_loss").factor(0.7).patience(1).cooldown(1),
            new LearningRateScheduler((epoch, rate) -> epoch % 4 == 1 ? rate * 0.9 : rate),
            new CSVLogger(folder.resolve("log.csv"), true),
            new EarlyStopping("loss").patience(2).minDelta(0.01),
            new Halving()));
  }

  private static Fit fit(List<Callback> callbacks) {
    return Fit.epochs(EPOCHS)
        .batchSize(4)
        .validationData(VALIDATION_X, VALIDATION_Y)
        .callbacks(callbacks)
        .silent();
  }

  /** Everything that a training leaves behind: weights, and files without the dates in them. */
  private static Map<String, Object> left(Model model, Path folder) throws IOException {
    Map<String, Object> left = new LinkedHashMap<>();
    left.put("weights", model.getWeights());
    left.put("iterations", model.iterations());
    left.put("rate", model.optimizer().learningRate());
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".csv")) {
          left.put(name, Files.readString(file));
        } else {
          try (Model saved = Models.load(file)) {
            left.put(name, saved.getWeights());
            left.put(name + " progress", text(saved.progress()));
          }
        }
      }
    }
    return left;
  }

  /** What callbacks remember, but for the one that breaks off. */
  private static String text(Progress p) {
    List<Object> told = new ArrayList<>();
    for (Progress.Told t : p.callbacks()) {
      if (!t.name().contains("Killer")) {
        told.add(List.of(t.name(), t.ofEnd(), t.state().values(), t.state().tensors().hashCode()));
      }
    }
    return p.epoch() + " " + p.logs() + told;
  }

  /** Whatever the order of the callbacks, and wherever it is broken off. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void asIfItHadNotStopped(long order) throws IOException {
    Path whole = Files.createDirectory(dir.resolve("whole"));
    Map<String, Object> expected;
    List<Callback> all = callbacks(whole);
    Collections.shuffle(all, new Random(order));
    int epochs;
    try (Sequential m = model(order)) {
      epochs = m.fit(X, Y, fit(all)).epochs().size();
      expected = left(m, whole);
    }
    assertThat(epochs).isBetween(4, EPOCHS);
    Random random = new Random(order);
    for (int round = 0; round < 4; round++) {
      Path folder = Files.createDirectory(dir.resolve("round" + round));
      int at = 1 + random.nextInt(epochs - 1);
      List<Callback> broken = callbacks(folder);
      Collections.shuffle(broken, new Random(order));
      broken.add(random.nextInt(broken.size()), new Killer(round % 2 == 0 ? "end" : "step", at));
      try (Sequential m = model(order)) {
        assertThatThrownBy(() -> m.fit(X, Y, fit(broken))).isInstanceOf(Killed.class);
      }
      try (Model m = Models.load(folder.resolve("last.keras"))) {
        List<Callback> again = callbacks(folder);
        Collections.shuffle(again, new Random(order));
        m.fit(X, Y, fit(again).initialEpoch(m.progress().epoch()));
        assertThat(left(m, folder)).as("killed in epoch %s", at).isEqualTo(expected);
      }
    }
  }

  /** The model that is given takes up weights, optimizer and even the seed. */
  @Test
  void backupAndRestore() throws IOException {
    Path backup = dir.resolve("backup.keras");
    History whole;
    List<Tensor> expected;
    try (Sequential m = model(7)) {
      whole = m.fit(X, Y, fit(List.of(new EarlyStopping("val_mae").patience(4))));
      expected = m.getWeights();
    }
    List<Double> losses = new ArrayList<>();
    for (int killed : new int[] {0, 2, 3, 6}) {
      try (Sequential m = model(killed < 3 ? 7 : 1000 + killed)) {
        Callback collector =
            new Callback() {
              @Override
              public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
                if (epoch == losses.size()) {
                  losses.add(logs.get("loss"));
                }
              }
            };
        assertThatThrownBy(
                () ->
                    m.fit(
                        X,
                        Y,
                        fit(
                            List.of(
                                collector,
                                new EarlyStopping("val_mae").patience(4),
                                new BackupAndRestore(backup),
                                new Killer("step", killed)))))
            .isInstanceOf(Killed.class);
      }
    }
    try (Sequential m = model(99)) {
      History rest =
          m.fit(
              X,
              Y,
              fit(List.of(new BackupAndRestore(backup), new EarlyStopping("val_mae").patience(4))));
      losses.addAll(rest.get("loss"));
      assertThat(losses).isEqualTo(whole.get("loss"));
      assertThat(m.getWeights()).isEqualTo(expected);
      assertThat(backup).doesNotExist();
    }
  }

  /** An epoch of 5 steps ends amid the accumulation of 3; averages and moments go on too. */
  @Test
  void amidAnAccumulation() throws IOException {
    Optimizer optimizer =
        Optimizer.nadam(0.05f).withEma(new Optimizer.Ema(0.8f, 2)).withGradientAccumulationSteps(3);
    List<Map<String, Object>> left = new ArrayList<>();
    Path backup = dir.resolve("backup.keras");
    for (Callback killer : new Callback[] {null, new Killer("step", 2), new Killer("end", 2)}) {
      Map<String, Object> what = new LinkedHashMap<>();
      for (boolean again : new boolean[] {false, true}) {
        if (again && killer == null) {
          continue;
        }
        try (Sequential m = new Sequential().seed(again ? 99 : 7)) {
          m.add(new LSTM(4).inputShape(4, 2).recurrentDropout(0.1f));
          m.add(new BatchNormalization());
          m.add(new Dense(1));
          m.compile(optimizer, Loss.meanSquaredError(), Metric.r2Score());
          List<Callback> all = new ArrayList<>(List.of(new BackupAndRestore(backup)));
          if (killer != null && !again) {
            all.add(killer);
            assertThatThrownBy(() -> m.fit(X, Y, fit(all))).isInstanceOf(Killed.class);
            continue;
          }
          List<Double> scores = m.fit(X, Y, fit(all)).get("val_r2_score");
          what.put("score", scores.get(scores.size() - 1));
          what.put("weights", m.getWeights());
          what.put("iterations", m.iterations());
        }
      }
      left.add(what);
    }
    assertThat(left).hasSize(3).containsOnly(left.get(0));
  }

  /** Nothing of a backup is taken by a model that differs. */
  @Test
  void backupsOfOthersAreRefused() throws IOException {
    Path backup = dir.resolve("backup.keras");
    try (Sequential m = model(7)) {
      m.fit(X, Y, fit(List.of(new BackupAndRestore(backup).deleteCheckpoint(false))));
    }
    try (Sequential other =
            new Sequential(new LSTM(5).inputShape(4, 2), new Dense(1)).compile("adam", "mse");
        Sequential others = model(7).compile("sgd", "mse", "mae");
        Sequential same = model(8)) {
      List<Tensor> before = other.getWeights();
      Fit fit = fit(List.of(new BackupAndRestore(backup)));
      assertThatThrownBy(() -> other.fit(X, Y, fit)).hasMessageContainingAll("backup.keras", "mae");
      assertThat(other.getWeights()).isEqualTo(before);
      assertThatThrownBy(() -> others.fit(X, Y, fit)).hasMessageContainingAll("optimizer", "SGD");
      Path plain = dir.resolve("plain.keras");
      model(1).save(plain);
      assertThatThrownBy(() -> same.fit(X, Y, fit(List.of(new BackupAndRestore(plain)))))
          .hasMessageContainingAll("plain.keras", "not saved by a callback");
      assertThatThrownBy(
              () -> same.fit(X, Y, fit(List.of(new BackupAndRestore(dir.resolve("no/b.keras"))))))
          .hasMessageContainingAll("no/b.keras", "no directory");
      same.fit(X, Y, fit); // all epochs were done
      assertThat(same.iterations()).isEqualTo(EPOCHS * 5L);
      assertThat(backup).doesNotExist();
    }
  }

  /** Stopped is stopped: the file was saved before the process ended, or after others were told. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStoppedTrainingDoesNotGoOn(boolean savedBefore) throws IOException {
    Path last = dir.resolve("last.keras");
    List<Callback> all = new ArrayList<>();
    all.add(new EarlyStopping("loss").mode("max").restoreBestWeights(true));
    all.add(savedBefore ? 0 : 1, new ModelCheckpoint(last));
    List<Tensor> expected;
    int epochs;
    try (Sequential m = model(7)) {
      epochs = m.fit(X, Y, fit(all)).epochs().size();
      expected = m.getWeights();
    }
    try (Model m = Models.load(last)) {
      assertThat(m.progress().epoch()).isEqualTo(epochs).isLessThan(EPOCHS);
      EarlyStopping again = new EarlyStopping("loss").mode("max").restoreBestWeights(true);
      History h = m.fit(X, Y, fit(List.of(again, new ModelCheckpoint(last))).initialEpoch(epochs));
      assertThat(h.epochs()).isEmpty();
      assertThat(m.getWeights()).isEqualTo(expected);
    }
  }

  /** In one process, or with save and load between: parts of a training are the whole of it. */
  @Test
  void inParts() throws IOException {
    Path file = dir.resolve("part.keras");
    try (Sequential whole = model(7);
        Sequential parts = model(7)) {
      EarlyStopping stop = new EarlyStopping("val_loss").patience(3);
      History all = whole.fit(X, Y, fit(List.of(stop)));
      parts.fit(
          X,
          Y,
          Fit.epochs(3)
              .batchSize(4)
              .validationData(VALIDATION_X, VALIDATION_Y)
              .callbacks(new EarlyStopping("val_loss").patience(3))
              .silent());
      parts.save(file);
      EarlyStopping rest = new EarlyStopping("val_loss").patience(3);
      History here = parts.fit(X, Y, fit(List.of(rest)).initialEpoch(3));
      assertThat(parts.getWeights()).isEqualTo(whole.getWeights());
      assertThat(here.get("loss")).isEqualTo(all.get("loss").subList(3, all.epochs().size()));
      assertThat(rest.bestEpoch()).isEqualTo(stop.bestEpoch());
      try (Model loaded = Models.load(file)) {
        rest = new EarlyStopping("val_loss").patience(3);
        loaded.fit(X, Y, fit(List.of(rest)).initialEpoch(3));
        assertThat(loaded.getWeights()).isEqualTo(whole.getWeights());
        assertThat(rest.bestEpoch()).isEqualTo(stop.bestEpoch());
      }
    }
  }

  /** What stateful layers carry goes on too, from a file that is saved within a training. */
  @Test
  void states() throws IOException {
    Path last = dir.resolve("last.keras");
    Callback saves = new ModelCheckpoint(last);
    Fit three = Fit.epochs(3).batchSize(4).shuffle(false).silent();
    Fit six = Fit.epochs(6).batchSize(4).shuffle(false).silent();
    try (Sequential whole = stateful();
        Sequential first = stateful()) {
      whole.fit(X, Y, six);
      first.fit(X, Y, three.callbacks(saves));
      try (Model then = Models.load(last)) {
        then.fit(X, Y, six.initialEpoch(3));
        assertThat(then.getWeights()).isEqualTo(whole.getWeights());
      }
    }
  }

  private static Sequential stateful() {
    return new Sequential()
        .seed(7)
        .add(Input.batch(4, 4, 2))
        .add(new LSTM(3).stateful(true))
        .add(new Dense(1))
        .compile("adam", "mse");
  }

  /** Each fit shuffles otherwise; parts of one fit as the whole; a first one as ever. */
  @Test
  void shuffles() {
    List<List<Integer>> orders = new ArrayList<>();
    BatchSource recorder =
        new BatchSource() {
          @Override
          public int samples() {
            return 20;
          }

          @Override
          public Batches batches(int batchSize, Philox shuffle) {
            if (shuffle != null) {
              List<Integer> order = new ArrayList<>();
              for (int i : shuffle.permutation(20)) {
                order.add(i);
              }
              orders.add(order);
            }
            return BatchSource.of(X, Y).batches(batchSize, null);
          }
        };
    try (Sequential m = model(7);
        Sequential again = model(7)) {
      Fit fit = Fit.epochs(3).batchSize(4).silent();
      m.fit(recorder, fit);
      m.fit(recorder, fit);
      m.fit(recorder, fit);
      assertThat(orders).doesNotHaveDuplicates().hasSize(9);
      List<List<Integer>> first = List.copyOf(orders.subList(0, 3));
      for (int epoch = 0; epoch < 3; epoch++) {
        int[] plain = new Philox(7, (1 << 21) + epoch).permutation(20);
        assertThat(plain).containsExactly(first.get(epoch).stream().mapToInt(i -> i).toArray());
      }
      orders.clear();
      again.fit(recorder, Fit.epochs(1).batchSize(4).silent());
      again.fit(recorder, fit.initialEpoch(1));
      assertThat(orders).isEqualTo(first);
    }
  }
}
