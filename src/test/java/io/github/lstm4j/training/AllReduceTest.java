package io.github.lstm4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.layers.BatchNormalization;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.losses.Loss.Reduction;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Several trainings on shares of each batch are one training on the whole batches. */
class AllReduceTest {
  private static final int SAMPLES = 22;
  private static final int BATCH = 8; // the last one has 6
  private static final int STEPS = 5;
  private static final double NEAR = 1e-6;

  private static final Tensor X = random(1, SAMPLES, STEPS, 3);
  private static final Tensor Y = random(2, SAMPLES, 2);
  private static final Tensor WEIGHTS = random(3, SAMPLES).map(Math::abs);

  private static Tensor random(long seed, int... dims) {
    Random random = new Random(seed);
    return Tensor.zeros(dims).map(v -> random.nextGaussian());
  }

  /** Shares of one process: sums in a fixed order. */
  private static final class Peers {
    final float[][] given;
    final CyclicBarrier barrier;

    Peers(int size) {
      given = new float[size][];
      barrier = new CyclicBarrier(size);
    }

    AllReduce peer(int rank) {
      return new AllReduce() {
        @Override
        public int size() {
          return given.length;
        }

        @Override
        public int rank() {
          return rank;
        }

        @Override
        public void sum(float[] values) {
          try {
            given[rank] = values.clone();
            barrier.await();
            for (int i = 0; i < values.length; i++) {
              values[i] = 0;
              for (float[] other : given) {
                values[i] += other[i];
              }
            }
            barrier.await();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        }
      };
    }
  }

  /** What a training left behind. */
  private record Trained(List<Tensor> weights, List<Map<String, Double>> logs) {}

  /** The samples of each batch that are this share's. */
  private static int[] rows(int rank, int size) {
    int share = BATCH / size;
    return IntStream.range(0, SAMPLES).filter(n -> n % BATCH / share == rank).toArray();
  }

  private static Trained fit(Model model, Tensor x, Tensor y, Tensor w, Fit options) {
    model.on(Backends.cpu(1));
    History history =
        model.fit(BatchSource.of(x, y, w), options.shuffle(false).silent().validationData(x, y));
    List<Map<String, Double>> logs = new ArrayList<>();
    for (int e = 0; e < history.epochs().size(); e++) {
      int epoch = e;
      Map<String, Double> of = new TreeMap<>();
      history.keys().forEach(key -> of.put(key, history.get(key).get(epoch)));
      logs.add(of);
    }
    return new Trained(model.getWeights(), logs);
  }

  private static List<Trained> shared(
      int size, Supplier<Model> model, Tensor x, Tensor y, Tensor w, int epochs) throws Exception {
    return shared(size, model, x, y, w, Fit.epochs(epochs));
  }

  private static List<Trained> shared(
      int size, Supplier<Model> model, Tensor x, Tensor y, Tensor w, Fit options) throws Exception {
    Peers peers = new Peers(size);
    ExecutorService threads = Executors.newFixedThreadPool(size);
    try {
      List<Future<Trained>> all = new ArrayList<>();
      for (int r = 0; r < size; r++) {
        int rank = r;
        int[] rows = rows(rank, size);
        all.add(
            threads.submit(
                () ->
                    fit(
                        model.get(),
                        x.take(0, rows),
                        y.take(0, rows),
                        w == null ? null : w.take(0, rows),
                        options.batchSize(BATCH / size).allReduce(peers.peer(rank)))));
      }
      List<Trained> trained = new ArrayList<>();
      for (Future<Trained> one : all) {
        trained.add(one.get());
      }
      return trained;
    } finally {
      threads.shutdownNow();
    }
  }

  private static void same(Supplier<Model> model, Tensor x, Tensor y, Tensor w, String... apart)
      throws Exception {
    Trained whole = fit(model.get(), x, y, w, Fit.epochs(3).batchSize(BATCH));
    for (int size : new int[] {1, 2, 4}) {
      for (Trained share : shared(size, model, x, y, w, 3)) {
        for (int i = 0; i < whole.weights().size(); i++) {
          assertThat(share.weights().get(i).data())
              .containsExactly(whole.weights().get(i).data(), within((float) NEAR));
        }
        for (int e = 0; e < whole.logs().size(); e++) {
          Map<String, Double> expected = whole.logs().get(e);
          Map<String, Double> got = share.logs().get(e);
          assertThat(got.keySet()).isEqualTo(expected.keySet());
          for (String key : expected.keySet()) {
            if (!List.of(apart).contains(key)) {
              assertThat(got.get(key)).as(key).isCloseTo(expected.get(key), within(NEAR));
            }
          }
        }
      }
    }
  }

