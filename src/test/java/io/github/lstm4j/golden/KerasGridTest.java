package io.github.lstm4j.golden;

import static io.github.lstm4j.golden.Close.assertClose;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Forward semantics of Keras: every recorded case of {@code golden/keras-grid}. */
class KerasGridTest {
  static final List<String> FILES =
      List.of(
          "activations",
          "bias",
          "bidirectional",
          "direction",
          "gru",
          "masking",
          "rnn",
          "shapes",
          "simple_rnn",
          "stacks",
          "state");

  /** What the cases run on; the CUDA path's test overrides it. */
  Backend backend() {
    return Backends.cpu();
  }

  @TestFactory
  List<DynamicTest> cases() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String file : FILES) {
      GoldenCases.read("keras-grid/" + file + ".json")
          .forEach((id, c) -> tests.add(DynamicTest.dynamicTest(id, () -> run(c))));
    }
    return tests;
  }

  private void run(Map<String, Object> c) {
    List<Tensor> initial = new ArrayList<>();
    if (c.get("initial_state") != null) {
      GoldenCases.list(c.get("initial_state")).forEach(t -> initial.add(GoldenCases.tensor(t)));
    }
    try (Sequential model = GoldenCases.model(c).on(backend())) {
      int number = 0;
      for (Object o : GoldenCases.list(c.get("calls"))) {
        Map<String, Object> call = GoldenCases.map(o);
        if (Boolean.TRUE.equals(call.get("reset_states_before"))) {
          model.resetStates();
        }
        List<Tensor> got = model.call(GoldenCases.tensor(call.get("input")), null, initial);
        List<Object> want = GoldenCases.list(call.get("outputs"));
        for (int i = 0; i < want.size(); i++) {
          assertClose(
              "call " + number + ", output " + i,
              GoldenCases.tensor(want.get(i)),
              got.get(i),
              1e-5,
              1e-5);
        }
        number++;
      }
    }
  }
}
