package io.github.lstm4j.layers;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.io.onnx.proto.GraphProto;
import io.github.lstm4j.io.onnx.proto.ModelProto;
import io.github.lstm4j.io.onnx.proto.NodeProto;
import io.github.lstm4j.io.onnx.proto.NodeProto.Attribute;
import io.github.lstm4j.io.onnx.proto.TensorProto;
import io.github.lstm4j.io.onnx.proto.ValueInfoProto;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What ONNX's recurrent nodes have and Keras's layers lack, judged by ONNX Runtime: random nodes
 * give what layers of the same settings and weights give.
 */
class OnnxNodesTest {
  private static final int T = 5;
  private static final int B = 3;
  private static final int F = 2;
  private static final int U = 4;

  /** An activation as a node says it. */
  private record Said(String name, List<Float> alpha, List<Float> beta, Activation ours) {}

  private final Random random = new Random(1);

  private float number(double from, double to) {
    return (float) (from + (to - from) * random.nextDouble());
  }

  private Said activation() {
    float a = number(0.2, 1.2);
    float b = number(-0.5, 0.5);
    List<Float> none = List.of();
    return switch (random.nextInt(11)) {
      case 0 -> new Said("Relu", none, none, Activation.RELU);
      case 1 -> new Said("Tanh", none, none, Activation.TANH);
      case 2 -> new Said("Sigmoid", none, none, Activation.SIGMOID);
      case 3 -> new Said("Affine", List.of(a), List.of(b), Activation.affine(a, b));
      case 4 -> new Said("LeakyRelu", List.of(a), none, Activation.leakyRelu(a));
      case 5 ->
          new Said(
              "ThresholdedRelu", List.of(a), none, Activation.relu(Double.POSITIVE_INFINITY, 0, a));
      case 6 -> new Said("ScaledTanh", List.of(a), List.of(b), Activation.scaledTanh(a, b));
      case 7 -> new Said("HardSigmoid", List.of(a), List.of(b), Activation.hardSigmoid(a, b));
      case 8 -> new Said("Elu", List.of(a), none, Activation.elu(a));
      case 9 -> new Said("Softsign", none, none, Activation.of("softsign"));
      default -> new Said("Softplus", none, none, Activation.of("softplus"));
    };
  }

