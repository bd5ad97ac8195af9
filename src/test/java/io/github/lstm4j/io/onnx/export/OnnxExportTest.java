package io.github.lstm4j.io.onnx.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layers;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.Operation;
import io.github.lstm4j.layers.StringLookup;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What ONNX Runtime computes with our files is what our models compute. */
class OnnxExportTest {
  private static final double CLOSE = 1e-6;
  private static final Set<String> OF_TEXTS = Set.of("StringLookup", "TextVectorization");

  @TestFactory
  List<DynamicTest> allLayers() {
    List<DynamicTest> tests = new ArrayList<>();
    OnnxCases.all()
        .forEach(
            (name, model) ->
                tests.add(
                    DynamicTest.dynamicTest(name, () -> judge(model, OnnxExport.STANDARD_OPSET))));
    return tests;
  }

  @TestFactory
  List<DynamicTest> otherVersions() {
    List<DynamicTest> tests = new ArrayList<>();
    for (int opset : new int[] {7, 9, 10, 12, 13, 18, 21, 23}) {
      List<String> names =
          new ArrayList<>(List.of("lstm deep", "conv same", "layer norm", "prelu"));
      if (opset >= 12) {
        names.addAll(List.of("masked cells", "masked attention causal", "activations"));
      }
      for (String name : names) {
        Supplier<Model> model = OnnxCases.all().get(name);
        tests.add(DynamicTest.dynamicTest(name + ", " + opset, () -> judge(model, opset)));
      }
    }
    return tests;
  }

  @Test
  void whatNeedsNewerOperatorsSaysSo() {
    Sequential model = new Sequential(new Input(4, 2), new Masking().name("m"), new LSTM(2));
    assertThatThrownBy(() -> new OnnxExport().opset(9).of(model))
        .hasMessageContaining(
            "with opset 9: m (Masking): Equal of fractions needs opset 11 or newer");
    assertThatThrownBy(() -> new OnnxExport().opset(24))
        .hasMessage("opset: expected 7 to 23, got 24");
  }

  private static void judge(Supplier<Model> made, int opset) throws Exception {
    try (Model model = made.get()) {
      Random random = new Random(5);
      OnnxCases.randomize(model, random);
      try (Ort ort = new Ort(written(new OnnxExport().opset(opset), model))) {
        for (int[] size : new int[][] {{2, 5}, {3, 7}, {1, 4}}) {
          List<Tensor> inputs = OnnxCases.inputs(model, size[0], size[1], random);
          List<Tensor> want = model.predict(inputs);
          List<Tensor> got = List.copyOf(ort.run(inputs).values());
          assertThat(got).hasSameSizeAs(want);
          for (int i = 0; i < want.size(); i++) {
            assertClose(got.get(i), want.get(i));
          }
        }
      }
    }
  }

