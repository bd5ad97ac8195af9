package io.github.lstm4j.golden;

import static io.github.lstm4j.golden.Close.assertClose;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The numbers in Keras 3's own unit tests ({@code golden/keras-unit-literals}) and those that
 * Python Keras gave to tfjs ({@code golden/tfjs-layers-unit-literals}).
 */
class KerasLiteralsTest {
  /** What the cases run on; the CUDA path's test overrides it. */
  Backend backend() {
    return Backends.cpu();
  }

  @TestFactory
  List<DynamicTest> keras3() {
    List<DynamicTest> tests = new ArrayList<>();
    GoldenCases.read("keras-unit-literals/keras3_lstm_cases.json")
        .forEach((id, c) -> tests.add(DynamicTest.dynamicTest(id, () -> run(c))));
    return tests;
  }

  private void run(Map<String, Object> c) {
    Map<String, Object> config = GoldenCases.map(c.get("config"));
    LSTM lstm =
        new LSTM((int) config.get("units"))
            .kernelInitializer(constant(config, "kernel_initializer"))
            .recurrentInitializer(constant(config, "recurrent_initializer"))
            .biasInitializer(constant(config, "bias_initializer"))
            .unitForgetBias((boolean) config.getOrDefault("unit_forget_bias", true))
            .returnSequences((boolean) config.getOrDefault("return_sequences", false))
            .returnState((boolean) config.getOrDefault("return_state", false))
            .goBackwards((boolean) config.getOrDefault("go_backwards", false))
            .stateful((boolean) config.getOrDefault("stateful", false));
    Tensor x = GoldenCases.tensor(c.get("input"));
    boolean both = c.get("layer").toString().startsWith("Bidirectional");
    try (Sequential model =
        new Sequential(
                Input.batch(x.dim(0), x.dim(1), x.dim(2)), both ? new Bidirectional(lstm) : lstm)
            .on(backend())) {
      for (Object o : GoldenCases.list(c.get("calls"))) {
        Map<String, Object> call = GoldenCases.map(o);
        if (Boolean.TRUE.equals(call.get("reset_state_before"))) {
          model.resetStates();
        }
        Tensor mask =
            call.get("mask") == null
                ? null
                : Tensor.of(GoldenCases.floats(call.get("mask")), x.dim(0), x.dim(1));
        List<Tensor> got = model.call(x, mask, List.of());
        if (call.get("output") != null) {
          close("output", call.get("output"), got.get(0), 1e-5);
        }
        if (call.get("states") != null) {
          List<Object> states = GoldenCases.list(call.get("states"));
          for (int i = 0; i < states.size(); i++) {
            close("state " + i, states.get(i), got.get(i + 1), 1e-5);
          }
        }
      }
    }
  }

  private static Initializer constant(Map<String, Object> config, String key) {
    return Initializer.constant(
        ((Number) GoldenCases.map(config.get(key)).get("constant")).floatValue());
  }

  private static void close(String what, Object want, Tensor got, double tolerance) {
    assertClose(what, Tensor.of(GoldenCases.floats(want), got.shape()), got, tolerance, tolerance);
  }

  private static Tensor ones(int... dims) {
    Tensor t = Tensor.zeros(dims);
    Arrays.fill(t.data(), 1f);
    return t;
  }

  @Test
  void tfjsOnesInitSeqState() {
    Map<String, Object> want =
        GoldenCases.map(
            GoldenCases.read("tfjs-layers-unit-literals/tfjs_lstm_cases.json")
                .get("ones_init_seq_state")
                .get("every_element"));
    LSTM lstm =
        new LSTM(5)
            .inputShape(2, 2)
            .recurrentActivation("hard_sigmoid_keras2")
            .kernelInitializer(Initializer.ones())
            .recurrentInitializer(Initializer.ones())
            .biasInitializer(Initializer.ones())
            .returnSequences(true)
            .returnState(true);
    try (Sequential model = new Sequential(lstm).on(backend())) {
      List<Tensor> got = model.call(ones(4, 2, 2));
      for (int b = 0; b < 4; b++) {
        for (int u = 0; u < 5; u++) {
          one("t0", want.get("t0"), got.get(0).get(b, 0, u), 1e-6);
          one("t1", want.get("t1"), got.get(0).get(b, 1, u), 1e-6);
          one("h", want.get("state_h"), got.get(1).get(b, u), 1e-6);
          one("c", want.get("state_c"), got.get(2).get(b, u), 1e-6);
        }
      }
    }
  }

  private static void one(String what, Object want, float got, double tolerance) {
    assertClose(
        what,
        Tensor.of(new float[] {((Number) want).floatValue()}, 1),
        Tensor.of(new float[] {got}, 1),
        tolerance,
        tolerance);
  }

  @Test
  void tfjsTwoStepsOfDescentFromZeros() {
    LSTM lstm =
        new LSTM(1)
            .inputShape(3, 4)
            .recurrentActivation("hard_sigmoid_keras2")
            .kernelInitializer(Initializer.zeros())
            .recurrentInitializer(Initializer.zeros())
            .useBias(false);
    Dense dense = new Dense(1).kernelInitializer(Initializer.ones()).useBias(false);
    try (Sequential model = new Sequential(lstm, dense).on(backend())) {
      model.compile(Optimizer.sgd(1f), Loss.meanSquaredError());
      model.fit(ones(5, 3, 4), ones(5, 1), Fit.epochs(2).silent());
      float[] row = {0.11455188f, 0.06545822f, 0.8760446f, 0.18237013f};
      Tensor kernel = Tensor.zeros(4, 4);
      for (int r = 0; r < 4; r++) {
        System.arraycopy(row, 0, kernel.data(), 4 * r, 4);
      }
      assertClose("kernel", kernel, lstm.kernel().value(), 1e-6, 1e-6);
      assertClose(
          "recurrent kernel",
          Tensor.of(new float[] {0.02831176f, 0.01934617f, 0.00025817f, 0.05784169f}, 1, 4),
          lstm.recurrentKernel().value(),
          1e-6,
          1e-6);
      assertClose(
          "dense",
          Tensor.of(new float[] {1.4559253f}, 1, 1),
          dense.weights().get(0).value(),
          1e-6,
          1e-6);
    }
  }

  @Test
  void tfjsEmbeddingMaskDense() {
    Map<String, Object> c =
        GoldenCases.read("tfjs-layers-unit-literals/tfjs_lstm_cases.json")
            .get("embedding_mask_dense");
    LSTM lstm =
        new LSTM(3)
            .recurrentActivation("hard_sigmoid_keras2")
            .kernelInitializer(Initializer.ones())
            .recurrentInitializer(Initializer.ones());
    try (Sequential model =
        new Sequential(
                new Input(6),
                new Embedding(10, 4).maskZero(true).embeddingsInitializer(Initializer.ones()),
                lstm,
                new Dense(1).kernelInitializer(Initializer.ones()))
            .on(backend())) {
      Tensor got = model.predict(Tensor.of(GoldenCases.floats(c.get("xs")), 4, 6));
      close("output", c.get("expected"), got, 1e-6);
    }
  }
}
