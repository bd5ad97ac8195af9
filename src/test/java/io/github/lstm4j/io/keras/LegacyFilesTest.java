package io.github.lstm4j.io.keras;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.io.hdf5.Hdf5Array;
import io.github.lstm4j.io.hdf5.Hdf5Group;
import io.github.lstm4j.io.hdf5.Hdf5Writer;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keras's HDF5 files: what is written and read again, and what is refused, and how. */
class LegacyFilesTest {
  private static final String DENSE =
      "{\"class_name\": \"Sequential\", \"config\": [{\"class_name\": \"Dense\", \"config\":"
          + " {\"name\": \"dense_1\", \"units\": 2, \"batch_input_shape\": [null, 3]}}]}";

  @TempDir Path dir;

  private static Sequential trained() {
    Sequential model = new Sequential().seed(3);
    model.add(new LSTM(3).inputShape(4, 2)).add(new Dense(1));
    model.compile("adam", "mse", "mae");
    model.fit(
        SampleModels.normal(6, 4, 2),
        SampleModels.normal(6, 1),
        Fit.epochs(2).batchSize(3).silent());
    return model;
  }

  /** Training goes on with the same numbers. */
  @Test
  void aTrainedModelComesBack() throws IOException {
    Path file = dir.resolve("model.h5");
    Tensor x = SampleModels.normal(6, 4, 2);
    Tensor y = SampleModels.normal(6, 1);
    try (Sequential model = trained()) {
      model.extra(Map.of("who", "me"));
      model.save(file);
      try (Model again = Models.load(file)) {
        assertThat(again.predict(x)).isEqualTo(model.predict(x));
        assertThat(again.iterations()).isEqualTo(4);
        assertThat(again.extra()).isEqualTo(Map.of("who", "me"));
        Fit once = Fit.epochs(1).batchSize(3).shuffle(false).silent();
        model.fit(x, y, once);
        again.fit(x, y, once);
        assertThat(again.predict(x)).isEqualTo(model.predict(x));
      }
    }
  }

  @Test
  void weightsByNameLeaveOthersAsTheyAre() throws IOException {
    Path file = dir.resolve("model.hdf5");
    try (Sequential model = trained();
        Sequential other = new Sequential().seed(9)) {
      model.layers().get(0).name("shared");
      model.save(file);
      other.add(new LSTM(3).inputShape(4, 2).name("shared")).add(new Dense(5).name("new"));
      List<Tensor> before = other.getWeights();
      assertThat(KerasWeights.loadByName(other, file)).containsExactly("shared");
      assertThat(other.getWeights().subList(0, 3)).isEqualTo(model.getWeights().subList(0, 3));
      assertThat(other.getWeights().subList(3, 5)).isEqualTo(before.subList(3, 5));
      assertThatThrownBy(() -> other.loadWeights(file))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll("model.hdf5", "expected kernel of shape (3, 5)", "(3, 1)");
      other.layers().get(0).name("another");
      assertThatThrownBy(() -> KerasWeights.loadByName(other, file))
          .hasMessageContainingAll("no layer of the model has the name", "shared");
    }
  }

  private Path write(String config, Map<String, Map<String, Hdf5Array>> layers) throws IOException {
    Hdf5Group root = new Hdf5Group().attribute("keras_version", "2.1.3");
    if (config != null) {
      root.attribute("model_config", config);
    }
    if (layers != null) {
      Hdf5Group weights = root.group("model_weights");
      weights.attribute("layer_names", List.copyOf(layers.keySet()));
      layers.forEach(
          (layer, arrays) -> {
            Hdf5Group group = weights.group(layer);
            group.attribute("weight_names", List.copyOf(arrays.keySet()));
            arrays.forEach(
                (name, array) -> {
                  if (array != null) {
                    group.dataset(name, array);
                  }
                });
          });
    }
    Path file = dir.resolve("model.h5");
    Hdf5Writer.write(root, file);
    return file;
  }

