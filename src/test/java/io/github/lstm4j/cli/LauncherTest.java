package io.github.lstm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.io.npy.Npy;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code java -jar lstm4j-all.jar} is fast without options, and looks like one program. */
class LauncherTest {
  @TempDir Path folder;

  private Cli launched(List<String> options, Map<String, String> environment, String... args)
      throws Exception {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(options);
    words.addAll(List.of("-cp", System.getProperty("java.class.path")));
    words.add(Launcher.class.getName());
    words.addAll(List.of(args));
    File err = folder.resolve("err").toFile();
    ProcessBuilder builder = new ProcessBuilder(words).redirectError(err);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Cli(process.waitFor(), out, Files.readString(err.toPath()));
  }

  @Test
  void whatComputesHasTheVectorsAndTheOptionsOfItsJvm() throws Exception {
    Cli doctor = launched(List.of("-Xmx300m", "-Dlstm4j.cuda=off"), Map.of(), "doctor");
    assertThat(doctor.err()).isEmpty(); // no word of the module either
    assertThat(doctor.code()).isZero();
    assertThat(doctor.out())
        .contains("Vector API", " 300 MiB", "switched off by lstm4j.cuda=off")
        .doesNotContain("--add-modules");
  }

  @Test
  void optionsInTheEnvironmentAreToldOnce() throws Exception {
    Map<String, String> environment =
        Map.of("JAVA_TOOL_OPTIONS", "-Dlstm4j.cuda=off", "JDK_JAVA_OPTIONS", "-Xmx300m");
    Cli doctor = launched(List.of(), environment, "doctor");
    assertThat(doctor.out()).contains("Vector API", " 300 MiB", "switched off");
    assertThat(doctor.err()).containsOnlyOnce("JAVA_TOOL_OPTIONS").containsOnlyOnce("JDK_JAVA_");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"-Dlstm4j.launcher=off", "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n"})
  void oneJvmIfSoWantedOrIfThereIsAnAgent(String option) throws Exception {
    Cli doctor = launched(List.of(option), Map.of(), "doctor");
    assertThat(doctor.code()).isZero();
    assertThat(doctor.out()).contains("plain Java loops", "--add-modules jdk.incubator.vector");
  }

  @Test
  void errorsAndTheExitCodeAreTheCommands() throws Exception {
    Cli wrong = launched(List.of(), Map.of(), "train", "--epochs", "ä");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.out()).isEmpty();
    assertThat(wrong.err()).startsWith("error: ").contains("--epochs");
  }

  /** Little work starts sooner without vectors, and the line about them is not for it. */
  @Test
  void littleWorkIsDoneByPlainLoops() throws Exception {
    Path model = folder.resolve("model.keras");
    try (Sequential small = new Sequential(new LSTM(2).inputShape(3, 1)).seed(7)) {
      small.save(model);
    }
    Path x = folder.resolve("x.npy");
    Npy.write(x, Tensor.of(new float[] {1, 2, 3}, 1, 3, 1));
    String[] args = {"predict", "--model", model.toString(), "--input", x.toString()};
    assertThat(QuickStart.options(List.of("-Xmx1g", "-Dx=y"), args))
        .contains("-XX:TieredStopAtLevel=1");
    Cli predict =
        launched(
            List.of(),
            Map.of(),
            "predict",
            "--model",
            model.toString(),
            "--input",
            x.toString(),
            "--output",
            "-");
    assertThat(predict.err()).isEmpty();
    assertThat(predict.out()).contains("output0");

    assertThat(QuickStart.options(List.of("-XX:+UseParallelGC"), args)).isEmpty();
    String[] onGpu = Arrays.copyOf(args, args.length + 1);
    onGpu[args.length] = "--backend=cuda";
    assertThat(QuickStart.options(List.of(), onGpu)).isEmpty();
    args[0] = "evaluate";
    assertThat(QuickStart.options(List.of(), args)).isEmpty();
    args[0] = "predict";
    Npy.write(x, Tensor.zeros(1, 1_000_000, 1));
    assertThat(QuickStart.options(List.of(), args)).isEmpty();
  }
}
