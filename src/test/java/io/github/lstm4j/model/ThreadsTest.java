package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.Training;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One model used by many threads: each call gives what it gives alone, bit for bit. */
@SuppressWarnings("try") // what is closed early, or twice, is what is tested
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ThreadsTest {
  private static final int THREADS = 16;
  private static final Tensor X = tensor(5, 24, 5, 2);
  private static final Tensor Y = tensor(6, 24, 1);

  private static Tensor tensor(long seed, int... dims) {
    Tensor t = Tensor.zeros(dims);
    Philox random = new Philox(seed, 0);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  private static Sequential model(Backend backend) {
    Sequential m =
        new Sequential()
            .seed(7)
            .on(backend)
            .add(new LSTM(3).inputShape(5, 2).returnSequences(true))
            .add(new LSTM(4))
            .add(new Dense(1));
    return m.compile("adam", "mse", "mae");
  }

  /** The same work in all threads, begun together. */
  private static <T> List<T> together(int threads, Callable<T> work) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      CountDownLatch ready = new CountDownLatch(threads);
      List<Future<T>> results = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        results.add(
            pool.submit(
                () -> {
                  ready.countDown();
                  ready.await();
                  return work.call();
                }));
      }
      List<T> all = new ArrayList<>();
      for (Future<T> result : results) {
        all.add(result.get());
      }
      return all;
    } finally {
      pool.shutdownNow();
    }
  }

  /** 16 threads, 100,000 calls. */
  @Test
  void predictions() throws Exception {
    try (Backend backend = Backends.cpu(2);
        Sequential m = model(backend)) {
      calls(m, 100_000 / THREADS);
    }
  }

  @Test
  void predictionsOnADevice() throws Exception {
    try (Backend backend = SimulatedBackend.open();
        Sequential m = model(backend)) {
      calls(m, 6);
    }
  }

  private static void calls(Sequential m, int each) throws Exception {
    int kinds = 12; // batches of 1 to 12 samples
    List<Tensor> inputs = new ArrayList<>();
    List<Tensor> expected = new ArrayList<>();
    for (int i = 0; i < kinds; i++) {
      inputs.add(X.rows(i, 2 * i + 1));
      expected.add(m.predict(inputs.get(i), 5));
    }
    Map<String, Double> evaluated = m.evaluate(X, Y, 7);
    Tensor steps = sessionOutputs(m);
    AtomicInteger threads = new AtomicInteger();
    List<Integer> wrong =
        together(
            THREADS,
            () -> {
              int bad = 0;
              int offset = threads.getAndIncrement();
              for (int k = 0; k < each; k++) {
                int i = (k + offset) % kinds;
                boolean right =
                    switch (k % 16) {
                      case 5 -> m.evaluate(X, Y, 7).equals(evaluated);
                      case 10 -> m.call(inputs.get(i)).get(0).equals(m.predict(inputs.get(i)));
                      case 15 -> sessionOutputs(m).equals(steps);
                      default -> m.predict(inputs.get(i), 5).equals(expected.get(i));
                    };
                bad += right ? 0 : 1;
              }
              return bad;
            });
    assertThat(wrong).containsOnly(0);
  }

  private static Tensor sessionOutputs(Sequential m) {
    Tensor last = null;
    try (Session session = m.session(2)) {
      for (int t = 0; t < 3; t++) {
        last = session.step(Tensor.of(new float[] {t, 1, -t, 2}, 2, 2));
      }
    }
    return last;
  }

  /** Whatever is predicted beside a training is of weights between two steps. */
  @Test
  void predictionsBesideATraining() throws Exception {
    try (Backend backend = Backends.cpu(2);
        Sequential m = model(backend)) {
      Set<Tensor> ofSteps = ConcurrentHashMap.newKeySet();
      ofSteps.add(m.predict(X, 5));
      AtomicBoolean done = new AtomicBoolean();
      ExecutorService pool = Executors.newFixedThreadPool(4);
      List<Future<Set<Tensor>>> seen = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        seen.add(
            pool.submit(
                () -> {
                  Set<Tensor> all = ConcurrentHashMap.newKeySet();
                  while (!done.get()) {
                    all.add(m.predict(X, 5)); // five batches, all of the same weights
                  }
                  return all;
                }));
      }
      Callback recorder =
          new Callback() {
            @Override
            public void onBatchEnd(Training training, int step) {
              ofSteps.add(training.model().predict(X).copy());
              ofSteps.add(m.predict(X, 5));
            }
          };
      m.fit(X, Y, Fit.epochs(20).batchSize(5).silent().callbacks(recorder));
      done.set(true);
      Set<Tensor> all = ConcurrentHashMap.newKeySet();
      for (Future<Set<Tensor>> f : seen) {
        all.addAll(f.get());
      }
      pool.shutdownNow();
      assertThat(all).isNotEmpty();
      assertThat(ofSteps).containsAll(all);
    }
  }

  @Test
  void aSecondFitIsRefused() throws Exception {
    try (Sequential m = model(Backends.cpu())) {
      Callback nested =
          new Callback() {
            @Override
            public void onBatchEnd(Training training, int step) {
              m.fit(X, Y, Fit.epochs(1).silent());
            }
          };
      assertThatThrownBy(() -> m.fit(X, Y, Fit.epochs(1).silent().callbacks(nested)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("being trained already");
      m.fit(X, Y, Fit.epochs(1).silent()); // the first one has ended
    }
  }

  /** Single steps from many threads come one after the other. */
  @Test
  void stepsOfManyThreads() throws Exception {
    try (Sequential many = model(Backends.cpu());
        Sequential one = model(Backends.cpu())) {
      together(
          8,
          () -> {
            for (int i = 0; i < 25; i++) {
              many.trainOnBatch(X, Y);
            }
            return null;
          });
      for (int i = 0; i < 200; i++) {
        one.trainOnBatch(X, Y);
      }
      assertThat(many.iterations()).isEqualTo(200);
      assertThat(many.getWeights()).isEqualTo(one.getWeights());
    }
  }

  /** Whoever changes weights from within a prediction that reads them would wait for himself. */
  @Test
  void weightsCannotChangeWithinAPrediction() {
    try (Sequential m = model(Backends.cpu())) {
      List<Tensor> weights = m.getWeights();
      Iterable<Batch> batches =
          () ->
              List.of(1, 2).stream()
                  .map(
                      i -> {
                        if (i == 2) {
                          m.setWeights(weights);
                        }
                        return Batch.of(X);
                      })
                  .iterator();
      assertThatThrownBy(() -> m.predict(BatchSource.of(batches), 32))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("from within a prediction");
      m.setWeights(weights);
    }
  }

  /** Nobody sees some of the new weights beside some of the old. */
  @Test
  void weightsAreSetAtOnce() throws Exception {
    try (Sequential m =
        new Sequential(new Input(1), new Dense(1).useBias(false), new Dense(1).useBias(false))
            .on(Backends.cpu(2))) {
      Tensor one = Tensor.of(new float[] {1}, 1, 1);
      Tensor two = Tensor.of(new float[] {2}, 1, 1);
      m.setWeights(List.of(one, one));
      AtomicBoolean done = new AtomicBoolean();
      ExecutorService pool = Executors.newFixedThreadPool(2);
      Future<?> setter =
          pool.submit(
              () -> {
                for (int i = 0; i < 5000; i++) {
                  m.setWeights(i % 2 == 0 ? List.of(two, two) : List.of(one, one));
                }
                done.set(true);
              });
      Set<Float> seen = ConcurrentHashMap.newKeySet();
      Set<List<Tensor>> got = ConcurrentHashMap.newKeySet();
      while (!done.get()) {
        seen.add(m.predict(one).get(0, 0));
        got.add(m.getWeights());
      }
      setter.get();
      pool.shutdownNow();
      assertThat(Set.of(1f, 4f)).containsAll(seen);
      assertThat(Set.of(List.of(one, one), List.of(two, two))).containsAll(got);
    }
  }

  /** Closing waits for nothing that waits for it. */
  @Test
  void aModelIsClosedUnderATraining() throws Exception {
    try (Sequential m = model(Backends.cpu())) {
      ExecutorService pool = Executors.newFixedThreadPool(1);
      AtomicBoolean done = new AtomicBoolean();
      Future<?> closer =
          pool.submit(
              () -> {
                while (!done.get()) {
                  m.close();
                }
              });
      for (int i = 0; i < 300; i++) {
        m.fit(X, Y, Fit.epochs(1).batchSize(5).silent());
        m.predict(X.rows(0, 1 + i % 20));
      }
      done.set(true);
      closer.get();
      pool.shutdownNow();
    }
  }

  @Test
  void compileWithinAFitIsRefused() {
    try (Sequential m = model(Backends.cpu())) {
      Callback nested =
          new Callback() {
            @Override
            public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
              m.compile("sgd", "mae");
            }
          };
      assertThatThrownBy(() -> m.fit(X, Y, Fit.epochs(1).silent().callbacks(nested)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("when fit has ended");
      m.compile("sgd", "mae");
    }
  }

  /** Each thread gets its result or is told that the backend is closed; none hangs. */
  @Test
  void aBackendIsClosedUnderThreads() throws Exception {
    for (int round = 0; round < 20; round++) {
      Backend backend = round % 10 == 9 ? SimulatedBackend.open() : Backends.cpu(2);
      Sequential m = model(backend);
      Tensor x = tensor(1, 200, 5, 2);
      Tensor expected = m.predict(x, 200);
      AtomicInteger running = new AtomicInteger();
      ExecutorService pool = Executors.newFixedThreadPool(THREADS);
      List<Future<Integer>> all = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        all.add(
            pool.submit(
                () -> {
                  running.incrementAndGet();
                  for (int k = 0; k < 100_000; k++) {
                    if (!m.predict(x, 200).equals(expected)) {
                      return -1;
                    }
                  }
                  return 0;
                }));
      }
      while (running.get() < THREADS) {
        Thread.onSpinWait();
      }
      backend.close();
      for (Future<Integer> f : all) {
        try {
          assertThat(f.get(60, TimeUnit.SECONDS)).isNotEqualTo(-1);
        } catch (ExecutionException e) {
          assertThat(e.getCause())
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("closed");
        }
      }
      pool.shutdownNow();
      m.close();
    }
  }

  /** A model is closed while others predict: they end, or take memory again. */
  @Test
  void aModelIsClosedUnderThreads() throws Exception {
    try (Backend backend = Backends.cpu(2);
        Sequential m = model(backend)) {
      Tensor expected = m.predict(X);
      AtomicBoolean done = new AtomicBoolean();
      ExecutorService pool = Executors.newFixedThreadPool(4);
      List<Future<Boolean>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        all.add(
            pool.submit(
                () -> {
                  boolean right = true;
                  while (!done.get()) {
                    right &= m.predict(X).equals(expected);
                  }
                  return right;
                }));
      }
      for (int i = 0; i < 200; i++) {
        m.close();
      }
      done.set(true);
      for (Future<Boolean> f : all) {
        assertThat(f.get()).isTrue();
      }
      pool.shutdownNow();
      assertThat(Arrays.asList(m.predict(X))).containsExactly(expected);
    }
  }
}
