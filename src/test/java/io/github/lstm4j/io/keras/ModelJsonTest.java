package io.github.lstm4j.io.keras;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.layers.Attention;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.Ops;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Keras's to_json and get_config give: {@code golden/model-json/record.py}. */
class ModelJsonTest {
  private static String recorded(String name) throws IOException {
    return Files.readString(Path.of("src/test/resources/golden/model-json", name));
  }

  private static List<String> names(Model model) {
    return model.layers().stream().map(Layer::name).toList();
  }

  @Test
  void compiledModelOfKeras() throws IOException {
    try (Model m = KerasModels.fromJson(recorded("compiled.json"))) {
      assertThat(m.name()).isEqualTo("stack");
      assertThat(m.inputLayer().name()).isEqualTo("readings");
      assertThat(m.inputShape()).isEqualTo(Shape.of(Shape.UNKNOWN, 6, 2));
      assertThat(names(m)).containsExactly("first", "simple_rnn", "dense", "answer");
      assertThat(m.loss()).isEqualTo(Loss.huber(1));
      assertThat(m.metrics()).containsOnlyKeys("mae").containsValue(Metric.MEAN_ABSOLUTE_ERROR);
      assertThat(m.optimizer())
          .isEqualTo(Optimizer.rmsprop(0.01f, 0.9f, 0.5f, 1e-7f, false).withClipnorm(1));
      assertThat(m.predict(Tensor.zeros(2, 6, 2)).shape()).isEqualTo(Shape.of(2, 1));
    }
  }

  /** Keras 3 forgets the optimizer when it saves a model as .h5, and then compiles with its own. */
  @Test
  void whatLostItsOptimizerHasKerasDefault() throws IOException {
    String json =
        """
        {"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "Dense",
         "config": {"units": 1}}], "build_input_shape": [null, 2]},
         "compile_config": {"loss": "mse", "metrics": null}}""";
    try (Model m = KerasModels.fromJson(json)) {
      assertThat(m.optimizer()).isEqualTo(Optimizer.of("rmsprop"));
      assertThat(m.loss()).isEqualTo(Loss.of("mse"));
    }
  }

  @Test
  void settingsOfKeras() throws IOException {
    try (Model m = KerasModels.fromJson(recorded("settings.json"))) {
      assertThat(m.loss()).isNull();
      assertThat(m.inputShape()).isEqualTo(Shape.of(Shape.UNKNOWN, Shape.UNKNOWN, 2));
      assertThat(((Masking) m.layers().get(0)).maskValue()).isEqualTo(-1);
      assertThat(((Bidirectional) m.layers().get(1)).mergeMode())
          .isEqualTo(Bidirectional.MergeMode.SUM);
    }
  }

  @Test
  void modelWithoutAnInputTakesTheFirstData() throws IOException {
    try (Model m = KerasModels.fromJson(recorded("unbuilt.json"))) {
      assertThat(m.inputShape()).isNull();
      assertThatThrownBy(() -> KerasModels.toJson(m)).hasMessageContaining("input shape");
      ((Sequential) m).build(Shape.of(Shape.UNKNOWN, 4, 2));
      assertThat(m.countParams()).isEqualTo(4 * 3 * (2 + 3 + 1) + 4);
    }
  }

  /** A model as Keras 2 wrote it: its hard_sigmoid is another formula. */
  @Test
  void hardSigmoidOfKeras2() {
    String layer =
        "{\"class_name\": \"LSTM\", \"config\": {\"name\": \"lstm\", \"units\": 2,"
            + " \"batch_input_shape\": [null, 3, 1], \"recurrent_activation\": \"hard_sigmoid\"}}";
    String model = "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [%s]}%s}";
    try (Model old =
            KerasModels.fromJson(
                model.formatted(layer, ", \"keras_version\": \"2.15.0\", \"backend\": \"jax\""));
        Model today = KerasModels.fromJson(model.formatted(layer, ""))) {
      assertThat(gates(old)).isEqualTo(Activation.of("hard_sigmoid_keras2"));
      assertThat(gates(today)).isEqualTo(Activation.of("hard_sigmoid"));
    }
  }

  private static Activation gates(Model model) {
    return ((LSTM) model.layers().get(0)).cell().spec().recurrentActivation();
  }

