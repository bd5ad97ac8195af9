package io.github.lstm4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.model.Sequential;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Compiles and runs the code in pages. */
final class Snippets {
  static final Pattern JAVA = Pattern.compile("(?ms)^```java\\R(.*?)^```$");
  static final Pattern PYTHON = Pattern.compile("(?ms)^```python\\R(.*?)^```$");

  private Snippets() {}

  /** What the compiler finds wrong. */
  static List<String> compile(Path folder, String className, String source) throws Exception {
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

  /** What the class's static method run prints. */
  static String run(Path folder, String className, String source) throws Exception {
    assertThat(compile(folder, className, source)).as(source).isEmpty();
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    URL[] classes = {folder.toUri().toURL()};
    try (var loader = new URLClassLoader(classes, Snippets.class.getClassLoader())) {
      System.setOut(new PrintStream(printed, true, UTF_8));
      loader.loadClass(className).getMethod("run").invoke(null);
    } finally {
      System.setOut(before);
    }
    return printed.toString(UTF_8);
  }
}
