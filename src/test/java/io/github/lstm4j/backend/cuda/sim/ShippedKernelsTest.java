package io.github.lstm4j.backend.cuda.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The interpreter knows every instruction of every kernel in the folder {@code kernels}. */
class ShippedKernelsTest {
  private static final Path KERNELS = Path.of("kernels");

  @TestFactory
  Stream<DynamicTest> everyInstructionIsKnown() throws IOException {
    if (!Files.isDirectory(KERNELS)) {
      return Stream.empty();
    }
    try (var files = Files.list(KERNELS)) {
      return files.filter(file -> file.toString().endsWith(".ptx")).sorted().toList().stream()
          .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> decode(file)));
    }
  }

  private static void decode(Path file) throws IOException {
    String ptx = Files.readString(file);
    var kernels = new PtxModule(file.getFileName().toString(), ptx).kernels.keySet();
    assertThat(kernels).isNotEmpty();
    try (var cuda = SimulatedCuda.builder().build()) {
      long module = cuda.loadModule(file.getFileName().toString(), ptx);
      for (String kernel : kernels) {
        assertThat(cuda.function(module, kernel)).isNotZero();
      }
    }
  }
}
