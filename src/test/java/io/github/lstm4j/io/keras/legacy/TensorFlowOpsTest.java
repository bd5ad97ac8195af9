package io.github.lstm4j.io.keras.legacy;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.layers.ActivationLayer;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Index;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Ops;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Functions of TensorFlow in the configurations of tf.keras. They are put together here, in the
 * form that public excerpts show: of models of Keras 2 ({@code tf.expand_dims}, {@code
 * tf.compat.v1.squeeze}, {@code tf.math.multiply}), and of its {@code Node.serialize} and {@code
 * TFOpLambda.get_config}. No such file with its outputs was at hand.
 */
class TensorFlowOpsTest {
  private static final String INPUT =
      "{\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": [null, 5, 3],"
          + " \"dtype\": \"float32\", \"sparse\": false, \"ragged\": false, \"name\": \"x\"},"
          + " \"name\": \"x\", \"inbound_nodes\": []}";

  private static String layer(String className, String name, String config, String nodes) {
    return String.format(
        Locale.ROOT,
        "{\"class_name\": \"%s\", \"config\": {\"name\": \"%s\", \"trainable\": true, \"dtype\":"
            + " \"float32\"%s}, \"name\": \"%s\", \"inbound_nodes\": [%s]}",
        className,
        name,
        config.replace('\'', '"'),
        name,
        nodes.replace('\'', '"'));
  }

  private static String op(String function, String name, String node) {
    return layer("TFOpLambda", name, ", 'function': '" + function + "'", node);
  }

  private static String model(String output, String... layers) {
    return "{\"class_name\": \"Functional\", \"config\": {\"name\": \"m\", \"layers\": ["
        + Stream.of(layers).collect(Collectors.joining(", "))
        + "], \"input_layers\": [[\"x\", 0, 0]], \"output_layers\": [[\""
        + output
        + "\", 0, 0]]}, \"keras_version\": \"2.9.0\", \"backend\": \"tensorflow\"}";
  }

  private static Tensor normal(int... dims) {
    Random random = new Random(3);
    return Tensor.zeros(dims).map(v -> (float) random.nextGaussian());
  }

  @Test
  void functionsAreOperations() {
    String inner =
        "{\"class_name\": \"Functional\", \"config\": {\"name\": \"inner\", \"layers\": ["
            + INPUT
            + ", "
            + layer("Dense", "d", ", 'units': 4", "[['x', 0, 0, {}]]")
            + "], \"input_layers\": [[\"x\", 0, 0]], \"output_layers\": [[\"d\", 0, 0]]}, \"name\":"
            + " \"inner\", \"inbound_nodes\": [[[\"x\", 0, 0, {}]]]}";
    String json =
        model(
            "out",
            INPUT,
            layer("LSTM", "lstm", ", 'units': 4, 'return_sequences': true", "[['x', 0, 0, {}]]"),
            inner,
            layer(
                "SlicingOpLambda",
                "last",
                ", 'function': '__operators__.getitem'",
                "['lstm', 0, 0, {'slice_spec': [{'start': null, 'stop': null, 'step': null}, -1]}]"),
            op("math.reduce_mean", "mean", "['inner', 1, 0, {'axis': 1, 'keepdims': false}]"),
            op("concat", "both", "[['last', 0, 0, {'axis': -1}], ['mean', 0, 0, {'axis': -1}]]"),
            op("math.multiply", "scaled", "['both', 0, 0, {'y': [1, 2, 3, 4, 5, 6, 7, 8]}]"),
            op(
                "math.subtract",
                "rest",
                "['_CONSTANT_VALUE', -1, 1.5, {'y': ['scaled', 0, 0], 'name': null}]"),
            op("expand_dims", "wide", "['rest', 0, 0, {'axis': 1}]"),
            op("compat.v1.squeeze", "narrow", "['wide', 0, 0, {'axis': [1], 'name': null}]"),
            op("reshape", "shaped", "['narrow', 0, 0, {'shape': [-1, 4, 2]}]"),
            op(
                "linalg.matmul",
                "square",
                "['shaped', 0, 0, {'b': [[1, 2], [0, 1]]," + " 'transpose_a': false}]"),
            op(
                "__operators__.add",
                "sum",
                "['square', 0, 0, {'y': ['shaped', 0, 0], 'name': null}]"),
            op("nn.gelu", "gelu", "['sum', 0, 0, {}]"),
            op(
                "clip_by_value",
                "clipped",
                "['gelu', 0, 0, {'clip_value_min': -1," + " 'clip_value_max': 0.5}]"),
            op("math.reduce_max", "most", "['clipped', 0, 0, {'axis': [2]}]"),
            op("nn.softmax", "out", "['most', 0, 0, {}]"));
    Input input = new Input(5, 3);
    KerasTensor x = input.output();
    KerasTensor states = new LSTM(4).returnSequences(true).apply(x);
    KerasTensor last = Ops.getItem(states, Index.all(), Index.at(-1));
    KerasTensor mean = Ops.mean(new Dense(4).apply(x), false, 1);
    KerasTensor both = Ops.concatenate(-1, last, mean);
    KerasTensor scaled = Ops.multiply(both, Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 8));
    KerasTensor shaped = Ops.reshape(Ops.subtract(1.5f, scaled), -1, 4, 2);
    KerasTensor sum =
        Ops.add(Ops.matmul(shaped, Tensor.of(new float[] {1, 2, 0, 1}, 2, 2)), shaped);
    KerasTensor clipped = Ops.clip(new ActivationLayer("gelu").apply(sum), -1, 0.5f);
    KerasTensor out = Ops.softmax(Ops.max(clipped, false, 2), -1);
    Tensor data = normal(4, 5, 3);
    try (Model theirs = KerasModels.fromJson(json);
        Model ours = Model.of(List.of(x), List.of(out));
        Model again = KerasModels.fromJson(KerasModels.toJson(theirs))) {
      ours.setWeights(theirs.getWeights());
      again.setWeights(theirs.getWeights());
      Tensor expected = ours.predict(data);
      assertClose("out", expected, theirs.predict(data), 1e-6, 1e-6);
      assertClose("again", expected, again.predict(data), 1e-6, 1e-6);
    }
  }

  /** What has another default in TensorFlow than in Keras. */
  @Test
  void argmaxIsOverTheFirstAxis() {
    String argmax = op("math.argmax", "which", "['x', 0, 0, {}]");
    try (Model model = KerasModels.fromJson(model("which", INPUT, argmax))) {
      assertThat(KerasModels.toJson(model)).contains("\"axis\":0");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "math.erf | ['x', 0, 0, {}] | tf.math.erf \"f\": this operation of tensorflow.ops",
        "keras.backend.mean | ['x', 0, 0, {}] | tf.keras.backend.mean \"f\": this operation",
        "linalg.matmul | ['x', 0, 0, {'b': [[1], [1], [1]], 'transpose_b': true}] | transpose_b=",
        "math.add | ['x', 0, 0, {}] | a constant: expected numbers, got null",
        "math.reduce_sum | ['x', 0, 0, {'axis': 1}], ['x', 0, 0, {'axis': 2}] | differ from call"
      })
  void whatCannotBeSaidIsRefused(String function, String nodes, String why) {
    String json = model("f", INPUT, op(function, "f", nodes));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KerasModels.fromJson(json).close())
        .withMessageContaining(why);
  }
}
