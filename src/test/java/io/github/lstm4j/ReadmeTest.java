package io.github.lstm4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.model.Sequential;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java in {@code README.md} compiles, and what it says is so. */
class ReadmeTest {
  private static final Path README = Path.of("README.md");
  private static final Pattern JAVA = Pattern.compile("(?ms)^```java\\R(.*?)^```$");
  private static final Pattern PYTHON = Pattern.compile("(?ms)^```python\\R(.*?)^```$");

  @TempDir Path folder;

  /** A block of Java: its imports, its statements, and the line of README.md where it begins. */
  private record Snippet(List<String> imports, String body, int line) {
    static Snippet of(String code, int line) {
      List<String> imports = code.lines().filter(l -> l.startsWith("import ")).toList();
      String body =
          code.lines().filter(l -> !l.startsWith("import ")).collect(Collectors.joining("\n"));
      return new Snippet(imports, body.strip(), line);
    }

    String name() {
      return "ReadmeLine" + line;
    }
  }

  private static List<MatchResult> blocks(Pattern kind) throws Exception {
    return kind.matcher(Files.readString(README)).results().toList();
  }

  private static List<Snippet> snippets() throws Exception {
    String text = Files.readString(README);
    List<Snippet> all = new ArrayList<>();
    for (MatchResult block : blocks(JAVA)) {
      int line = 1 + (int) text.substring(0, block.start()).lines().count();
      all.add(Snippet.of(block.group(1), line));
    }
    return all;
  }

  private static Snippet snippetWith(String text) throws Exception {
    return snippets().stream().filter(s -> s.body().contains(text)).findFirst().orElseThrow();
  }

  /** A class around the statements; blocks without imports use those of all blocks before. */
  private static String wrapped(Snippet snippet) throws Exception {
    List<String> imports = new ArrayList<>();
    for (Snippet s : snippets()) {
      if (s.line() <= snippet.line()) {
        imports.addAll(s.imports());
      }
    }
    return imports.stream().distinct().collect(Collectors.joining("\n"))
        + "\npublic final class "
        + snippet.name()
        + " {\n  public static void run() throws Exception {\n"
        + snippet.body()
        + "\n  }\n}\n";
  }

  private List<String> compile(String className, String source) throws Exception {
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///" + className + ".java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    URI classes = Sequential.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    List<String> options =
        List.of("-cp", Path.of(classes).toString(), "-d", folder.toString(), "-Xlint:all");
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    ToolProvider.getSystemJavaCompiler()
        .getTask(null, null, problems, options, null, List.of(file))
        .call();
    return problems.getDiagnostics().stream()
        .filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
        .map(d -> "line " + d.getLineNumber() + ": " + d.getMessage(Locale.ROOT))
        .toList();
  }

  /** Runs a snippet and returns what it printed. */
  private String run(Snippet snippet, String source) throws Exception {
    assertThat(compile(snippet.name(), source)).isEmpty();
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    URL[] classes = {folder.toUri().toURL()};
    try (var loader = new URLClassLoader(classes, ReadmeTest.class.getClassLoader())) {
      System.setOut(new PrintStream(printed, true, UTF_8));
      loader.loadClass(snippet.name()).getMethod("run").invoke(null);
    } finally {
      System.setOut(before);
    }
    return printed.toString(UTF_8);
  }

  @Test
  void everyBlockOfJavaCompiles() throws Exception {
    assertThat(snippets()).hasSizeGreaterThan(3);
    for (Snippet snippet : snippets()) {
      String source = wrapped(snippet);
      assertThat(compile(snippet.name(), source))
          .as("README.md, block at line %d:%n%s", snippet.line(), source)
          .isEmpty();
    }
  }

  @Test
  void filesThatAreLinkedExist() throws Exception {
    List<MatchResult> links = blocks(Pattern.compile("\\]\\(((?!http|#)[^)]+)\\)"));
    assertThat(links)
        .hasSizeGreaterThan(3)
        .allSatisfy(l -> assertThat(Path.of(l.group(1))).exists());
  }

  @Test
  void theQuestionsModelsHave12And16Parameters() throws Exception {
    Snippet question = snippetWith("inputShape(1, 1)");
    String printed = run(question, wrapped(question));
    assertThat(printed).containsSubsequence("Total params: 12", "Total params: 16");
    // kernel_c and bias_c of both models, as the README's comments say
    assertThat(printed).containsSubsequence("(1, 1)", "(1,)", "(2, 1)", "(1,)");
  }

  @Test
  void theQuestionsPythonAndJavaStandLineBesideLine() throws Exception {
    String python = blocks(PYTHON).get(0).group(1);
    String java = blocks(JAVA).get(0).group(1);
    assertThat(java.lines().count()).isEqualTo(python.lines().count());
  }

  @Test
  void theFirstRealExampleRuns() throws Exception {
    StringBuilder csv = new StringBuilder("load,temperature\n");
    for (int hour = 0; hour < 400; hour++) {
      csv.append(String.format(Locale.ROOT, "%.3f,", 50 + 10 * Math.sin(hour * Math.PI / 12)));
      csv.append(hour % 50 == 7 ? "NA\n" : 15 + hour % 24 / 4 + "\n");
    }
    Files.writeString(folder.resolve("hourly.csv"), csv);
    Snippet example = snippetWith("hourly.csv");
    String source =
        wrapped(example)
            .replace("Path.of(\"", "Path.of(\"" + folder.toString().replace("\\", "/") + "/");
    assertThat(run(example, source)).contains("val_loss").contains("forecast");
    assertThat(folder.resolve("load.keras")).isNotEmptyFile();
  }

  @Test
  void batchesFromAnywhereRun() throws Exception {
    Snippet example = snippetWith("BatchSource.of(epoch)");
    assertThat(run(example, wrapped(example))).endsWith("(976, 1)\n");
  }
}
