package io.github.lstm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which form runs, with the module and without. */
class CpuMathTest {
  /** Prints the form, as a program of its own. */
  static final class Main {
    public static void main(String[] args) {
      System.out.println("form: " + CpuMath.best().name());
    }
  }

  @Test
  void theBestFormUsesTheVectorModule() throws Exception {
    assertThat(run("--add-modules", "jdk.incubator.vector"))
        .containsPattern("form: Vector API, \\dx\\d+ tile, \\d+-bit");
  }

  @Test
  void withoutTheModulePlainLoopsRunAndOneLineNamesTheOption() throws Exception {
    assertThat(run())
        .contains(
            "form: plain Java loops", "the JVM option --add-modules jdk.incubator.vector makes")
        .containsOnlyOnce("INFO");
  }

  private static String run(String... options) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    builder.command().addAll(List.of(options));
    builder.command().add("-cp");
    builder.command().add(System.getProperty("java.class.path"));
    builder.command().add(Main.class.getName());
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
