package io.github.lstm4j.layers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Modifier;
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
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each layer's Javadoc has an example; it compiles, runs, and prints what its comments say. */
class LayerExamplesTest {
  private static final Path SOURCES = Path.of("src/main/java/io/github/lstm4j/layers");
  private static final Pattern CLASS_COMMENT = Pattern.compile("(?s)/\\*\\*(.*?)\\*/\\s*public ");
  private static final Pattern EXAMPLE = Pattern.compile("(?s)<pre>\\{@code\\R(.*?) \\* \\}</pre>");
  private static final Pattern PRINTED = Pattern.compile("println\\(.*\\); // (.*)");
  private static final String IMPORTS =
      Stream.of("data", "graph", "initializers", "layers", "model", "tensor", "training")
          .map(p -> "import io.github.lstm4j." + p + ".*;\n")
          .collect(joining("", "import java.util.List;\n", ""));

  @TempDir Path folder;

  static List<Class<?>> layers() throws Exception {
    try (Stream<Path> files = Files.list(SOURCES)) {
      List<String> names =
          files.map(f -> f.getFileName().toString().replace(".java", "")).sorted().toList();
      List<Class<?>> layers = new ArrayList<>();
      for (String name : names) {
        if (!name.equals("package-info")) {
          Class<?> type = Class.forName(Layer.class.getPackageName() + "." + name);
          int modifiers = type.getModifiers();
          if (Layer.class.isAssignableFrom(type)
              && Modifier.isPublic(modifiers)
              && !Modifier.isAbstract(modifiers)) {
            layers.add(type);
          }
        }
      }
      return layers;
    }
  }

  @ParameterizedTest
  @MethodSource("layers")
  void runs(Class<?> layer) throws Exception {
    String name = layer.getSimpleName();
    String source = Files.readString(SOURCES.resolve(name + ".java"));
    List<MatchResult> comments = CLASS_COMMENT.matcher(source).results().limit(1).toList();
    assertThat(comments).as("Javadoc of %s", name).isNotEmpty();
    List<MatchResult> examples = EXAMPLE.matcher(comments.get(0).group(1)).results().toList();
    assertThat(examples).as("examples in the Javadoc of %s", name).isNotEmpty();
    for (int i = 0; i < examples.size(); i++) {
      String code = examples.get(i).group(1).replaceAll("(?m)^ \\* ?", "");
      String made = layer == Operation.class ? "Ops." : "new " + name + "(";
      assertThat(code).as("an example of %s", name).contains(made);
      List<String> said = PRINTED.matcher(code).results().map(m -> m.group(1)).toList();
      assertThat(said).as("what it says that it prints:%n%s", code).isNotEmpty();
      assertThat(printed(name + "Example" + i, code).lines().toList()).as(code).isEqualTo(said);
    }
  }

  private String printed(String className, String code) throws Exception {
    String source =
        IMPORTS
            + "public final class "
            + className
            + " {\n  public static void run() throws Exception {\n"
            + code
            + "  }\n}\n";
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///" + className + ".java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    URI ours = Layer.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    List<String> options = List.of("-cp", Path.of(ours).toString(), "-d", folder.toString());
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    ToolProvider.getSystemJavaCompiler()
        .getTask(null, null, problems, options, null, List.of(file))
        .call();
    assertThat(problems.getDiagnostics())
        .filteredOn(d -> d.getKind() == Diagnostic.Kind.ERROR)
        .extracting(d -> d.getMessage(Locale.ROOT))
        .as(source)
        .isEmpty();
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (var loader =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, Layer.class.getClassLoader())) {
      System.setOut(new PrintStream(out, true, UTF_8));
      loader.loadClass(className).getMethod("run").invoke(null);
    } finally {
      System.setOut(before);
    }
    return out.toString(UTF_8);
  }
}
