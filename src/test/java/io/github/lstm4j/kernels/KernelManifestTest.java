package io.github.lstm4j.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.ReduceOp;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The compiled kernels belong to their sources, and the sources to the Java enums. */
class KernelManifestTest {
  private static final Path FOLDER = KernelManifest.FOLDER;

  @Test
  void everySourceIsCompiledAndNothingElse() throws IOException {
    List<String> names =
        KernelManifest.read(FOLDER).kernels().stream().map(KernelManifest.Kernel::name).toList();
    assertThat(names).isEqualTo(KernelCompiler.names(FOLDER)).isNotEmpty();
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertThat(files.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(".ptx")))
          .containsExactlyInAnyOrderElementsOf(names.stream().map(n -> n + ".ptx").toList());
    }
  }

  @Test
  void manifestMatchesSourcesAndPtx() throws IOException {
    KernelManifest manifest = KernelManifest.read(FOLDER);
    for (KernelManifest.Kernel kernel : manifest.kernels()) {
      String ptx = Files.readString(FOLDER.resolve(kernel.name() + ".ptx"));
      assertThat(kernel)
          .as("run mvn -Pkernels process-test-classes after a change of kernels/")
          .isEqualTo(KernelCompiler.describe(CudaSource.read(FOLDER, kernel.name()), ptx));
    }
  }

  @Test
  void ptxHasTheEntriesAndParametersThatTheManifestSays() throws IOException {
    for (KernelManifest.Kernel kernel : KernelManifest.read(FOLDER).kernels()) {
      PtxText ptx = PtxText.parse(Files.readString(FOLDER.resolve(kernel.name() + ".ptx")));
      assertThat(ptx.version()).isEqualTo(kernel.version());
      assertThat(ptx.target()).isEqualTo(kernel.target());
      assertThat(ptx.entries().keySet()).isEqualTo(kernel.entries().keySet());
      for (Map.Entry<String, Map<String, String>> entry : kernel.entries().entrySet()) {
        assertThat(ptx.entries().get(entry.getKey()))
            .as("parameters of %s", entry.getKey())
            .isEqualTo(List.copyOf(entry.getValue().values()));
      }
    }
  }

  @Test
  void compilingAgainGivesTheSameBytes() throws IOException, InterruptedException {
    String version;
    try {
      version = KernelCompiler.nvccVersion();
    } catch (IOException e) {
      version = "none";
    }
    KernelManifest manifest = KernelManifest.read(FOLDER);
    assumeTrue(
        version.equals(manifest.nvcc()), "nvcc here: " + version + ", not " + manifest.nvcc());
    for (KernelManifest.Kernel kernel : manifest.kernels()) {
      assertThat(KernelCompiler.compile(FOLDER, kernel.name()))
          .as("%s.ptx", kernel.name())
          .isEqualTo(Files.readString(FOLDER.resolve(kernel.name() + ".ptx")));
    }
  }

  @Test
  void idsAreTheOrdinalsOfTheJavaEnums() throws IOException {
    assertThat(constants("activations.cuh", "Kind")).isEqualTo(names(Activation.Kind.values()));
    assertThat(constants("loss.cu", "Loss"))
        .isEqualTo(
            names(
                EnumSet.range(Loss.Kind.MEAN_SQUARED_ERROR, Loss.Kind.OWN)
                    .toArray(Enum<?>[]::new)));
    assertThat(constants("loss.cu", "Reduction")).isEqualTo(names(Loss.Reduction.values()));
    assertThat(constants("fold.cu", "Fold")).isEqualTo(names(ReduceOp.Reduction.values()));
    assertThat(constants("arithmetic.cu", "Combine"))
        .isEqualTo(names(ElementwiseOp.Combine.values()));
    assertThat(constants("arithmetic.cu", "Unary")).isEqualTo(names(ElementwiseOp.Unary.values()));
    assertThat(constants("metrics.cu", "Metric"))
        .isEqualTo(
            names(EnumSet.range(Metric.Kind.MEAN, Metric.Kind.ACCURACY).toArray(Enum<?>[]::new)));
  }

  @Test
  void kernelsKeepTheInputOfTheSameActivations() throws IOException {
    String text = Files.readString(FOLDER.resolve("activations.cuh"));
    List<String> fromInput = new ArrayList<>();
    Matcher m = Pattern.compile("1u << (\\w+)").matcher(text);
    while (m.find()) {
      fromInput.add(m.group(1));
    }
    assertThat(fromInput)
        .isEqualTo(
            Arrays.stream(Activation.Kind.values())
                .filter(k -> !k.usual().derivesFromOutput())
                .map(Enum::name)
                .toList());
  }

  private static List<String> names(Enum<?>[] values) {
    return Arrays.stream(values).map(Enum::name).toList();
  }

  /** The constants of {@code enum name} in a source. */
  private static List<String> constants(String file, String name) throws IOException {
    String text = Files.readString(FOLDER.resolve(file)).replaceAll("//.*", "");
    Matcher m = Pattern.compile("enum " + name + " \\{([^}]*)}").matcher(text);
    assertThat(m.find()).as("enum %s in %s", name, file).isTrue();
    return Arrays.stream(m.group(1).split(",", -1))
        .map(String::strip)
        .filter(c -> !c.isEmpty())
        .toList();
  }
}
