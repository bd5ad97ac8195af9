package io.github.lstm4j.io.keras;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Cell;
import io.github.lstm4j.layers.Config;
import io.github.lstm4j.layers.GRUCell;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.LSTMCell;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.LayerNormLSTMCell;
import io.github.lstm4j.layers.Lowering;
import io.github.lstm4j.layers.ProjectedLSTMCell;
import io.github.lstm4j.layers.RNN;
import io.github.lstm4j.layers.SimpleRNNCell;
import io.github.lstm4j.layers.ZoneoutCell;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Cells in files that Keras does not share. Of its own: the file {@code cells} of {@link
 * KerasModelsTest}.
 */
class CellFilesTest {
  @TempDir Path folder;

  static Stream<Layer> layers() {
    return Stream.of(
        new RNN(new ProjectedLSTMCell(4, 3)),
        new RNN(new LayerNormLSTMCell(4), new LSTMCell(2)).goBackwards(true),
        new RNN(new ZoneoutCell(new LSTMCell(4).dropout(0.1f), 0.1f, 0.25f)),
        new Bidirectional(new RNN(new ZoneoutCell(new GRUCell(4), 0.1f), new SimpleRNNCell(3))));
  }

  /** Keras refuses such a file: it could not deserialize 'keras.layers.ProjectedLSTMCell'. */
  @ParameterizedTest
  @MethodSource("layers")
  void cellsThatKerasLacksComeBack(Layer layer) throws Exception {
    Path file = folder.resolve("cells.keras");
    Tensor x = SampleModels.normal(3, 5, 2);
    try (Sequential model = new Sequential(new Input(5, 2), layer)) {
      model.save(file);
      try (Model again = Models.load(file)) {
        assertThat(again.predict(x)).isEqualTo(model.predict(x));
        assertThat(LayerConfigs.write(again.layers().get(0))).isEqualTo(LayerConfigs.write(layer));
      }
    }
  }

  /** merge_mode=None is null in Keras's files. */
  @Test
  void bothOutputsOfABidirectional() {
    Bidirectional both =
        new Bidirectional(new LSTM(2).returnSequences(true), Bidirectional.MergeMode.NONE);
    Map<String, Object> written = LayerConfigs.write(both);
    assertThat(LayerConfigs.map(written.get("config"))).containsEntry("merge_mode", null);
    Bidirectional again = (Bidirectional) LayerReader.read(written);
    assertThat(again.mergeMode()).isEqualTo(Bidirectional.MergeMode.NONE);
    Tensor x = SampleModels.normal(3, 5, 2);
    Input in = new Input(5, 2);
    try (Model model = Model.of(List.of(in.output()), both.applyAll(in.output()));
        Sequential there = new Sequential(new Input(5, 2), new LSTM(2).returnSequences(true));
        Sequential back =
            new Sequential(new Input(5, 2), new LSTM(2).returnSequences(true).goBackwards(true))) {
      there.setWeights(both.forward().weights().stream().map(w -> w.value()).toList());
      back.setWeights(both.backward().weights().stream().map(w -> w.value()).toList());
      List<Tensor> got = model.call(x);
      assertThat(got).hasSize(2);
      assertThat(got.get(0)).isEqualTo(there.predict(x));
      Tensor reversed = back.predict(x);
      for (int b = 0; b < 3; b++) {
        for (int t = 0; t < 5; t++) {
          for (int u = 0; u < 2; u++) {
            assertThat(got.get(1).get(b, t, u)).isEqualTo(reversed.get(b, 4 - t, u));
          }
        }
      }
    }
  }

  /** A cell that no file knows. */
  static final class Mine extends Layer implements Cell {
    @Override
    protected void configure(Config c) {}

    @Override
    protected Shape computeOutputShape(Shape input) {
      return Shape.of(input.dim(0), 3);
    }

    @Override
    public List<String> stateNames() {
      return List.of("h");
    }

    @Override
    public List<Integer> stateSizes() {
      return List.of(3);
    }

    @Override
    public Step begin(Lowering to, int batch) {
      return (x, states) -> List.of(to.graph().scale(0.5f, states.get(0), "h"));
    }
  }

  private static void refused(String json, String... words) {
    assertThatThrownBy(() -> KerasModels.fromJson(json)).hasMessageContainingAll(words);
  }

  @Test
  void misuseIsRefusedWithWords() {
    try (Sequential own = new Sequential(new Input(5, 2), new RNN(new Mine()))) {
      assertThatThrownBy(() -> own.save(folder.resolve("own.keras")))
          .hasMessageContainingAll("Mine", "cell of your own");
    }
    assertThatThrownBy(() -> new Bidirectional(new RNN(new Mine())))
        .hasMessageContainingAll("Mine", "a backward layer of its own");
    String cell = "{\"class_name\": \"LSTMCell\", \"config\": {\"name\": \"c\", \"units\": 2}}";
    String model =
        "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [{\"class_name\": \"InputLayer\","
            + " \"config\": {\"batch_shape\": [null, 5, 2]}}, %s]}}";
    refused(model.replace("%s", cell), "c (LSTMCell)", "new RNN(new LSTMCell(");
    String dense = "{\"class_name\": \"Dense\", \"config\": {\"units\": 2}}";
    String rnn = "{\"class_name\": \"RNN\", \"config\": {\"cell\": " + dense + "}}";
    refused(model.replace("%s", rnn), "RNN", "cell", "Dense");
    String stack =
        "{\"class_name\": \"StackedRNNCells\", \"config\": {\"cells\": [" + dense + "]}}";
    rnn = "{\"class_name\": \"RNN\", \"config\": {\"cell\": " + stack + "}}";
    refused(model.replace("%s", rnn), "cells", "Dense");
    stack = stack.replace(dense, cell);
    refused(model.replace("%s", stack), "StackedRNNCells", "wrap them");
    refused(
        model.replace("%s", "{\"class_name\": \"RNN\", \"config\": {}}"), "RNN", "cell is missing");
  }
}
