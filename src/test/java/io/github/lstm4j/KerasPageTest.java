package io.github.lstm4j;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java of KERAS.md compiles and runs, and gives what its Python gave in real Keras. */
class KerasPageTest {
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(.*?)` \\| `(.*?)` \\|$");

  @TempDir Path folder;

  private static String page() throws Exception {
    return Files.readString(Path.of("KERAS.md"));
  }

  private static List<String> java() throws Exception {
    return ROW.matcher(page()).results().map(r -> r.group(2)).toList();
  }

  private static JsonNode golden() throws Exception {
    try (InputStream in = KerasPageTest.class.getResourceAsStream("/golden/keras-page/page.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  @Test
  void ourColumnIsAProgramThatRuns() throws Exception {
    List<MatchResult> blocks = Snippets.JAVA.matcher(page()).results().toList();
    String imports = blocks.get(1).group(1);
    String body = java().stream().map(l -> "    " + l).collect(joining("\n"));
    String source =
        imports
            + "\npublic final class KerasPage {\n  public static void run() throws Exception {\n"
            + body
            + "\n    System.out.println(model.countParams());"
            + "\n    System.out.println(java.util.Arrays.toString(padded.toInts()));"
            + "\n    System.out.println(java.util.Arrays.toString(numbers.toInts()));\n  }\n}\n";
    Files.createDirectories(Path.of("target"));
    JsonNode keras = golden();
    assertThat(Snippets.run(folder, "KerasPage", source))
        .contains(keras.get("params").asText() + "\n")
        .contains(keras.get("padded").toString().replace(",", ", ") + "\n")
        .endsWith(keras.get("numbers").toString().replace(",", ", ") + "\n");
  }

  @Test
  void fortyThingsAreThereAndKerasRanAllOfThem() throws Exception {
    assertThat(java()).hasSizeGreaterThanOrEqualTo(40).hasSize(golden().get("rows").asInt());
    long rows = page().lines().filter(l -> l.startsWith("| `")).count();
    assertThat(java()).hasSize((int) rows);
  }

  @Test
  void theTwelveLinesAreAtMostTwentyOfOursAndGiveTheSame() throws Exception {
    String python = Snippets.PYTHON.matcher(page()).results().findFirst().orElseThrow().group(1);
    String java = Snippets.JAVA.matcher(page()).results().findFirst().orElseThrow().group(1);
    assertThat(python.lines().filter(l -> !l.isBlank()).count()).isEqualTo(12);
    assertThat(java.lines().filter(l -> !l.isBlank()).count()).isLessThanOrEqualTo(20);
    Sequential model =
        new Sequential(
            new Input(2),
            new Dense(4, "tanh").kernelInitializer("ones"),
            new Dense(1, "sigmoid").kernelInitializer("ones"));
    Tensor x = Tensor.of(new int[][] {{0, 0}, {0, 1}, {1, 0}, {1, 1}});
    model.compile("sgd", "binary_crossentropy");
    model.fit(
        x, Tensor.of(new int[][] {{0}, {1}, {1}, {0}}), Fit.epochs(20).shuffle(false).silent());
    Tensor ours = model.predict(x);
    for (int i = 0; i < 4; i++) {
      double keras = golden().get("twelve").get(i).asDouble();
      assertThat((double) ours.get(i, 0)).isCloseTo(keras, within(1e-5));
    }
  }
}
