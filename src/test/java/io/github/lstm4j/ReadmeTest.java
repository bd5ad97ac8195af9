package io.github.lstm4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code README.md} and the page about Keras show is so. Their Java is that of the examples,
 * which {@code examples.ExamplesTest} runs.
 */
class ReadmeTest {
  private static final Path README = Path.of("README.md");

  private static List<MatchResult> blocks(Path page, Pattern kind) throws Exception {
    return kind.matcher(Files.readString(page)).results().toList();
  }

  @Test
  void everyBlockOfJavaIsAnExample() throws Exception {
    List<MatchResult> java = blocks(README, Snippets.JAVA);
    assertThat(java).hasSizeGreaterThan(5);
    for (MatchResult block : java) {
      String first =
          block
              .group(1)
              .lines()
              .filter(l -> !l.startsWith("import ") && !l.isBlank())
              .findFirst()
              .orElseThrow();
      try (var files = Files.list(Path.of("src/test/java/examples"))) {
        assertThat(files)
            .as("an example with this line: %s", first)
            .anySatisfy(f -> assertThat(Files.readString(f)).contains("    " + first + "\n"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "KERAS.md"})
  void filesThatAreNamedExist(String page) throws Exception {
    Path file = Path.of(page);
    List<MatchResult> links = blocks(file, Pattern.compile("\\]\\(((?!http|#)[^)#]+)[^)]*\\)"));
    assertThat(links).allSatisfy(l -> assertThat(Path.of(l.group(1))).exists());
    List<MatchResult> sources = blocks(file, Pattern.compile("\\bsrc/test/[\\w./-]*\\w"));
    assertThat(sources).isNotEmpty().allSatisfy(s -> assertThat(Path.of(s.group())).exists());
  }

  @Test
  void theQuestionsPythonAndJavaStandLineBesideLine() throws Exception {
    String python = blocks(README, Snippets.PYTHON).get(0).group(1);
    String java = blocks(README, Snippets.JAVA).get(0).group(1);
    assertThat(java.lines().count()).isEqualTo(python.lines().count());
  }
}
