package io.github.lstm4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.layers.BatchNormalization;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A training that devices share gives the numbers of one device with whole batches. */
class DevicesTest {
  private static final int SAMPLES = 11; // batches of 4, 4 and 3
  private static final int STEPS = 3;
  static final Tensor X = random(1, SAMPLES, STEPS, 2);
  static final Tensor Y = random(2, SAMPLES, STEPS, 1);
  static final Tensor WEIGHTS = random(3, SAMPLES);

  static {
    for (int i = 0; i < SAMPLES; i++) { // another number of steps counts on each device
      Arrays.fill(X.data(), (i * STEPS + i % STEPS) * 2, (i + 1) * STEPS * 2, 0);
      WEIGHTS.data()[i] = Math.abs(WEIGHTS.data()[i]);
    }
  }

  private static Tensor random(long seed, int... dims) {
    Tensor t = Tensor.zeros(dims);
    Random random = new Random(seed);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  static Sequential model(Backend backend, Loss.Reduction reduction, Optimizer optimizer) {
    return new Sequential(
            new Input(STEPS, 2), new Masking(0), new LSTM(3).returnSequences(true), new Dense(1))
        .seed(7)
        .on(backend)
        .compile(
            optimizer,
            Loss.meanSquaredError().withReduction(reduction),
            Metric.of(Loss.meanAbsoluteError()));
  }

  private static Sequential with(Layer... layers) {
    Sequential model = new Sequential().seed(7).add(new Input(STEPS, 2));
    Arrays.stream(layers).forEach(model::add);
    return model.on(Backends.cpu());
  }

  private static Backend[] cpus(int count) {
    Backend[] all = new Backend[count];
    Arrays.setAll(all, i -> Backends.cpu(1));
    return all;
  }

  static Fit options() {
    return Fit.epochs(2).batchSize(4).silent();
  }

  static void compare(Sequential one, History expected, Sequential many, History got) {
    List<Tensor> weights = one.getWeights();
    for (int i = 0; i < weights.size(); i++) {
      assertThat(many.getWeights().get(i).data())
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(weights.get(i).data());
    }
    assertThat(expected.keys()).hasSize(2);
    for (String key : expected.keys()) {
      for (int epoch = 0; epoch < 2; epoch++) {
        double whole = expected.get(key).get(epoch);
        assertThat(got.get(key).get(epoch)).isCloseTo(whole, within(1e-6 * Math.max(1, whole)));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2,SUM_OVER_BATCH_SIZE",
    "4,SUM_OVER_BATCH_SIZE",
    "3,MEAN_WITH_SAMPLE_WEIGHT",
    "2,SUM",
    "4,NONE"
  })
  void masksWeightsMetricsAndASmallerLastBatch(int devices, Loss.Reduction reduction) {
    Optimizer optimizer = Optimizer.adam(0.05f).withClipnorm(0.5f);
    BatchSource source = BatchSource.of(X, Y, WEIGHTS);
    Sequential one = model(Backends.cpu(), reduction, optimizer);
    History expected = one.fit(source, options());
    Sequential many = model(Backends.cpu(), reduction, optimizer);
    History got = many.fit(source, options().devices(cpus(devices)));
    compare(one, expected, many, got);
  }

  @Test
  void stepsThatAccumulate() {
    Optimizer optimizer = Optimizer.sgd(0.1f).withGradientAccumulationSteps(2);
    Sequential one = model(Backends.cpu(), Loss.Reduction.SUM_OVER_BATCH_SIZE, optimizer);
    History expected = one.fit(X, Y, options());
    Sequential many = model(Backends.cpu(), Loss.Reduction.SUM_OVER_BATCH_SIZE, optimizer);
    compare(one, expected, many, many.fit(X, Y, options().devices(cpus(2))));
  }

  @ParameterizedTest
  @CsvSource({"2", "4"})
  void simulatedDevices(int count) {
    Optimizer optimizer = Optimizer.adam(0.05f);
    Sequential one = model(Backends.cpu(), Loss.Reduction.SUM_OVER_BATCH_SIZE, optimizer);
    History expected = one.fit(BatchSource.of(X, Y, WEIGHTS), options());
    SimulatedCuda[] cudas = new SimulatedCuda[count];
    Arrays.setAll(cudas, i -> SimulatedCuda.builder().shuffle(i + 1).build());
    Backend[] devices = new Backend[count];
    Arrays.setAll(devices, i -> new CudaBackend(cudas[i], CudaOptions.DEFAULT));
    try (Sequential many = model(devices[0], Loss.Reduction.SUM_OVER_BATCH_SIZE, optimizer)) {
      History got = many.fit(BatchSource.of(X, Y, WEIGHTS), options().devices(devices));
      compare(one, expected, many, got);
    }
    for (int i = 0; i < count; i++) {
      assertThat(cudas[i].peakBytes()).isPositive();
      devices[i].close();
      assertThat(cudas[i].leaks()).isEmpty();
    }
  }

  private static void refused(Sequential model, Tensor y, String... words) {
    Fit shared = options().devices(cpus(2));
    assertThatThrownBy(() -> model.fit(X, y, shared))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("fit: devices: expected")
        .hasMessageContainingAll(words);
  }

  @Test
  void whatIsOfTheWholeBatchIsRefused() {
    Tensor y = random(4, SAMPLES, 1);
    refused(
        with(new LSTM(2), new Dropout(0.5f), new Dense(1)).compile("adam", "mse"), y, "dropout");
    refused(
        with(new LSTM(2).recurrentDropout(0.5f), new Dense(1)).compile("adam", "mse"), y, "lstm");
    Sequential normalized = with(new LSTM(2), new BatchNormalization(), new Dense(1));
    normalized.compile("adam", "mse");
    assertThatThrownBy(() -> normalized.fit(X, y, options().devices(cpus(2))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("fit: allReduce or devices: ")
        .hasMessageContaining("is measured on the whole batch");
    refused(
        with(new LSTM(2), new Dense(1)).compile("adam", "cosine_similarity"),
        y,
        "cosine_similarity");
    assertThatThrownBy(() -> options().tbpttLength(2).devices(cpus(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tbpttLength 2");
    assertThatThrownBy(() -> options().devices(new Backend[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("fit: devices: expected at least one, got none");
  }
}