  private void refused(Path file, String... parts) {
    assertThatThrownBy(() -> Models.load(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContainingAll(parts);
  }

  private static Hdf5Array array(int... dims) {
    return Hdf5Array.of(Tensor.zeros(dims));
  }

  @Test
  void whatLostItsWeightsIsRefused() throws IOException {
    Hdf5Array kernel = array(3, 2);
    Map<String, Hdf5Array> whole = Map.of("b", kernel);
    refused(write(DENSE, null), "expected weights in a group model_weights");
    refused(write(DENSE, Map.of()), "expected weights of 1 layers", "the file lost some");
    refused(
        write(DENSE, Map.of("dense_1", whole)),
        "expected 2 arrays of dense_1 (Dense)",
        "got 1; the file lost some");
    Map<String, Hdf5Array> gone = new HashMap<>(whole);
    gone.put("gone", null);
    refused(write(DENSE, Map.of("dense_1", gone)), "expected a dataset", "gone", "nothing");
    refused(
        write(DENSE, Map.of("dense_1", Map.of("a", kernel, "b", array(2), "c", array(7)))),
        "dense_1");
    refused(write(null, Map.of("dense_1", whole)), "model_config", "weights alone", "loadWeights");
  }

  @Test
  void allThatIsNotSupportedIsSaidAtOnce() throws IOException {
    String config =
        "{\"class_name\": \"Sequential\", \"config\": [{\"class_name\": \"MaxoutDense\", \"config\":"
            + " {\"name\": \"m\"}}, {\"class_name\": \"Highway\", \"config\": {\"name\": \"h\"}},"
            + " {\"class_name\": \"Dense\", \"config\": {\"name\": \"d\", \"units\": 2,"
            + " \"use_bias\": 3, \"spin\": 1, \"twist\": 2}}, {\"class_name\":"
            + " \"BatchNormalization\", \"config\": {\"name\": \"b\", \"mode\": 1}}]}";
    refused(
        write(config, Map.of()),
        "4 layers cannot be read",
        "MaxoutDense",
        "Highway",
        "use_bias: expected true or false, got 3",
        "spin=1",
        "twist=2",
        "mode=1 is not supported; expected 0");
  }

  /** Settings that one version or another wrote, and that Keras 3 has not. */
  @Test
  void whatVersionsCallOtherwise() throws IOException {
    String config =
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", \"layers\": ["
            + "{\"class_name\": \"SpatialDropout1D\", \"config\": {\"name\": \"a\", \"rate\": 0.2,"
            + " \"noise_shape\": null, \"batch_input_shape\": [null, 6, 4]}},"
            + "{\"class_name\": \"BatchNormalizationV1\", \"config\": {\"name\": \"b\","
            + " \"axis\": [2], \"momentum\": 0.9, \"gamma_initializer\": {\"class_name\": \"Ones\","
            + " \"config\": {\"dtype\": \"float32\"}}}},"
            + "{\"class_name\": \"ThresholdedReLU\", \"config\": {\"name\": \"c\","
            + " \"theta\": {\"type\": \"ndarray\", \"value\": 0.5}}},"
            + "{\"class_name\": \"UnifiedLSTM\", \"config\": {\"name\": \"d\", \"units\": 3,"
            + " \"time_major\": false, \"num_constants\": null}},"
            + "{\"class_name\": \"CuDNNGRU\", \"config\": {\"name\": \"e\", \"units\": 3}}]},"
            + " \"keras_version\": \"2.1.6-tf\", \"backend\": \"tensorflow\"}";
    assertThatThrownBy(() -> KerasModels.fromJson(config))
        .hasMessageContaining("e: expected (batch, timesteps, features)");
    try (Model model =
        KerasModels.fromJson(
            config.replace("\"units\": 3, ", "\"units\": 3, \"return_sequences\": true, "))) {
      assertThat(model.countParams()).isEqualTo(16 + 4 * 3 * (4 + 3 + 1) + 3 * 3 * (3 + 3 + 2));
      Map<String, Object> lstm = LayerConfigs.write(model.layers().get(3));
      Object written = LayerConfigs.map(lstm.get("config")).get("recurrent_activation");
      assertThat(ActivationConfigs.read(written)).isEqualTo(Activation.HARD_SIGMOID_KERAS2);
    }
  }

  @Test
  void configurationsOfWrongTypes() throws IOException {
    refused(write("[1]", Map.of()), "model_config");
    refused(write("{\"class_name\": \"Sequential\", \"config\": [1, null]}", Map.of()), "layer");
    refused(write("{\"class_name\": \"Sequential\", \"config\": 7}", Map.of()), "no layers");
    refused(
        write(
            "{\"class_name\": \"Sequential\", \"config\": [{\"class_name\": \"Merge\", \"config\":"
                + " {\"name\": \"m\", \"mode\": \"cos\", \"layers\": [{}, 2]}}]}",
            Map.of()),
        "Merge with mode=cos");
    refused(write(DENSE.replace("[null, 3]", "[null, 3000000000]"), Map.of()), "3000000000");
  }
}