  private Tensor normal(int... dims) {
    Tensor t = Tensor.zeros(dims);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) (0.5 * random.nextGaussian());
    }
    return t;
  }

  // ---------------------------------------------------------------- nodes

  /** (rows, G·U) of ours, in the node's order of gates, as (1, G·U, rows). */
  private static TensorProto matrix(String name, Tensor ours, int... order) {
    int rows = ours.dim(0);
    int width = ours.dim(1);
    Tensor theirs = Tensor.zeros(1, width, rows);
    for (int g = 0; g < order.length; g++) {
      for (int u = 0; u < U; u++) {
        for (int r = 0; r < rows; r++) {
          theirs.data()[(g * U + u) * rows + r] = ours.data()[r * width + order[g] * U + u];
        }
      }
    }
    return TensorProto.of(name, theirs.shape(), theirs.data());
  }

  /** Biases in the node's order of gates: the inputs', then the recurrent ones or zeros. */
  private static TensorProto biases(Tensor ours, int... order) {
    int gates = order.length;
    Tensor theirs = Tensor.zeros(1, 2 * gates * U);
    for (int part = 0; part < ours.size() / (gates * U); part++) {
      for (int g = 0; g < gates; g++) {
        System.arraycopy(
            ours.data(), (part * gates + order[g]) * U, theirs.data(), (part * gates + g) * U, U);
      }
    }
    return TensorProto.of("B", theirs.shape(), theirs.data());
  }

  private static ValueInfoProto info(String name, ElementType type, int... dims) {
    List<ValueInfoProto.Dimension> all = new ArrayList<>();
    for (int d : dims) {
      all.add(new ValueInfoProto.Dimension(d, ""));
    }
    return ValueInfoProto.tensor(name, type, all);
  }

  private record Node(
      String type, List<String> inputs, List<Attribute> attributes, List<TensorProto> weights) {}

  /** Y (T,1,B,U) and the last states (1,B,U) that ONNX Runtime gives. */
  private static List<float[]> judge(Node node, Tensor x, int[] lengths) throws Exception {
    List<String> outputs =
        node.type.equals("LSTM") ? List.of("Y", "Y_h", "Y_c") : List.of("Y", "Y_h");
    List<ValueInfoProto> infos = new ArrayList<>();
    infos.add(info("Y", ElementType.FLOAT, T, 1, B, U));
    outputs.stream().skip(1).forEach(name -> infos.add(info(name, ElementType.FLOAT, 1, B, U)));
    GraphProto graph =
        new GraphProto(
            "g",
            List.of(new NodeProto("", node.type, "", node.inputs, outputs, node.attributes)),
            node.weights,
            List.of(info("X", ElementType.FLOAT, T, B, F), info("lengths", ElementType.INT32, B)),
            infos,
            List.of(),
            0);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    new ModelProto(8, Map.of("", 14L), "", "", graph, Map.of(), Set.of()).write(file);
    OrtEnvironment env = OrtEnvironment.getEnvironment();
    try (OrtSession session = env.createSession(file.toByteArray());
        OnnxTensor in = OnnxTensor.createTensor(env, sequences(x), new long[] {T, B, F});
        OnnxTensor ends = OnnxTensor.createTensor(env, IntBuffer.wrap(lengths), new long[] {B});
        OrtSession.Result result = session.run(Map.of("X", in, "lengths", ends))) {
      List<float[]> all = new ArrayList<>();
      for (String output : outputs) {
        all.add(((OnnxTensor) result.get(output).orElseThrow()).getFloatBuffer().array());
      }
      return all;
    }
  }

  /** (B,T,F) as (T,B,F). */
  private static FloatBuffer sequences(Tensor x) {
    return FloatBuffer.wrap(swapped(x.data(), B, T, F));
  }

  private static float[] swapped(float[] x, int a, int b, int width) {
    float[] y = new float[x.length];
    for (int i = 0; i < a; i++) {
      for (int j = 0; j < b; j++) {
        System.arraycopy(x, (i * b + j) * width, y, (j * a + i) * width, width);
      }
    }
    return y;
  }

  private int[] lengths() {
    int[] lengths = {T, 1 + random.nextInt(T), 1 + random.nextInt(T)};
    return lengths;
  }

  // ---------------------------------------------------------------- layers

  private static Model model(Recurrent<?> layer) {
    KerasTensor x = new Input(T, F).output();
    KerasTensor ends = new Input(1).output();
    layer.returnSequences(true).returnState(true).zeroOutputForMask(true);
    return Model.of(List.of(x, ends), layer.applyAll(new SequenceMask().apply(x, ends))).seed(3);
  }

  private void compare(String what, Node node, Model model) throws Exception {
    Tensor x = normal(B, T, F);
    int[] lengths = lengths();
    Tensor ends = Tensor.zeros(B, 1);
    for (int b = 0; b < B; b++) {
      ends.data()[b] = lengths[b];
    }
    List<float[]> want = judge(node, x, lengths);
    List<Tensor> got = model.predict(List.of(x, ends), B);
    assertThat(got).as(what).hasSameSizeAs(want);
    for (int i = 0; i < want.size(); i++) {
      float[] theirs = i == 0 ? swapped(want.get(0), T, B, U) : want.get(i);
      float largest = 1;
      for (float v : theirs) {
        largest = Math.max(largest, Math.abs(v));
      }
      assertThat(got.get(i).data())
          .as(what + ", output " + i)
          .containsExactly(theirs, within(2e-5f * largest));
    }
  }

  private List<Attribute> attributes(List<Said> said, float clip) {
    List<Float> alpha = new ArrayList<>();
    List<Float> beta = new ArrayList<>();
    for (Said s : said) {
      alpha.addAll(s.alpha);
      beta.addAll(s.beta);
    }
    List<Attribute> all = new ArrayList<>();
    all.add(new Attribute("hidden_size", (long) U));
    all.add(new Attribute("activations", said.stream().map(Said::name).toList()));
    if (!alpha.isEmpty()) {
      all.add(new Attribute("activation_alpha", alpha));
    }
    if (!beta.isEmpty()) {
      all.add(new Attribute("activation_beta", beta));
    }
    if (clip < Float.POSITIVE_INFINITY) {
      all.add(new Attribute("clip", clip));
    }
    return all;
  }

  private float clip() {
    return random.nextBoolean() ? Float.POSITIVE_INFINITY : number(0.1, 0.8);
  }

  private static List<Tensor> drawn(Model model, Random random) {
    return model.weights().stream()
        .map(w -> w.value().map(v -> (float) (0.5 * random.nextGaussian())))
        .toList();
  }

  @Test
  void lstm() throws Exception {
    int stepwise = 0;
    for (int n = 0; n < 40; n++) {
      boolean usual = n % 4 == 0; // else the fused op would never be met
      Said f = usual ? new Said("Sigmoid", List.of(), List.of(), Activation.SIGMOID) : activation();
      Said g = activation();
      Said h = usual ? g : activation();
      float clip = usual ? Float.POSITIVE_INFINITY : clip();
      boolean coupled = !usual && random.nextInt(3) == 0;
      boolean peepholes = random.nextInt(3) == 0;
      LSTM layer =
          new LSTM(U)
              .recurrentActivation(f.ours)
              .activation(g.ours)
              .outputActivation(h.ours)
              .inputForget(coupled)
              .peephole(peepholes ? Peephole.DIAGONAL : Peephole.NONE);
      if (clip < Float.POSITIVE_INFINITY) {
        layer.clip(clip);
      }
      try (Model model = model(layer)) {
        model.setWeights(drawn(model, random));
        stepwise += layer.cell().isFused() ? 0 : 1;
        List<Tensor> w = model.getWeights();
        List<TensorProto> weights = new ArrayList<>();
        int[] order = {0, 3, 1, 2}; // i, o, f, c of our i, f, c, o
        weights.add(matrix("W", w.get(0), order));
        weights.add(matrix("R", w.get(1), order));
        weights.add(biases(w.get(2), order));
        if (peepholes) { // i, o, f of our i, f, o
          float[] p = new float[3 * U];
          int[] from = {0, 2, 1};
          for (int k = 0; k < 3; k++) {
            System.arraycopy(w.get(3).data(), from[k] * U, p, k * U, U);
          }
          weights.add(TensorProto.of("P", Shape.of(1, 3 * U), p));
        }
        List<Attribute> attributes = attributes(List.of(f, g, h), clip);
        attributes.add(new Attribute("input_forget", coupled ? 1L : 0L));
        List<String> inputs = List.of("X", "W", "R", "B", "lengths", "", "", peepholes ? "P" : "");
        compare(n + ": " + attributes, new Node("LSTM", inputs, attributes, weights), model);
      }
    }
    assertThat(stepwise).isBetween(15, 35);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void gru(boolean resetAfter) throws Exception {
    for (int n = 0; n < 12; n++) {
      Said f = activation();
      Said g = activation();
      float clip = clip();
      GRU layer = new GRU(U).recurrentActivation(f.ours).activation(g.ours).resetAfter(resetAfter);
      if (clip < Float.POSITIVE_INFINITY) {
        layer.clip(clip);
      }
      try (Model model = model(layer)) {
        model.setWeights(drawn(model, random));
        List<Tensor> w = model.getWeights();
        int[] order = {0, 1, 2};
        List<Attribute> attributes = attributes(List.of(f, g), clip);
        attributes.add(new Attribute("linear_before_reset", resetAfter ? 1L : 0L));
        compare(
            n + ": " + attributes,
            new Node(
                "GRU",
                List.of("X", "W", "R", "B", "lengths"),
                attributes,
                List.of(
                    matrix("W", w.get(0), order),
                    matrix("R", w.get(1), order),
                    biases(w.get(2), order))),
            model);
      }
    }
  }

  @Test
  void simple() throws Exception {
    for (int n = 0; n < 12; n++) {
      Said f = activation();
      float clip = clip();
      SimpleRNN layer = new SimpleRNN(U).activation(f.ours);
      if (clip < Float.POSITIVE_INFINITY) {
        layer.clip(clip);
      }
      try (Model model = model(layer)) {
        model.setWeights(drawn(model, random));
        List<Tensor> w = model.getWeights();
        List<Attribute> attributes = attributes(List.of(f), clip);
        compare(
            n + ": " + attributes,
            new Node(
                "RNN",
                List.of("X", "W", "R", "B", "lengths"),
                attributes,
                List.of(matrix("W", w.get(0), 0), matrix("R", w.get(1), 0), biases(w.get(2), 0))),
            model);
      }
    }
  }

  // ---------------------------------------------------------------- what files and people say

  /** What is set comes back from a file; what is not set is not said, so that Keras reads it. */
  @Test
  void theSettingsAreKeptInFiles() throws IOException {
    LSTM all =
        new LSTM(U)
            .clip(0.5f)
            .inputForget(true)
            .recurrentActivation(Activation.hardSigmoid(0.3, 0.4))
            .activation(Activation.affine(0.5, 0.25))
            .outputActivation(Activation.scaledTanh(1.7, 0.6));
    Model model = model(new LSTM(U));
    assertThat(file(model)).doesNotContain("clip", "input_forget", "output_activation");
    model = model(all);
    assertThat(file(model))
        .contains("\"clip\":0.5", "\"input_forget\":true", "Rescaling", "\"scale\":1.7");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    model.save(out);
    try (Model again = Models.load(new ByteArrayInputStream(out.toByteArray()))) {
      LSTMCell cell = ((LSTM) again.layers().get(3)).cell();
      assertThat(cell.clip()).isEqualTo(0.5f);
      assertThat(cell.inputForget()).isTrue();
      assertThat(cell.recurrentActivation()).isEqualTo(Activation.hardSigmoid(0.3, 0.4));
      assertThat(cell.activation()).isEqualTo(Activation.affine(0.5, 0.25));
      assertThat(cell.outputActivation()).isEqualTo(Activation.scaledTanh(1.7, 0.6));
      List<Tensor> in = List.of(normal(B, T, F), Tensor.zeros(B, 1).map(v -> 3f));
      assertThat(again.predict(in)).isEqualTo(model.predict(in));
    }
  }

  private static String file(Model model) {
    return KerasModels.toJson(model);
  }

  /** A bound far away, and an output activation of the same kind, change nothing but the way. */
  @Test
  void stepByStepIsTheOp() {
    Tensor x = normal(B, T, F);
    for (int kind = 0; kind < 3; kind++) {
      List<Tensor> outputs = new ArrayList<>();
      for (boolean bound : new boolean[] {false, true}) {
        CellLayer<?, ?> layer = kind == 0 ? new LSTM(U) : kind == 1 ? new GRU(U) : new SimpleRNN(U);
        if (bound) {
          layer.clip(1e6f);
        }
        assertThat(layer.cell().isFused()).isEqualTo(!bound);
        try (Sequential model = new Sequential(layer.inputShape(T, F), new Dense(1)).seed(2)) {
          model.compile(Optimizer.sgd(0.1f), Loss.meanSquaredError());
          model.trainOnBatch(x, Tensor.zeros(B, 1));
          outputs.add(model.predict(x));
        }
      }
      assertClose("kind " + kind, outputs.get(0), outputs.get(1), 1e-5, 1e-5);
    }
  }

  @Test
  void misuseIsRefusedWithWords() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GRU(U).clip(0))
        .withMessageContaining("clip must be more than 0, got 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LSTM(U).outputActivation(Activation.SOFTMAX))
        .withMessageContaining("softmax is not elementwise");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Activation.scaledTanh(0, 1))
        .withMessageContaining("scaled_tanh: alpha must be other than 0");
    KerasTensor x = new Input(T, F).output();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SequenceMask().apply(x))
        .withMessageContaining("a sequence and its lengths, got 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SequenceMask().apply(x, new Input(2).output()))
        .withMessageContaining("lengths (batch, 1)");
  }
}
