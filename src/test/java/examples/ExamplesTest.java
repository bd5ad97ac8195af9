package examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every example runs, prints what it says, and stands word for word in README.md or KERAS.md. */
class ExamplesTest {
  private static final Path FOLDER = Path.of("src/test/java/examples");

  @ParameterizedTest
  @CsvSource({
    "TheQuestion, Total params: 16",
    "Peepholes, 17",
    "HourlyForecast, forecast in 6 h: ",
    "OwnArrays, '(1, 1)'",
    "TextClasses, accuracy=1.0",
    "OnnxFiles, ' bytes'",
    "ForeignFile, '(None, 10, 2) to (2, '",
    "OnnxOfOthers, '(5, 2)'",
    "BatchesFromAnywhere, '(976, 1)'",
    "ChooseBackend, CPU",
    "DenseClassifier, '0.459'",
    "EncoderDecoder, 192 of 192"
  })
  void itRuns(String name, String printed) throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, UTF_8));
    try {
      Files.createDirectories(Path.of("target"));
      Class.forName("examples." + name)
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[0]);
    } finally {
      System.setOut(before);
    }
    assertThat(out.toString(UTF_8)).contains(printed);
  }

  @Test
  void theSampleIsWhatItsProgramMakes() throws Exception {
    assertThat(Path.of("src/test/resources/examples/hourly.csv")).hasContent(HourlyCsv.text());
  }

  @Test
  void itStandsInTheReadmeOrOnThePageAboutKeras() throws Exception {
    String pages = Files.readString(Path.of("README.md")) + Files.readString(Path.of("KERAS.md"));
    try (Stream<Path> files = Files.list(FOLDER)) {
      List<Path> examples =
          files
              .filter(f -> !f.endsWith("ExamplesTest.java") && !f.endsWith("HourlyCsv.java"))
              .toList();
      assertThat(examples).hasSizeGreaterThan(5);
      for (Path example : examples) {
        assertThat(pages).contains("```java\n" + pasted(Files.readString(example)) + "```\n");
      }
    }
  }

  /** The imports, and what main does. */
  private static String pasted(String file) {
    String imports = file.lines().filter(l -> l.startsWith("import ")).collect(joining("\n"));
    String body = file.substring(file.indexOf("public static void main"));
    body = body.substring(body.indexOf('\n') + 1, body.lastIndexOf("  }\n}"));
    return imports
        + "\n\n"
        + body.lines().map(l -> l.replaceFirst("^ {4}", "")).collect(joining("\n"))
        + "\n";
  }
}
