package io.github.lstm4j.kernels;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * {@code kernels/MANIFEST.json}: which PTX came from which sources, how, and what is in it.
 *
 * @param nvcc the compiler's version
 * @param kernels one for each {@code .cu}, by name
 */
public record KernelManifest(String nvcc, List<Kernel> kernels) {
  /**
   * One {@code NAME.cu} and its {@code NAME.ptx}.
   *
   * @param name NAME
   * @param command how it was compiled
   * @param sources {@code NAME.cu} and the headers it includes
   * @param sourcesSha256 {@link CudaSource#sha256}
   * @param ptxSha256 of the PTX file
   * @param version the PTX version it needs, {@code 6.0}
   * @param target the oldest GPU it runs on, {@code sm_60}
   * @param entries each kernel's parameters, name to PTX type: u64 (a pointer or a long), u32 (an
   *     int), f32
   */
  public record Kernel(
      String name,
      String command,
      List<String> sources,
      String sourcesSha256,
      String ptxSha256,
      String version,
      String target,
      Map<String, Map<String, String>> entries) {}

  /** The file's name. */
  static final String FILE = "MANIFEST.json";

  /** Where the repository has its kernels. */
  public static final Path FOLDER = Path.of("kernels");

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** Reads the manifest in a folder. */
  public static KernelManifest read(Path folder) throws IOException {
    return JSON.readValue(Files.readString(folder.resolve(FILE)), KernelManifest.class);
  }

  /** The file's text. */
  String toJson() throws IOException {
    return JSON.writeValueAsString(this).replace("\r\n", "\n") + "\n";
  }
}
