package io.github.lstm4j.callbacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.LearningRateSchedule;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import io.github.lstm4j.training.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Learning rates by epoch, against what Keras did: {@code golden/callbacks/record.py}. */
class LearningRatesTest {
  @TempDir Path dir;

  private static Sequential model(float rate) {
    return new Sequential(new Input(1), new Dense(1))
        .compile(Optimizer.sgd(rate), Loss.meanSquaredError());
  }

  private static History fit(Sequential model, int epochs, Callback... callbacks) {
    Tensor one = Tensor.of(new float[] {1}, 1, 1);
    return model.fit(one, one, Fit.epochs(epochs).callbacks(callbacks).silent());
  }

  /** Puts values into the logs. */
  private record Script(List<Double> values) implements Callback {
    @Override
    public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
      logs.put("val_loss", values.get(epoch));
    }
  }

  private static double[] numbers(String list) {
    return Stream.of(list.split(" ", -1)).mapToDouble(FileNamesTest::number).toArray();
  }

  @Test
  void plateausAsKeras() throws IOException {
    for (String line : FileNamesTest.recorded("plateau.txt")) {
      String[] f = line.split("\t", -1);
      ReduceLROnPlateau reduce = new ReduceLROnPlateau("val_loss").mode("min");
      for (String option : f[0].split(" ", -1)) {
        String value = option.replaceFirst(".*=", "");
        switch (option.replaceFirst("=.*", "")) {
          case "patience" -> reduce.patience(Integer.parseInt(value));
          case "factor" -> reduce.factor(Double.parseDouble(value));
          case "min_lr" -> reduce.minLr(Float.parseFloat(value));
          case "cooldown" -> reduce.cooldown(Integer.parseInt(value));
          case "min_delta" -> reduce.minDelta(Double.parseDouble(value));
          case "mode" -> reduce.mode(value);
          default -> throw new AssertionError(option);
        }
      }
      double[] values = numbers(f[2]);
      try (Sequential m = model(Float.parseFloat(f[1]))) {
        History history =
            fit(m, values.length, new Script(DoubleStream.of(values).boxed().toList()), reduce);
        assertThat(history.get("learning_rate").stream().mapToDouble(r -> r).toArray())
            .as(line)
            .containsExactly(numbers(f[3]));
      }
    }
  }

  @Test
  void schedulesAsKeras() throws IOException {
    for (String line : FileNamesTest.recorded("schedules.txt")) {
      String[] f = line.split("\t", -1);
      double[] a = numbers(f[1]);
      LearningRateSchedule schedule =
          f[0].equals("CosineDecay")
              ? a.length == 3
                  ? LearningRateSchedule.cosineDecay(a[0], a[1], a[2])
                  : LearningRateSchedule.cosineDecay(a[0], a[1], a[2], a[3], a[4])
              : LearningRateSchedule.exponentialDecay(a[0], a[1], a[2], a.length == 4);
      double[] rates = numbers(f[2]);
      for (int step = 0; step < rates.length; step++) {
        assertThat(schedule.at(step)).as(line).isCloseTo(rates[step], within(2e-8));
      }
    }
  }

  /** The rate is set before an epoch, and the logs, the history and later callbacks have it. */
  @Test
  void schedulerSetsTheRate() throws IOException {
    Path log = dir.resolve("log.csv");
    try (Sequential m = model(0.5f)) {
      History history =
          fit(
              m,
              4,
              new LearningRateScheduler((epoch, rate) -> epoch == 0 ? rate : rate / 2),
              new CSVLogger(log));
      assertThat(history.get("learning_rate")).containsExactly(0.5, 0.25, 0.125, 0.0625);
      assertThat(m.optimizer().learningRate()).isEqualTo(0.0625f);
      assertThat(Files.readAllLines(log)).first().isEqualTo("epoch,loss,learning_rate");
      fit(m, 3, new LearningRateScheduler(LearningRateSchedule.exponentialDecay(1, 1, 0.5)));
      assertThat(m.optimizer().learningRate()).isEqualTo(0.25f);
    }
  }

  @Test
  void misuseIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ReduceLROnPlateau("loss").factor(1))
        .withMessage("ReduceLROnPlateau: factor must lie in [0, 1), got 1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ReduceLROnPlateau("loss").patience(-1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ReduceLROnPlateau("loss").cooldown(-1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ReduceLROnPlateau("loss").minLr(Float.NaN));
    assertThatIllegalArgumentException().isThrownBy(() -> new ReduceLROnPlateau("loss").mode("up"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LearningRateSchedule.cosineDecay(0.1, 0, 0))
        .withMessage("schedule: decaySteps must be greater than 0, got 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LearningRateSchedule.exponentialDecay(-1, 1, 1));
    try (Sequential m = model(0.1f)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> fit(m, 2, new ReduceLROnPlateau("val_loss")))
          .withMessageContaining("val_loss");
      for (double wrong : List.of(-0.1, Double.NaN, Double.POSITIVE_INFINITY)) {
        assertThatThrownBy(() -> fit(m, 2, new LearningRateScheduler((epoch, rate) -> wrong)))
            .hasMessageContaining("expected a learning rate of at least 0 for epoch 0, got");
      }
    }
  }
}