  static byte[] written(OnnxExport export, Model model) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    export.save(model, out);
    return out.toByteArray();
  }

  private static void assertClose(Tensor got, Tensor want) {
    assertThat(got.shape()).isEqualTo(want.shape());
    for (int i = 0; i < want.size(); i++) {
      double w = want.data()[i];
      if (Double.isNaN(w)) {
        assertThat(got.data()[i]).isNaN();
      } else {
        assertThat((double) got.data()[i])
            .as("element %d", i)
            .isCloseTo(w, org.assertj.core.api.Assertions.within(CLOSE * Math.max(1, Math.abs(w))));
      }
    }
  }

  @Test
  void everyLayerHasItsNodes() {
    String message = "";
    try {
      Layers.of("?");
    } catch (IllegalArgumentException e) {
      message = e.getMessage().replaceFirst(".*supported are ", "");
    }
    Set<String> missing = new TreeSet<>();
    for (String name : message.split(", ", -1)) {
      if (!LayerNodes.knows(name) && !name.endsWith("Cell") && !name.endsWith("Cells")) {
        missing.add(name);
      }
    }
    missing.removeAll(OF_TEXTS);
    assertThat(missing).containsExactly("InputLayer");
  }

  @Test
  void everyOperationHasItsNodes() {
    assertThatThrownBy(() -> Operation.of("?", List.of(), List.of()))
        .satisfies(
            e -> {
              String[] names = e.getMessage().replaceFirst(".*there are ", "").split(", ", -1);
              assertThat(names).hasSizeGreaterThan(70).allMatch(OperationNodes::knows);
            });
  }

  @Test
  void allThatCannotBeSaidIsToldAtOnce() {
    Sequential model =
        new Sequential(new Input(1).name("text"), new StringLookup("a", "b").name("words"));
    assertThatThrownBy(() -> new OnnxExport().of(model))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "sequential cannot be written as ONNX with opset 17: words (StringLookup): no ONNX"
                + " operators say what it does");
  }

  @Test
  void bothDirectionsAreOneNode() {
    Map<String, Integer> nodes =
        Map.of(
            "bidirectional concat", 1,
            "bidirectional mul", 1,
            "bidirectional sequences", 1,
            "masked bidirectional", 2, // of two layers
            "bidirectional of two kinds", 3, // other activations are one node, a bias is not
            "bidirectional turned", 2,
            "masked bidirectional of Keras 2", 2);
    nodes.forEach(
        (name, count) -> {
          try (Model model = OnnxCases.all().get(name).get()) {
            assertThat(new OnnxExport().of(model).graph().nodes())
                .as(name)
                .filteredOn(n -> Set.of("LSTM", "GRU", "RNN").contains(n.opType()))
                .hasSize(count);
          }
        });
  }

  @Test
  void statesNeedNotBeFed() throws Exception {
    try (Sequential model =
        new Sequential(
            new Input(-1, 2), new LSTM(3).returnSequences(true), new Bidirectional(new GRU(2)))) {
      Random random = new Random(3);
      OnnxCases.randomize(model, random);
      List<Tensor> x = OnnxCases.inputs(model, 5, 6, random);
      byte[] file = written(new OnnxExport().states(true), model);
      Tensor want = model.predict(x.get(0));
      try (Ort ort = new Ort(file)) {
        assertThat(ort.inputNames()).containsExactly("input_layer");
        Map<String, Tensor> got = ort.run(x);
        assertThat(got.keySet())
            .containsExactly(
                "bidirectional",
                "lstm.final_h",
                "lstm.final_c",
                "bidirectional/forward_gru.final_h",
                "bidirectional/backward_gru.final_h");
        assertClose(got.get("bidirectional"), want);
        assertThatThrownBy(() -> ort.run(Map.of("lstm.initial_h", Tensor.zeros(5, 3))))
            .hasMessageContaining("Unknown input name lstm.initial_h"); // what the Javadoc says
      }
      try (Model again = Models.load(new ByteArrayInputStream(file))) {
        assertClose(again.predict(x).get(0), want);
      }
      assertThatThrownBy(() -> new OnnxExport().opset(7).states(true).of(model))
          .hasMessageContaining("lstm (LSTM): a state that need not be fed needs opset 8 or newer");
    }
  }

  /** Of a batch of a known size, with operators of any age. */
  @Test
  void statefulLayersStartAtZeroUnlessFed() throws Exception {
    try (Sequential model =
        new Sequential(Input.batch(5, 6, 2), new LSTM(3).stateful(true), new Dense(1))) {
      Random random = new Random(3);
      OnnxCases.randomize(model, random);
      List<Tensor> x = OnnxCases.inputs(model, 5, 6, random);
      try (Ort ort = new Ort(written(new OnnxExport().opset(7), model))) {
        assertClose(ort.run(x).get("dense"), model.predict(x.get(0)));
      }
    }
  }

  @Test
  void statesGoInAndOut() throws Exception {
    try (Sequential model =
        new Sequential(new Input(-1, 2), new LSTM(3).returnSequences(true), new LSTM(2))) {
      Random random = new Random(3);
      OnnxCases.randomize(model, random);
      Tensor x = OnnxCases.inputs(model, 2, 6, random).get(0);
      byte[] file = written(new OnnxExport().states(true).statesRequired(true), model);
      try (Ort ort = new Ort(file)) {
        assertThat(ort.inputNames())
            .containsExactly(
                "input_layer",
                "lstm.initial_h",
                "lstm.initial_c",
                "lstm_1.initial_h",
                "lstm_1.initial_c");
        List<Tensor> states =
            List.of(Tensor.zeros(2, 3), Tensor.zeros(2, 3), Tensor.zeros(2, 2), Tensor.zeros(2, 2));
        Tensor last = null;
        for (int t = 0; t < 6; t += 2) { // two timesteps at a time
          List<Tensor> fed = new ArrayList<>(List.of(x.slice(1, t, t + 2)));
          fed.addAll(states);
          Map<String, Tensor> made = ort.run(fed);
          states =
              List.of(
                  made.get("lstm.final_h"),
                  made.get("lstm.final_c"),
                  made.get("lstm_1.final_h"),
                  made.get("lstm_1.final_c"));
          last = made.get("lstm_1");
        }
        assertClose(last, model.predict(x));
      }
    }
  }
}
