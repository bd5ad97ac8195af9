package io.github.lstm4j.cli;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.io.npy.Npy;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of file to every other, and what commands say of each. */
class ConvertTest {
  private static final List<String> WHOLE = List.of(".keras", ".h5", ".onnx", ".safetensors");

  @TempDir Path folder;
  private Path keras;
  private Path x;
  private Tensor y;

  @BeforeEach
  void save() throws IOException {
    keras = folder.resolve("a.keras");
    x = folder.resolve("x.npy");
    Tensor in = Tensor.zeros(2, 5, 3);
    for (int i = 0; i < in.size(); i++) {
      in.data()[i] = (i * 37 % 23 - 11) / 9f;
    }
    Npy.write(x, in);
    try (Sequential model =
        new Sequential(
                new Bidirectional(new LSTM(3).returnSequences(true)).inputShape(5, 3),
                new GRU(2),
                new Dense(1))
            .seed(4)) {
      model.extra(Map.of("note", "from here"));
      model.save(keras);
      y = model.predict(in);
    }
  }

  private Cli run(Object... words) {
    return Cli.run(words);
  }

  @Test
  void everyFileBecomesEveryOther() throws IOException {
    for (String from : WHOLE) {
      Path in = folder.resolve("in" + from);
      assertThat(run("convert", keras, in).code()).as(from).isZero();
      for (String to : WHOLE) {
        Path out = folder.resolve("out" + to);
        Cli done = run("convert", in, out);
        assertThat(done.err()).as(from + " to " + to).isEmpty();
        assertThat(done.out()).contains("wrote " + out);
        Path answers = folder.resolve("y.npy");
        Cli predicted = run("predict", "--model", out, "--input", x, "--output", answers);
        assertThat(predicted.err()).as(from + " to " + to).isEmpty();
        assertClose(from + " to " + to, y, Npy.read(answers), 1e-6, 1e-6);
      }
      assertThat(run("summary", in).out()).contains("Total params");
      assertThat(run("explain", in).out())
          .contains("f, forget gate", "z, update gate", "o, output gate", "[…, 3:6]");
    }
  }

  @Test
  void whatIsLostIsSaid() {
    assertThat(run("convert", keras, folder.resolve("b.onnx")).out())
        .contains("(Keras 3): wrote ", "Not in it: what was stored beside the model: [note]");
    assertThat(run("convert", keras, folder.resolve("b.safetensors")).out())
        .doesNotContain("Not in it");
  }

  @Test
  void optionsAreOfTheFileThatIsWritten() throws IOException {
    Path torch = folder.resolve("torch.safetensors");
    assertThat(run("convert", keras, torch, "--names", "torch").code()).isZero();
    assertThat(run("convert", torch, folder.resolve("c.keras")).err()).contains("weights alone");
    assertThat(run("convert", keras, folder.resolve("w.weights.h5")).code()).isZero();
    assertThat(run("convert", keras, folder.resolve("s.onnx"), "--states", "--opset", 15).code())
        .isZero();
    byte[] before = Files.readAllBytes(keras);
    assertThat(run("convert", keras, keras).code()).isEqualTo(2);
    assertThat(keras).hasBinaryContent(before);
    assertThat(run("convert", keras, folder.resolve("a.txt")).code()).isEqualTo(2);
    assertThat(run("convert", keras, folder.resolve("d.keras"), "--opset", 9).code()).isEqualTo(2);
    assertThat(run("convert", keras, folder.resolve("d.onnx"), "--names", "torch").code())
        .isEqualTo(2);
    assertThat(run("convert", keras, folder.resolve("d.onnx"), "--opset", 99).code()).isEqualTo(2);
    assertThat(run("explain", keras, "--units", 3).code()).isEqualTo(2);
  }

  /** What is to be run in Python stays as many lines: a remark in one would hide the next. */
  @Test
  void linesOfCodeStayLines() throws IOException {
    Path pickle = Files.write(folder.resolve("net.pt"), new byte[] {(byte) 0x80, 2, '}', '.'});
    Cli refused = run("convert", pickle, folder.resolve("net.keras"));
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err().lines().map(String::strip))
        .hasSize(3)
        .anyMatch(line -> line.startsWith("state = torch.load("))
        .anyMatch(line -> line.startsWith("safetensors.torch.save_file("));
  }
}