  private static Sequential network() {
    Sequential model = new Sequential().seed(5);
    model.add(new LSTM(6).inputShape(STEPS, 3));
    model.add(new Dense(2));
    return model;
  }

  private static Supplier<Model> compiled(Optimizer optimizer, Loss loss) {
    return () -> network().compile(optimizer, loss, Metric.MEAN_ABSOLUTE_ERROR);
  }

  @Test
  void theWholeBatchWithALastSmallerOne() throws Exception {
    same(compiled(Optimizer.sgd(0.1f), Loss.meanSquaredError()), X, Y, null);
    same(compiled(Optimizer.adam(1e-3f).withClipnorm(0.5f), Loss.meanSquaredError()), X, Y, null);
  }

  @Test
  void weightsOfSamplesAndReductions() throws Exception {
    for (Reduction reduction : Reduction.values()) {
      same(
          compiled(Optimizer.sgd(0.01f), Loss.meanSquaredError().withReduction(reduction)),
          X,
          Y,
          WEIGHTS,
          reduction == Reduction.SUM ? "val_loss" : "");
    }
  }

  @Test
  void masksCountTimestepsOfAllShares() throws Exception {
    Tensor x = X.copy();
    for (int n = 0; n < SAMPLES; n++) {
      for (int t = STEPS - n % STEPS; t < STEPS; t++) {
        for (int f = 0; f < 3; f++) {
          x.set(0, n, t, f);
        }
      }
    }
    Supplier<Model> model =
        () -> {
          Sequential sequences = new Sequential().seed(6);
          sequences.add(new Masking(0).inputShape(STEPS, 3));
          sequences.add(new LSTM(4).returnSequences(true));
          sequences.add(new Dense(1));
          return sequences.compile(Optimizer.sgd(0.1f), Loss.meanSquaredError());
        };
    same(model, x, random(7, SAMPLES, STEPS, 1), null, "val_loss");
  }

  @Test
  void penaltiesAreThoseOfOneModel() throws Exception {
    Supplier<Model> model =
        () -> {
          Sequential penalised = new Sequential().seed(6);
          penalised.add(
              new LSTM(4)
                  .kernelRegularizer(Regularizer.l2(0.01f))
                  .activityRegularizer(Regularizer.l1(0.01f))
                  .inputShape(STEPS, 3));
          penalised.add(new Dense(2));
          return penalised.compile(Optimizer.sgd(0.1f), Loss.meanSquaredError());
        };
    same(model, X, Y, null);
  }

