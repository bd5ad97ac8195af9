package io.github.lstm4j.golden;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.equivalence.OracleBackend;
import io.github.lstm4j.io.onnx.export.OnnxExport;
import io.github.lstm4j.io.onnx.export.Ort;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What Keras recorded, and ONNX Runtime computes with the file that we write of the model. */
class OnnxGridTest {
  @TestFactory
  List<DynamicTest> cases() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String file : KerasGridTest.FILES) {
      GoldenCases.read("keras-grid/" + file + ".json")
          .forEach((id, c) -> tests.add(DynamicTest.dynamicTest(id, () -> run(c))));
    }
    return tests;
  }

  private static void run(Map<String, Object> c) throws Exception {
    List<Tensor> states = new ArrayList<>();
    if (c.get("initial_state") != null) {
      GoldenCases.list(c.get("initial_state")).forEach(t -> states.add(GoldenCases.tensor(t)));
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (Sequential model = GoldenCases.model(c)) {
      new OnnxExport().states(!states.isEmpty()).statesRequired(true).save(model, file);
      if (states.isEmpty()) { // of stateful layers, from zero
        model.layers().forEach(l -> l.states().forEach(s -> states.add(Tensor.zeros(s.shape()))));
      }
    }
    Tensor exact = states.isEmpty() ? exact(c) : null;
    int number = 0;
    try (Ort ort = new Ort(file.toByteArray())) {
      for (Object o : GoldenCases.list(c.get("calls"))) {
        Map<String, Object> call = GoldenCases.map(o);
        if (Boolean.TRUE.equals(call.get("reset_states_before"))) {
          states.replaceAll(s -> Tensor.zeros(s.shape()));
        }
        List<Tensor> fed = new ArrayList<>(List.of(GoldenCases.tensor(call.get("input"))));
        fed.addAll(states);
        List<Tensor> got = List.copyOf(ort.run(fed).values());
        List<Object> want = GoldenCases.list(call.get("outputs"));
        for (int i = 0; i < want.size(); i++) {
          assertClose(
              "call " + number + ", output " + i,
              GoldenCases.tensor(want.get(i)),
              got.get(i),
              1e-5,
              1e-5);
        }
        if (exact != null) {
          assertNear(exact, got.get(0), GoldenCases.tensor(want.get(0)));
        }
        for (int i = 0; i < states.size(); i++) {
          states.set(i, got.get(got.size() - states.size() + i));
        }
        number++;
      }
    }
  }

  /** What exact arithmetic makes of the first call's input. */
  private static Tensor exact(Map<String, Object> c) {
    Tensor input =
        GoldenCases.tensor(GoldenCases.map(GoldenCases.list(c.get("calls")).get(0)).get("input"));
    try (Sequential model = GoldenCases.model(c).on(OracleBackend.sound())) {
      return model.predict(input);
    }
  }

  /**
   * Within 1e-6 of the largest value of exact arithmetic, or where float32 cannot be (a recurrence
   * of 64 units doubles every rounding), not much farther from it than Keras is.
   */
  private static void assertNear(Tensor exact, Tensor got, Tensor keras) {
    double largest = 0;
    double far = 0;
    double kerasFar = 0;
    for (int i = 0; i < exact.size(); i++) {
      largest = Math.max(largest, Math.abs(exact.data()[i]));
      far = Math.max(far, Math.abs(exact.data()[i] - got.data()[i]));
      kerasFar = Math.max(kerasFar, Math.abs(exact.data()[i] - keras.data()[i]));
    }
    assertThat(far).isLessThanOrEqualTo(Math.max(1e-6 * Math.max(1, largest), 3 * kerasFar));
  }
}
