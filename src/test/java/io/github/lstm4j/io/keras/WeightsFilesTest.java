package io.github.lstm4j.io.keras;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models through streams, and weights alone, as Keras has them; see golden/weights/record.py. */
class WeightsFilesTest {
  private static final String OURS = "lstm4j.weights.h5";
  private static final String KERAS = "keras.weights.h5";

  @TempDir Path folder;

  /** A model whose weights are the same on every machine. */
  private static Sequential model(int number) {
    Sequential model =
        new Sequential(
            new Bidirectional(new LSTM(2).returnSequences(true)).inputShape(5, 3),
            new LSTM(3).name("second"),
            new Dense(2));
    int[] i = {number};
    model.setWeights(
        model.weights().stream()
            .map(w -> Tensor.zeros(w.shape()).map(v -> (i[0]++ * 37 % 101 - 50) / 64.0))
            .toList());
    return model;
  }

  /** Writes {@value #OURS} into the folder of the first argument. */
  public static void main(String[] args) throws IOException {
    model(1).saveWeights(Path.of(args[0], OURS));
  }

  private static JsonNode cases() throws IOException {
    return new ObjectMapper().readTree(KerasModelsTest.golden("weights/cases.json").toFile());
  }

  private static float[] floats(JsonNode numbers) {
    float[] all = new float[numbers.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) numbers.get(i).asDouble();
    }
    return all;
  }

  private static Tensor x() throws IOException {
    return Tensor.of(floats(cases().get("x")), 2, 5, 3);
  }

  private static byte[] bytes(Model model) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    model.save(out);
    return out.toByteArray();
  }

  @Test
  void weightsThatKerasWroteAreRead() throws IOException {
    Sequential model = model(1);
    model.loadWeights(KerasModelsTest.golden("weights/" + KERAS));
    assertThat(model.predict(x()).data())
        .containsExactly(floats(cases().get(KERAS)), within(1e-6f));
  }

  @Test
  void kerasReadsOurs() throws IOException {
    Path file = folder.resolve(OURS);
    model(1).saveWeights(file);
    assertThat(file).hasSameBinaryContentAs(KerasModelsTest.golden("weights/" + OURS));
    assertThat(model(1).predict(x()).data())
        .containsExactly(floats(cases().get(OURS)), within(1e-6f));
  }

  @Test
  void weightsGoThroughStreamsAndAreTakenFromWholeModelsToo() throws IOException {
    Sequential from = model(1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    from.saveWeights(out);
    Sequential to = model(2);
    to.loadWeights(new ByteArrayInputStream(out.toByteArray()));
    assertThat(to.getWeights()).isEqualTo(from.getWeights());
    Sequential other = model(3);
    other.loadWeights(new ByteArrayInputStream(bytes(from)));
    assertThat(other.getWeights()).isEqualTo(from.getWeights());
  }

  @Test
  void weightsThatDoNotFitAreRefusedAndChangeNothing() throws IOException {
    Path file = folder.resolve(OURS);
    new Sequential(
            new Bidirectional(new LSTM(2).returnSequences(true)).inputShape(5, 3),
            new LSTM(3),
            new Dense(4))
        .saveWeights(file);
    Sequential model = model(1);
    List<Tensor> before = model.getWeights();
    assertThatIOException()
        .isThrownBy(() -> model.loadWeights(file))
        .withMessageContaining("dense: expected kernel of shape (3, 2)")
        .withMessageContaining("got (3, 4)");
    assertThat(model.getWeights()).isEqualTo(before);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model.saveWeights(folder.resolve("model.h5")))
        .withMessageContaining("ends with .weights.h5");
    assertThatIOException()
        .isThrownBy(() -> model.loadWeights(folder.resolve("no.weights.h5")))
        .withMessageEndingWith("no.weights.h5: no such file");
    assertThatThrownBy(() -> new Sequential(new LSTM(2)).saveWeights(new ByteArrayOutputStream()))
        .hasMessageContaining("no weights yet");
    assertThatThrownBy(() -> new Sequential(new LSTM(2)).loadWeights(file))
        .hasMessageContaining("the input's shape is not known");
  }

  @Test
  void aModelGoesThroughStreams() throws IOException {
    Sequential model = model(4).compile("adam", "mse");
    model.fit(x(), Tensor.zeros(2, 2), Fit.epochs(2).silent());
    Model again = Models.load(new ByteArrayInputStream(bytes(model)));
    assertThat(again.predict(x())).isEqualTo(model.predict(x()));
    assertThat(again.iterations()).isEqualTo(2);
    Files.write(folder.resolve("m.keras"), bytes(model));
    assertThat(Models.load(folder.resolve("m.keras")).getWeights()).isEqualTo(model.getWeights());
  }

  @Test
  void aResourceOfTheClassPathLoads() throws IOException {
    try (InputStream in = getClass().getResourceAsStream("/golden/lstm4j-files/names.keras")) {
      assertThat(Models.load(in).name()).isEqualTo("names");
    }
  }

  @Test
  void aStreamThatIsNoModelOrNeverEndsIsRefused() {
    assertThatIOException()
        .isThrownBy(() -> Models.load(InputStream.nullInputStream()))
        .withMessageStartingWith("the stream: expected a model (Keras 3");
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'P';
          }

          @Override
          public int read(byte[] into, int from, int length) {
            return length;
          }
        };
    System.setProperty(ReadBudget.PROPERTY, "1000000");
    try {
      assertThatIOException()
          .isThrownBy(() -> Models.load(endless))
          .withMessageContaining("of the 1000000 that this file may fill");
      assertThatIOException().isThrownBy(() -> model(1).loadWeights(endless));
    } finally {
      System.clearProperty(ReadBudget.PROPERTY);
    }
  }
}