  @Test
  void severalOutputs() throws Exception {
    Supplier<Model> model =
        () -> {
          Input in = new Input(STEPS, 3);
          KerasTensor h = new LSTM(4).apply(in.output());
          Model two =
              Model.of(List.of(in.output()), List.of(new Dense(2).apply(h), new Dense(2).apply(h)));
          two.seed(4);
          two.compile(
              Optimizer.sgd(0.1f),
              List.of(Loss.meanSquaredError(), Loss.huber(1).withWeight(0.3f)),
              List.of());
          return two;
        };
    Fit options = Fit.epochs(2).batchSize(BATCH).shuffle(false).silent();
    Tensor other = random(9, SAMPLES, 2);
    Model whole = model.get();
    whole.on(Backends.cpu(1)).fit(List.of(X), List.of(Y, other), options);
    Peers peers = new Peers(2);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Future<List<Tensor>>> all = new ArrayList<>();
      for (int r = 0; r < 2; r++) {
        int rank = r;
        int[] rows = rows(rank, 2);
        all.add(
            threads.submit(
                () -> {
                  Model share = model.get();
                  share
                      .on(Backends.cpu(1))
                      .fit(
                          List.of(X.take(0, rows)),
                          List.of(Y.take(0, rows), other.take(0, rows)),
                          options.batchSize(BATCH / 2).allReduce(peers.peer(rank)));
                  return share.getWeights();
                }));
      }
      for (Future<List<Tensor>> share : all) {
        for (int i = 0; i < share.get().size(); i++) {
          assertThat(share.get().get(i).data())
              .containsExactly(whole.getWeights().get(i).data(), within((float) NEAR));
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** The third share has one batch, the fourth none in the last step. */
  @Test
  void sharesMayEndEarly() throws Exception {
    Peers peers = new Peers(2);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    Supplier<Model> model = compiled(Optimizer.sgd(0.1f), Loss.meanSquaredError());
    try {
      Future<Trained> more =
          threads.submit(
              () ->
                  fit(
                      model.get(),
                      X.rows(0, 12),
                      Y.rows(0, 12),
                      null,
                      Fit.epochs(1).batchSize(4).allReduce(peers.peer(0))));
      Future<Trained> less =
          threads.submit(
              () ->
                  fit(
                      model.get(),
                      X.rows(12, 16),
                      Y.rows(12, 16),
                      null,
                      Fit.epochs(1).batchSize(4).allReduce(peers.peer(1))));
      Model whole = model.get().on(Backends.cpu(1));
      whole.trainOnBatch(
          X.take(0, 0, 1, 2, 3, 12, 13, 14, 15), Y.take(0, 0, 1, 2, 3, 12, 13, 14, 15));
      whole.trainOnBatch(X.rows(4, 8), Y.rows(4, 8));
      whole.trainOnBatch(X.rows(8, 12), Y.rows(8, 12));
      for (int i = 0; i < whole.getWeights().size(); i++) {
        assertThat(more.get().weights().get(i).data())
            .containsExactly(whole.getWeights().get(i).data(), within((float) NEAR));
        assertThat(less.get().weights().get(i)).isEqualTo(more.get().weights().get(i));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** Each share has masks of its own; with one share there is nothing to tell apart. */
  @Test
  void dropoutIsDrawnForEachShare() throws Exception {
    Supplier<Model> model =
        () -> {
          Sequential dropped = network();
          dropped.add(new Dropout(0.5f));
          return dropped.compile(Optimizer.sgd(0.1f), Loss.meanSquaredError());
        };
    Trained alone = fit(model.get(), X, Y, null, Fit.epochs(2).batchSize(BATCH));
    List<Trained> one = shared(1, model, X, Y, null, 2);
    assertThat(one.get(0).weights().get(0).data())
        .containsExactly(alone.weights().get(0).data(), within((float) NEAR));
    List<Trained> two = shared(2, model, X, Y, null, 2);
    assertThat(two.get(1).weights()).isEqualTo(two.get(0).weights());
    assertThat(two.get(0).weights()).isNotEqualTo(one.get(0).weights());
  }

  /** After a step of plain gradient descent the mean of the weights is the step of the mean. */
  @Test
  void weightsMayBeAveragedInstead() throws Exception {
    Supplier<Model> model = compiled(Optimizer.sgd(0.1f), Loss.meanSquaredError());
    Trained whole = fit(model.get(), X, Y, null, Fit.epochs(2).batchSize(BATCH));
    for (Trained share : shared(4, model, X, Y, null, Fit.epochs(2).averageEvery(1))) {
      for (int i = 0; i < whole.weights().size(); i++) {
        assertThat(share.weights().get(i).data())
            .containsExactly(whole.weights().get(i).data(), within((float) NEAR));
      }
    }
    Supplier<Model> normalized =
        () ->
            new Sequential(new LSTM(6).inputShape(STEPS, 3), new BatchNormalization(), new Dense(2))
                .seed(5)
                .compile(Optimizer.adam(1e-2f), Loss.meanSquaredError());
    List<Trained> seldom = shared(2, normalized, X, Y, null, Fit.epochs(20).averageEvery(2));
    assertThat(seldom.get(1).weights()).isEqualTo(seldom.get(0).weights());
    assertThat(seldom.get(1).logs()).isEqualTo(seldom.get(0).logs());
    double first = seldom.get(0).logs().get(0).get("loss");
    assertThat(seldom.get(0).logs().get(19).get("loss")).isLessThan(first);
    assertThatThrownBy(
            () -> network().compile("sgd", "mse").fit(X, Y, Fit.epochs(1).averageEvery(2)))
        .hasMessageContaining("averageEvery 2 needs allReduce");
  }

  @Test
  void whatNeedsTheWholeBatchIsRefused() {
    AllReduce alone = new Peers(1).peer(0);
    Sequential normalized = network();
    normalized.add(new BatchNormalization());
    assertRefused(normalized, Fit.epochs(1).allReduce(alone), "batch_normalization");
    Sequential stateful =
        new Sequential(Input.batch(11, STEPS, 3), new LSTM(3).stateful(true), new Dense(2));
    assertRefused(stateful, Fit.epochs(1).batchSize(11).allReduce(alone), "is stateful");
    assertRefused(
        network(), Fit.epochs(1).tbpttLength(2).allReduce(alone), "tbpttLength 2 is for one");
    Model summed =
        network()
            .compile(Optimizer.sgd(0.1f).withGradientAccumulationSteps(2), Loss.meanSquaredError());
    assertThatThrownBy(() -> summed.fit(X, Y, Fit.epochs(1).silent().allReduce(alone)))
        .hasMessageContaining("gradientAccumulationSteps 2 of the optimizer");
  }

  private static void assertRefused(Model model, Fit options, String message) {
    model.compile(Optimizer.sgd(0.1f), Loss.meanSquaredError());
    assertThatThrownBy(() -> model.fit(X, Y, options.silent()))
        .hasMessageStartingWith("fit: allReduce")
        .hasMessageContaining(message);
  }
}
