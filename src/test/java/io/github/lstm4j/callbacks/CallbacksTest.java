package io.github.lstm4j.callbacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.AtConstraint;
import io.github.lstm4j.metrics.Auc;
import io.github.lstm4j.metrics.FBeta;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import io.github.lstm4j.training.Training;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallbacksTest {
  @TempDir Path dir;

  /**
   * A training whose validation loss is what we say: one weight, set before each epoch, learning
   * rate 0; the validation target 0 and input 1 make it w².
   */
  private static History run(Sequential model, double[] losses, Callback... callbacks) {
    Callback script =
        new Callback() {
          @Override
          public void onEpochBegin(Training training, int epoch) {
            float w = (float) Math.sqrt(losses[epoch]);
            training.model().setWeights(List.of(Tensor.of(new float[] {w}, 1, 1)));
          }
        };
    Callback[] all = new Callback[callbacks.length + 1];
    all[0] = script;
    System.arraycopy(callbacks, 0, all, 1, callbacks.length);
    Tensor one = Tensor.of(new float[] {1}, 1, 1);
    Tensor zero = Tensor.zeros(1, 1);
    return model.fit(
        one,
        zero,
        Fit.epochs(losses.length).batchSize(1).validationData(one, zero).callbacks(all).silent());
  }

  private static Sequential oneWeight() {
    return new Sequential(new Input(1), new Dense(1).useBias(false))
        .compile(Optimizer.sgd(0f), Loss.meanSquaredError());
  }

  private static double squareOfWeight(Model model) {
    double w = model.getWeights().get(0).data()[0];
    return w * w;
  }

  /** Epochs run, best epoch, and the weight afterwards, as keras.callbacks.EarlyStopping 3.15.1. */
  @Test
  void earlyStopping() {
    double[] losses = {9, 4, 4, 1, 4, 9, 4, 0.25, 9};
    try (Sequential m = oneWeight()) {
      EarlyStopping stop = new EarlyStopping("val_loss");
      assertThat(run(m, losses, stop).epochs())
          .hasSize(3); // patience 0: the first that is no better
      assertThat(stop.bestEpoch()).isEqualTo(1);
      assertThat(squareOfWeight(m)).isEqualTo(4);

      stop = new EarlyStopping("val_loss").patience(3).restoreBestWeights(true);
      assertThat(run(m, losses, stop).epochs()).hasSize(7);
      assertThat(stop.bestEpoch()).isEqualTo(3);
      assertThat(squareOfWeight(m)).isEqualTo(1);

      // 5 better is not more than minDelta better, 8 is
      stop = new EarlyStopping("val_loss").patience(3).minDelta(5).restoreBestWeights(true);
      assertThat(run(m, losses, stop).epochs()).hasSize(7);
      assertThat(stop.bestEpoch()).isEqualTo(3);

      // the best weights come back too where nothing stopped the training
      stop = new EarlyStopping("val_loss").patience(9).restoreBestWeights(true);
      assertThat(run(m, losses, stop).epochs()).hasSize(9);
      assertThat(squareOfWeight(m)).isEqualTo(0.25);
    }
  }

  @Test
  void earlyStoppingThatNeverImproves() {
    try (Sequential m = oneWeight()) {
      EarlyStopping stop = new EarlyStopping("val_loss").patience(2).restoreBestWeights(true);
      assertThat(run(m, new double[] {1, 4, 4, 4, 4}, stop).epochs()).hasSize(3);
      assertThat(stop.bestEpoch()).isZero();
      assertThat(squareOfWeight(m)).isEqualTo(1);
      // NaN is the best there is, if it comes first; nothing is better than it
      assertThat(run(m, new double[] {Double.NaN, 1, 0.25, 0.1}, stop).epochs()).hasSize(3);
      assertThat(stop.bestEpoch()).isZero();
      assertThat(squareOfWeight(m)).isNaN();
      assertThat(run(m, new double[] {4, Double.NaN, 1, Double.NaN, Double.NaN, 0}, stop).epochs())
          .hasSize(5);
      assertThat(stop.bestEpoch()).isEqualTo(2);
      assertThat(squareOfWeight(m)).isEqualTo(1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> run(m, new double[] {1}, new EarlyStopping("val_mae")))
          .withMessageContaining("val_mae")
          .withMessageContaining("val_loss");
      assertThatIllegalArgumentException().isThrownBy(() -> stop.patience(-1));
    }
  }

  /** What Keras's EarlyStopping did: {@code golden/callbacks/record.py}. */
  @Test
  void earlyStoppingAsKeras() throws IOException {
    for (String line : FileNamesTest.recorded("early_stopping.txt")) {
      String[] f = line.split("\t", -1);
      EarlyStopping stop = new EarlyStopping("val_loss").restoreBestWeights(true);
      for (String option : f[0].split(" ", -1)) {
        String value = option.replaceFirst(".*=", "");
        switch (option.replaceFirst("=.*", "")) {
          case "patience" -> stop.patience(Integer.parseInt(value));
          case "min_delta" -> stop.minDelta(Double.parseDouble(value));
          case "baseline" -> stop.baseline(Double.parseDouble(value));
          case "start_from_epoch" -> stop.startFromEpoch(Integer.parseInt(value));
          case "mode" -> stop.mode(value);
          default -> throw new AssertionError(option);
        }
      }
      double[] losses = Stream.of(f[1].split(" ", -1)).mapToDouble(FileNamesTest::number).toArray();
      try (Sequential m = oneWeight()) {
        assertThat(run(m, losses, stop).epochs()).as(line).hasSize(Integer.parseInt(f[2]));
        assertThat(stop.bestEpoch()).as(line).isEqualTo(Integer.parseInt(f[3]));
        float weight = (float) Math.sqrt(losses[Integer.parseInt(f[4])]);
        assertThat(m.getWeights()).as(line).containsExactly(Tensor.of(new float[] {weight}, 1, 1));
      }
    }
  }

  /** The metric says which direction is better, whatever logs call it; a mode overrules it. */
  @Test
  void theDirectionIsTheMetrics() throws IOException {
    Random random = new Random(1);
    float[] x = new float[64 * 4];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    float[] y = new float[64];
    for (int i = 0; i < 64; i++) {
      y[i] = x[i * 4 + 3] > 0 ? 1 : 0;
    }
    for (String name : List.of("accuracy", "acc", "hit_rate", "val_hits", "loss_of_none")) {
      Path best = dir.resolve("best-" + name + ".keras");
      try (Sequential m =
          new Sequential().seed(3).add(new LSTM(8).inputShape(4, 1)).add(new Dense(1, "sigmoid"))) {
        m.compile(
            Optimizer.adam(.02f),
            Loss.binaryCrossentropy(false),
            Map.of(name, Metric.BINARY_ACCURACY));
        EarlyStopping stop = new EarlyStopping(name).patience(3);
        EarlyStopping other = new EarlyStopping(name).patience(3).mode("min");
        Fit fit = Fit.epochs(12).batchSize(16).silent();
        Tensor in = Tensor.of(x, 64, 4, 1);
        Tensor out = Tensor.of(y, 64, 1);
        ModelCheckpoint keep = new ModelCheckpoint(best).monitor(name).saveBestOnly(true);
        History h = m.fit(in, out, fit.callbacks(stop, keep));
        assertThat(h.epochs()).as(name).hasSize(12);
        assertThat(stop.bestEpoch()).as(name).isEqualTo(10);
        try (Model saved = Models.load(best)) {
          assertThat(saved.iterations()).as(name).isEqualTo(11 * 4);
        }
        m.fit(in, out, fit.callbacks(other));
        assertThat(m.iterations()).as(name).isLessThan(24 * 4);
      }
    }
  }

  /** Which of a metric's values is better, as Keras's {@code _direction} says. */
  @Test
  void theDirectionOfEachMetric() {
    List<Metric> up =
        List.of(
            Metric.auc(),
            Metric.auc(Auc.Curve.PR),
            Metric.precision(),
            Metric.recall(),
            Metric.f1Score(),
            Metric.r2Score(),
            Metric.of("cosine_similarity"),
            Metric.ACCURACY,
            Metric.topKCategoricalAccuracy(1),
            Metric.of(new AtConstraint(AtConstraint.Kind.PRECISION_AT_RECALL, 0.5f)));
    List<String> down = List.of("mse", "mape", "msle", "hinge", "kl_divergence", "poisson");
    assertThat(up).allMatch(Metric::moreIsBetter);
    assertThat(down).noneMatch(name -> Metric.of(name).moreIsBetter());
    assertThat(Metric.ROOT_MEAN_SQUARED_ERROR.moreIsBetter()).isFalse();
  }

  /** A metric of several results has a key for each, as Python indexes Keras's. */
  @Test
  void aMetricOfSeveralResults() throws IOException {
    Tensor x = Tensor.of(new float[] {1, 2, -1, -2}, 4, 1);
    Tensor y = Tensor.of(new float[] {1, 0, 1, 0, 0, 1, 1, 0}, 4, 2);
    Path csv = dir.resolve("several.csv");
    EarlyStopping stop = new EarlyStopping("val_f1_score[1]").patience(1);
    try (Sequential m = new Sequential(new Input(1), new Dense(2).useBias(false))) {
      m.compile(
          Optimizer.sgd(0f),
          Loss.meanSquaredError(),
          Metric.of(new FBeta(FBeta.Average.NONE, 1, null, 0)));
      m.setWeights(List.of(Tensor.of(new float[] {1, -1}, 1, 2)));
      History h =
          m.fit(
              x,
              y,
              Fit.epochs(5)
                  .silent()
                  .validationData(x, y)
                  .callbacks(
                      stop,
                      new CSVLogger(csv),
                      new ModelCheckpoint(dir.resolve("s-{f1_score[0]:.2f}.keras"))));
      assertThat(h.epochs()).hasSize(2); // none is better than the first
      // classes 0, 0, 1, 1 for 0, 0, 1, 0
      assertThat(h.get("val_f1_score[0]").get(0)).isCloseTo(0.8, within(1e-6));
      assertThat(h.get("f1_score[1]").get(0)).isCloseTo(2 / 3.0, within(1e-6));
      assertThat(Files.readAllLines(csv).get(0))
          .isEqualTo("epoch,loss,f1_score[0],f1_score[1],val_loss,val_f1_score[0],val_f1_score[1]");
      assertThat(dir.resolve("s-0.80.keras")).exists();
    }
  }

  /** What the logs will not have is told before the first step, with what they will have. */
  @Test
  void unknownKeysAreToldBefore() {
    try (Sequential m = oneWeight()) {
      for (Callback c :
          List.of(
              new EarlyStopping("val_mae"),
              new ModelCheckpoint(dir.resolve("b.keras")).monitor("val_mae").saveBestOnly(true),
              new ModelCheckpoint(dir.resolve("{val_mae:.2f}.keras")))) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> run(m, new double[] {1}, c))
            .withMessageContainingAll("val_mae", "loss", "val_loss");
      }
      assertThat(m.iterations()).isZero();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new EarlyStopping("loss").mode("up"))
          .withMessageContaining("up");
      // a callback before may put a value into the logs; then it must be said what is better
      Callback scores =
          new Callback() {
            @Override
            public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
              logs.put("score", 10.0 - epoch);
            }
          };
      EarlyStopping stop = new EarlyStopping("score").mode("max").patience(2);
      assertThat(run(m, new double[] {9, 1, 4, 4}, scores, stop).epochs()).hasSize(3);
    }
  }

  @Test
  void checkpointsOfEpochs() throws IOException {
    try (Sequential m = oneWeight()) {
      run(
          m,
          new double[] {9, 1, 0.25},
          new ModelCheckpoint(dir.resolve("w.{epoch:02d}-{val_loss:.2f}.keras")),
          new ModelCheckpoint(dir.resolve("each/{epoch}/w.keras")),
          new ModelCheckpoint(dir.resolve("best.keras"))
              .saveBestOnly(true)
              .initialValueThreshold(0.3));
      assertThat(dir.toFile().list())
          .containsExactlyInAnyOrder(
              "w.01-9.00.keras", "w.02-1.00.keras", "w.03-0.25.keras", "best.keras", "each");
      assertThat(dir.resolve("each").toFile().list()).containsExactlyInAnyOrder("1", "2", "3");
      assertThat(loaded(dir.resolve("each/3/w.keras"))).isEqualTo(0.25);
      assertThat(loaded(dir.resolve("w.02-1.00.keras"))).isEqualTo(1);
      assertThat(loaded(dir.resolve("best.keras"))).isEqualTo(0.25);
      long before = m.iterations();
      for (String name : List.of("m.txt", "no/{epoch}.keras", "f.keras/{epoch}.keras")) {
        assertThatThrownBy(() -> run(m, new double[] {1}, new ModelCheckpoint(dir.resolve(name))))
            .hasMessageContaining(name);
      }
      assertThat(m.iterations()).isEqualTo(before);
    }
  }

  @Test
  void modelCheckpoint() throws IOException {
    try (Sequential m = oneWeight()) {
      Path best = dir.resolve("best.keras");
      ModelCheckpoint keep = new ModelCheckpoint(best).saveBestOnly(true);
      ModelCheckpoint all = new ModelCheckpoint(dir.resolve("epoch-{epoch}.keras"));
      run(m, new double[] {9, 1, 4}, keep, all);
      assertThat(loaded(best)).isEqualTo(1);
      assertThat(loaded(dir.resolve("epoch-1.keras"))).isEqualTo(9);
      assertThat(loaded(dir.resolve("epoch-2.keras"))).isEqualTo(1);
      assertThat(loaded(dir.resolve("epoch-3.keras"))).isEqualTo(4);
      run(m, new double[] {4, 4}, keep); // a second fit does not replace a better model
      assertThat(loaded(best)).isEqualTo(1);
      assertThatThrownBy(
              () -> run(m, new double[] {1}, new ModelCheckpoint(dir.resolve("no/m.keras"))))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContainingAll("ModelCheckpoint", "no/m.keras");
    }
  }

  private static double loaded(Path file) throws IOException {
    try (Model m = Models.load(file)) {
      return squareOfWeight(m);
    }
  }

  @Test
  void csvLogger() throws IOException {
    Path file = dir.resolve("log.csv");
    try (Sequential m = oneWeight()) {
      run(m, new double[] {9, 1}, new CSVLogger(file));
      assertThat(file).hasContent("epoch,loss,val_loss\n0,9.0,9.0\n1,1.0,1.0\n");
      run(m, new double[] {4}, new CSVLogger(file, true));
      Tensor one = Tensor.of(new float[] {1}, 1, 1);
      m.fit(one, one, Fit.epochs(1).callbacks(new CSVLogger(file, true)).silent());
      assertThat(Files.readAllLines(file)).hasSize(5).endsWith("0,4.0,4.0", "0,1.0,NA");
      run(m, new double[] {4}, new CSVLogger(file));
      assertThat(file).hasContent("epoch,loss,val_loss\n0,4.0,4.0\n");
      assertThatThrownBy(() -> run(m, new double[] {1}, new CSVLogger(dir.resolve("no/log.csv"))))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContainingAll("CSVLogger", "log.csv");
    }
  }

  /** A torn line is cut, and where a training goes on none is there twice. */
  @Test
  void csvLoggerGoesOn() throws IOException {
    Path file = dir.resolve("log.csv");
    Tensor one = Tensor.of(new float[] {1}, 1, 1);
    Fit fit = Fit.epochs(4).initialEpoch(2).silent();
    try (Sequential m = oneWeight()) {
      for (String left :
          List.of(
              "", "2,7.0\n", "2,7.0\n3,7.0\n", "2,7.0\n3,7.", "2,7.0\n3", "2,", "\n", "4,1\n5")) {
        Files.writeString(file, "epoch,loss\n0,9.0\n1,8.0\n" + left);
        m.fit(one, one, fit.callbacks(new CSVLogger(file, true)));
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).as(left).hasSize(5).startsWith("epoch,loss", "0,9.0", "1,8.0");
        assertThat(lines.get(3)).startsWith("2,");
        assertThat(lines.get(4)).startsWith("3,");
      }
      Files.writeString(file, "epoch,lo"); // the header is torn
      m.fit(one, one, fit.callbacks(new CSVLogger(file, true)));
      assertThat(Files.readAllLines(file)).hasSize(3).startsWith("epoch,loss");
      for (String header : List.of("epoch,mae", "loss,epoch", "x", "epoch,loss")) {
        String before = header + "\n0,1.0\n";
        Files.writeString(file, before);
        long steps = m.iterations();
        assertThatThrownBy(() -> run(m, new double[] {1}, new CSVLogger(file, true)))
            .hasMessageContainingAll("log.csv", header.split(",", -1)[0], "val_loss");
        assertThat(file).hasContent(before);
        assertThat(m.iterations()).isEqualTo(steps);
      }
    }
  }

  /** A name with a comma, a quote or a line break is one column, also when lines are added. */
  @Test
  void csvLoggerQuotes(@TempDir Path dir) {
    Path file = dir.resolve("log.csv");
    Map<String, Double> logs = new LinkedHashMap<>();
    logs.put("loss, \"all\"", 0.5);
    logs.put("two\nlines", 1e-7);
    for (boolean append : new boolean[] {false, true}) {
      CSVLogger logger = new CSVLogger(file, append);
      logger.onTrainBegin(null);
      logger.onEpochEnd(null, 0, logs);
    }
    assertThat(file)
        .hasContent("epoch,\"loss, \"\"all\"\"\",\"two\nlines\"\n0,0.5,1.0E-7\n0,0.5,1.0E-7\n");
  }

  /** The training ends within the epoch, and other callbacks find the logs that they watch. */
  @Test
  void terminateOnNaN() {
    try (Sequential m =
        new Sequential(new LSTM(2).inputShape(3, 1), new Dense(1))
            .compile(Optimizer.sgd(1e30f), Loss.meanSquaredError())) {
      Tensor x = Tensor.zeros(8, 3, 1);
      java.util.Arrays.fill(x.data(), 1f);
      Tensor y = Tensor.zeros(8, 1);
      java.util.Arrays.fill(y.data(), 1e10f);
      History h =
          m.fit(
              x,
              y,
              Fit.epochs(5)
                  .batchSize(1)
                  .validationSplit(0.25)
                  .callbacks(new TerminateOnNaN(), new EarlyStopping("val_loss"))
                  .silent());
      assertThat(h.epochs()).hasSize(1);
      assertThat(m.iterations()).isBetween(1L, 5L);
      assertThat(h.get("loss").get(0)).satisfies(v -> assertThat(Double.isFinite(v)).isFalse());
    }
  }

  @Test
  void progressBar() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    try (Sequential m = oneWeight()) {
      run(m, new double[] {9, 1}, new ProgressBar(out, false), new EarlyStopping("loss"));
      assertThat(bytes.toString(StandardCharsets.UTF_8))
          .matches(
              """
              Epoch 1/2 1/1 - .* - loss: 9\\.000 - val_loss: 9\\.000 - .* samples/s
              Epoch 2/2 1/1 - .* - loss: 1\\.000 - val_loss: 1\\.000 - .* samples/s
              """);
      bytes.reset();
      run(m, new double[] {4}, new ProgressBar(out, true));
      assertThat(bytes.toString(StandardCharsets.UTF_8))
          .startsWith("\rEpoch 1/1 [========================] 1/1 - ")
          .contains("loss: 4.000")
          .endsWith("\u001b[K\n");
    }
  }

  @Test
  void theBarFitsTheTerminal() {
    for (int columns = 12; columns <= 200; columns += 4) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (Sequential m = oneWeight()) {
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        run(m, new double[] {4}, new ProgressBar(out, true, columns));
      }
      String line = bytes.toString(StandardCharsets.UTF_8).replaceAll("[\r\n]|\u001b\\[K", "");
      assertThat(line).startsWith("Epoch 1/1").hasSizeLessThan(columns);
      if (columns < 40) {
        assertThat(line).doesNotContain("[=");
      } else if (columns >= 120) {
        assertThat(line).contains("[" + "=".repeat(24) + "]", "samples/s");
      }
    }
  }

  @Test
  void callbacksAreToldInOrder() {
    StringBuilder told = new StringBuilder();
    Callback all =
        new Callback() {
          @Override
          public void onTrainBegin(Training t) {
            told.append("begin ").append(t.samples()).append('/').append(t.batchSize());
          }

          @Override
          public void onEpochBegin(Training t, int epoch) {
            told.append(" epoch").append(epoch);
          }

          @Override
          public void onBatchEnd(Training t, int step) {
            told.append(" step").append(step).append('/').append(t.steps());
          }

          @Override
          public void onEpochEnd(Training t, int epoch, Map<String, Double> logs) {
            told.append(" ended").append(epoch).append(logs.keySet());
          }

          @Override
          public void onTrainEnd(Training t) {
            told.append(" end");
          }
        };
    try (Sequential m = oneWeight()) {
      m.fit(
          Tensor.zeros(3, 1),
          Tensor.zeros(3, 1),
          Fit.epochs(4).initialEpoch(3).batchSize(2).callbacks(all).silent());
    }
    assertThat(told.toString()).isEqualTo("begin 3/2 epoch3 step0/2 step1/2 ended3[loss] end");
  }
}
