package io.github.lstm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.io.npy.Npy;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code java -jar lstm4j-all.jar} is fast without options, and looks like one program. */
class LauncherTest {
  @TempDir Path folder;

  private Cli launched(List<String> options, Map<String, String> environment, String... args)
      throws Exception {
    List<String> start = new ArrayList<>(options);
    start.addAll(List.of("-cp", System.getProperty("java.class.path")));
    start.add(Launcher.class.getName());
    return run(start, environment, args);
  }

  private Cli run(List<String> start, Map<String, String> environment, String... args)
      throws Exception {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(start);
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
    String[] args = littleWork();
    Path x = Path.of(args[4]);
    assertThat(QuickStart.of(List.of("-Xmx1g", "-Dx=y"), args).orElseThrow().options())
        .contains("-XX:TieredStopAtLevel=1");
    Cli predict = launched(List.of(), Map.of(), with(args, "--output", "-"));
    assertThat(predict.err()).isEmpty();
    assertThat(predict.out()).contains("output0");

    assertThat(QuickStart.of(List.of("-XX:+UseParallelGC"), args)).isEmpty();
    assertThat(QuickStart.of(List.of(), with(args, "--backend=cuda"))).isEmpty();
    args[0] = "evaluate";
    assertThat(QuickStart.of(List.of(), args)).isEmpty();
    args[0] = "predict";
    Npy.write(x, Tensor.zeros(1, 1_000_000, 1));
    assertThat(QuickStart.of(List.of(), args)).isEmpty();
  }

  /**
   * What it loads comes from an archive from the second run on, of which nobody hears. Java 17 ends
   * with a fault where it is to archive a lambda of one of picocli's types, see {@link Converter}.
   */
  @Test
  void classesOfLittleWorkAreArchived() throws Exception {
    Path jar = jar();
    Path cache = folder.resolve("cache");
    String[] args = with(littleWork(), "--output", "-");
    List<String> start = List.of("-jar", jar.toString());
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", cache.toString());

    Cli wrong = run(start, environment, with(args, "--format", "rst"));
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(archives(cache)).isEmpty(); // it lacks the classes of the work

    Cli first = run(start, environment, args);
    assertThat(first.err()).isEmpty();
    assertThat(first.code()).isZero();
    assertThat(archives(cache)).singleElement().asString().endsWith(".jsa");
    assertThat(run(start, environment, args)).isEqualTo(first);

    Path archive = archives(cache).get(0);
    try (FileChannel end = FileChannel.open(archive, StandardOpenOption.WRITE)) {
      end.truncate(100_000);
    }
    assertThat(run(start, environment, args)).isEqualTo(first); // and makes another
    assertThat(archives(cache)).hasSize(1).allMatch(a -> a.toFile().length() > 1_000_000);

    List<String> shown = new ArrayList<>();
    shown.addAll(List.of("-XX:SharedArchiveFile=" + archives(cache).get(0), "-XX:+UseSerialGC"));
    shown.addAll(List.of("-Xlog:class+load", "-Dlstm4j.launcher=off", "-cp", jar.toString()));
    shown.add(Launcher.class.getName());
    assertThat(run(shown, environment, args).out())
        .contains(PredictCommand.class.getName() + " source: shared objects file (top)");
  }

  private static List<Path> archives(Path cache) throws IOException {
    try (Stream<Path> files = Files.list(cache.resolve("lstm4j/classes"))) {
      return files.toList();
    }
  }

  /** A jar as the command line's, but that it only names those of the libraries. */
  private Path jar() throws Exception {
    Path classes =
        Path.of(Launcher.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> libraries = new ArrayList<>();
    for (String path : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (path.endsWith(".jar")) {
        libraries.add(Path.of(path).toUri().toString());
      }
    }
    Manifest manifest = new Manifest();
    Attributes about = manifest.getMainAttributes();
    about.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    about.put(Attributes.Name.MAIN_CLASS, Launcher.class.getName());
    about.put(Attributes.Name.CLASS_PATH, String.join(" ", libraries));
    Path jar = folder.resolve("cli.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
        Stream<Path> files = Files.walk(classes)) {
      out.setLevel(Deflater.BEST_SPEED);
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        out.putNextEntry(new JarEntry(classes.relativize(file).toString().replace('\\', '/')));
        Files.copy(file, out);
      }
    }
    return jar;
  }

  /** A model of two units, and a window for it. */
  private String[] littleWork() throws IOException {
    Path model = folder.resolve("model.keras");
    try (Sequential small = new Sequential(new LSTM(2).inputShape(3, 1)).seed(7)) {
      small.save(model);
    }
    Path x = folder.resolve("x.npy");
    Npy.write(x, Tensor.of(new float[] {1, 2, 3}, 1, 3, 1));
    return new String[] {"predict", "--model", model.toString(), "--input", x.toString()};
  }

  private static String[] with(String[] args, String... more) {
    return Stream.concat(Stream.of(args), Stream.of(more)).toArray(String[]::new);
  }
}