  @Test
  void ownJsonComesBack() throws IOException {
    for (String name : List.of("compiled.json", "settings.json")) {
      try (Model m = KerasModels.fromJson(recorded(name), 3);
          Model same = KerasModels.fromJson(KerasModels.toJson(m), 3)) {
        assertThat(KerasModels.toJson(same)).isEqualTo(KerasModels.toJson(m));
        assertThat(same.getWeights()).isEqualTo(m.getWeights()); // by the seed
        assertThat(same.optimizer()).isEqualTo(m.optimizer());
      }
    }
    try (Sequential m =
            new Sequential(new LSTM(2).inputShape(3, 1), new Dense(3))
                .compile(Optimizer.adam(0.1f), Loss.quantile(0.1f, 0.5f, 0.9f));
        Model same = KerasModels.fromJson(KerasModels.toJson(m))) {
      assertThat(same.loss()).isEqualTo(m.loss());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "[1]                                     | expected a JSON object, got [",
        "'{}'                                    | without json.dump",
        "{'class_name': 'Sequential'             | expected a JSON object",
        "{'class_name': 'Functional'}            | the model: there are no layers",
        "{}                                      | expected a Sequential or Functional model, got null",
        "{'layers': 3}                           | no layers",
        "{'layers': [], 'units': 3}              | units=3 is not known",
        "{'layers': [{'class_name': 'Conv2D', 'config': {}}]} | Conv2D",
        "{'layers': [{'class_name': 'Dense', 'config': {'units': 0}}]} | Dense",
        "{'class_name': 'Sequential', 'config': {'layers': []}, 'compile_config': 3} "
            + "| compile_config: expected Map, got 3",
      })
  void othersAreRefused(String json, String words) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KerasModels.fromJson(json.replace('\'', '"')))
        .withMessageContaining(words);
  }

  /** Unlike a file with weights, it is for nothing but training: what cannot be is refused. */
  @ParameterizedTest
  @ValueSource(strings = {"'loss': 'tversky'", "'optimizer': 'muon'"})
  void whatCannotBeCompiledIsRefused(String said) throws IOException {
    String json = recorded("compiled.json");
    int at = json.indexOf("\"compile_config\"");
    String loss = "\"compile_config\": {'optimizer': 'sgd', 'loss': 'mse', " + said + "}}";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KerasModels.fromJson(json.substring(0, at) + loss.replace('\'', '"')))
        .withMessageContaining(said.split("'", -1)[3]);
  }

  /** What Keras says in a call is a setting of the layer here, the same for all of its calls. */
  @Test
  void callsOfOneLayerWithDifferentArgumentsAreRefused() {
    KerasTensor a = new Input(3, 2).output();
    KerasTensor b = new Input(3, 2).output();
    Attention attention = new Attention().useCausalMask(true);
    Model model = Model.of(List.of(a, b), List.of(attention.apply(a, b), attention.apply(b, a)));
    String json = KerasModels.toJson(model);
    String said = "\"use_causal_mask\":true";
    int last = json.lastIndexOf(said);
    assertThat(json.indexOf(said)).isLessThan(last);
    String left = json.substring(0, last).replaceAll(",$", "");
    String rest = json.substring(last + said.length());
    for (String second : List.of(left + rest, left + ",\"use_causal_mask\":false" + rest)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> KerasModels.fromJson(second))
          .withMessage(
              "attention (Attention): use_causal_mask=false in a call and true in an earlier one is"
                  + " not supported; use a layer for each");
    }
    try (Model again = KerasModels.fromJson(json)) {
      assertThat(KerasModels.toJson(again)).isEqualTo(json);
    }
  }

  /** A mask to which 2^40 ways lead is looked at once. */
  @Test
  @Timeout(60)
  void masksOfManyWaysAreReadOnce() {
    KerasTensor x = new Input(5, 3).output();
    KerasTensor mask = Ops.any(Ops.notEqual(x, 0), false, -1);
    for (int i = 0; i < 40; i++) {
      mask = Ops.logicalAnd(mask, mask);
    }
    KerasTensor masked = new Masking().apply(x);
    KerasTensor y = new LSTM(2).call(List.of(masked), List.of(mask)).outputs().get(0);
    try (Model model = Model.of(x, y);
        Model again = KerasModels.fromJson(KerasModels.toJson(model))) {
      assertThat(again.layers()).hasSameSizeAs(model.layers());
    }
  }
}
