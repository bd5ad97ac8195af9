package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.runtime.Store;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One owner of memory: layers that models share, sessions, several backends, everything closed in
 * any order. On the CPU and on a simulated device that reports every access to freed memory.
 */
@SuppressWarnings("try") // what is closed early, or twice, is what is tested
class SharedWeightsTest {
  private static final Tensor X = tensor(5, 8, 4, 2);
  private static final Tensor Y = tensor(6, 8, 1);
  private static final Fit FIT = Fit.epochs(2).batchSize(3).silent();

  /** What runs. */
  enum On {
    CPU {
      @Override
      Backend open() {
        return Backends.cpu(2);
      }
    },
    SIMULATED_CUDA {
      @Override
      Backend open() {
        return new CudaBackend(SimulatedCuda.builder().build(), CudaOptions.DEFAULT);
      }
    };

    abstract Backend open();
  }

  private static Tensor tensor(long seed, int... dims) {
    Tensor t = Tensor.zeros(dims);
    Philox random = new Philox(seed, 0);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  private static Sequential model() {
    return new Sequential().seed(7).add(new LSTM(3).inputShape(4, 2)).add(new Dense(1));
  }

  /** What a model of the same weights that shares nothing predicts. */
  private static Tensor fresh(Model like) {
    try (Sequential m = model().on(Backends.cpu())) {
      m.setWeights(like.getWeights());
      return m.predict(X);
    }
  }

  @ParameterizedTest
  @EnumSource
  void modelsThatShareALayer(On on) {
    LSTM shared = new LSTM(3).inputShape(4, 2);
    try (Backend backend = on.open();
        Sequential a = new Sequential().seed(7).on(backend).add(shared).add(new Dense(1));
        Sequential b = new Sequential().seed(8).on(backend).add(shared).add(new Dense(1))) {
      Tensor before = b.predict(X);
      a.compile("adam", "mse");
      a.fit(X, Y, FIT);
      assertThat(b.predict(X)).isNotEqualTo(before);
      close(b.predict(X), fresh(b));
      b.compile("adam", "mse");
      b.fit(X, Y, FIT);
      close(a.predict(X), fresh(a));
      a.close(); // frees nothing that b uses
      close(b.predict(X), fresh(b));
      b.close();
      assertThat(Store.of(backend).size()).isZero();
      close(a.predict(X), fresh(a)); // and goes on
    }
  }

  /** The case of which a prediction was 0.191656 where 0.397615 was right. */
  @ParameterizedTest
  @EnumSource
  void oneModelMovesToAnotherBackend(On on) {
    LSTM shared = new LSTM(3).inputShape(4, 2);
    try (Backend backend = on.open();
        Backend other = Backends.cpu(1);
        Sequential a = new Sequential().seed(7).on(other).add(shared).add(new Dense(1));
        Sequential b = new Sequential().seed(8).on(other).add(shared).add(new Dense(1))) {
      a.predict(X);
      b.predict(X);
      a.on(backend);
      a.compile("sgd", "mse");
      a.fit(X, Y, FIT);
      close(b.predict(X), fresh(b)); // it runs elsewhere, and sees the same weights
      b.compile("sgd", "mse");
      b.fit(X, Y, FIT);
      close(a.predict(X), fresh(a));
      assertThat(shared.kernel().value()).isEqualTo(b.getWeights().get(0));
    }
  }

  @ParameterizedTest
  @EnumSource
  void sessionsOutliveTheirModel(On on) {
    try (Backend backend = on.open();
        Sequential m = model().on(backend)) {
      Tensor whole = m.predict(X);
      Session session = m.session(8);
      Session second = m.session(8);
      Tensor last = null;
      for (int t = 0; t < 4; t++) {
        if (t == 2) {
          m.close();
          second.close();
        }
        last = session.step(at(t));
      }
      close(last, whole);
      m.close();
      assertThat(session.states(m.layers().get(0)).get(0).shape().dims()).containsExactly(8, 3);
      session.close();
      session.close();
      assertThatThrownBy(() -> session.step(at(0)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
      assertThat(Store.of(backend).size()).isZero();
    }
  }

  private static Tensor at(int timestep) {
    Tensor x = Tensor.zeros(8, 2);
    for (int b = 0; b < 8; b++) {
      for (int f = 0; f < 2; f++) {
        x.set(X.get(b, timestep, f), b, f);
      }
    }
    return x;
  }

  /** A session sees what training changed meanwhile, on whatever backend. */
  @ParameterizedTest
  @EnumSource
  void aSessionSeesNewWeights(On on) {
    try (Backend backend = on.open();
        Sequential m = model().on(backend);
        Session session = m.session(8)) {
      session.step(at(0));
      m.on(Backends.cpu()).compile("sgd", "mse");
      m.fit(X, Y, FIT);
      session.reset();
      Tensor last = null;
      for (int t = 0; t < 4; t++) {
        last = session.step(at(t));
      }
      close(last, fresh(m));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBackendIsClosedFirst(On on) {
    Backend backend = on.open();
    Sequential m = model().on(backend);
    m.compile("adam", "mse");
    m.fit(X, Y, FIT);
    List<Tensor> trained = m.getWeights();
    backend.close();
    assertThat(m.getWeights()).isEqualTo(trained); // they came home
    assertThatThrownBy(() -> m.predict(tensor(1, 2000, 4, 2), 2000))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    m.on(Backends.cpu());
    close(m.predict(X), fresh(m));
    m.trainOnBatch(X, Y); // the optimizer's state came home too
    m.close();
  }

  /** A model that joins later leaves the names of the layers it shares as they are. */
  @Test
  void sharedLayersKeepTheirNames() {
    LSTM first = new LSTM(3).returnSequences(true);
    LSTM second = new LSTM(3);
    Sequential a = new Sequential(new Input(4, 2), first, second);
    Sequential b = new Sequential(new Input(4, 3), second);
    assertThat(a.layers()).extracting(Layer::name).containsExactly("lstm", "lstm_1");
    assertThat(b.layers()).extracting(Layer::name).containsExactly("lstm_1");
  }

  /** Models that were dropped without being closed are not kept by one that lives. */
  @Test
  void droppedModelsGo() {
    try (Backend backend = Backends.cpu(1);
        Sequential living = model().on(backend)) {
      living.predict(X);
      int most = 0;
      for (int i = 0; i < 200; i++) {
        model().on(backend).predict(X);
        if (i % 50 == 49) {
          System.gc();
          most = Math.max(most, Store.of(backend).size());
        }
      }
      assertThat(most).isLessThan(5 * 60); // of 1,000 weights that were used
      close(living.predict(X), fresh(living));
    }
  }

  @Test
  void twoDevices() {
    try (CudaBackend one = new CudaBackend(SimulatedCuda.builder().build(), CudaOptions.DEFAULT);
        CudaBackend two = new CudaBackend(SimulatedCuda.builder().build(), CudaOptions.DEFAULT);
        Sequential m = model().on(one)) {
      m.compile("adam", "mse");
      m.fit(X, Y, FIT);
      m.on(two);
      close(m.predict(X), fresh(m));
      m.fit(X, Y, FIT);
      m.on(one);
      close(m.predict(X), fresh(m));
    }
  }

  /** Nothing stays on the device when all is closed. */
  @Test
  void nothingLeaks() {
    SimulatedCuda cuda = SimulatedCuda.builder().build();
    try (CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT)) {
      long atFirst = -1;
      for (int i = 0; i < 5; i++) {
        Sequential m = model().on(backend);
        m.compile("adam", "mse");
        m.fit(X, Y, FIT);
        try (Session session = m.session(2)) {
          session.step(Tensor.zeros(2, 2));
        }
        m.close();
        assertThat(Store.of(backend).size()).isZero();
        atFirst = atFirst < 0 ? cuda.allocatedBytes() : atFirst;
        assertThat(cuda.allocatedBytes()).isEqualTo(atFirst);
      }
    }
  }

  private static void close(Tensor got, Tensor expected) {
    assertThat(got.shape()).isEqualTo(expected.shape());
    for (int i = 0; i < got.size(); i++) {
      assertThat(got.data()[i])
          .isCloseTo(expected.data()[i], org.assertj.core.api.Assertions.within(2e-6f));
    }
  }
}
