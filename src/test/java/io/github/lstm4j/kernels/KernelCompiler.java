package io.github.lstm4j.kernels;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Compiles {@code kernels/*.cu} to {@code kernels/*.ptx} with nvcc 13 and writes {@code
 * MANIFEST.json}: {@code mvn -Pkernels process-test-classes}. The same sources and the same nvcc
 * give the same bytes.
 *
 * <p>nvcc 13 writes PTX 9.0 for sm_75, but most kernels use nothing younger than PTX 6.0 and sm_60:
 * so the header is lowered to these, and every driver since CUDA 9 and every GPU since Pascal takes
 * the text. What multiplies in tensor cores needs PTX 7.0 and sm_80. {@link KernelAssemblyTest}
 * proves it with an assembler.
 */
public final class KernelCompiler {
  /**
   * The oldest there is that takes a kernel.
   *
   * @param version the PTX version that the text is lowered to
   * @param target the GPU that it is lowered to
   * @param command how its source is compiled; part of its hash
   */
  record Floor(String version, String target, String command) {
    private static final Floor PASCAL = new Floor("6.0", "sm_60", "nvcc -ptx -arch=compute_75 -O3");
    private static final Floor TENSOR_CORES =
        new Floor("7.0", "sm_80", "nvcc -ptx -arch=compute_80 -O3");

    /** That of a source. */
    static Floor of(String name) {
      return name.startsWith("lstm_persistent2") ? TENSOR_CORES : PASCAL;
    }
  }

  private static final Pattern RELEASE = Pattern.compile("release \\S+, (V\\S+)");

  /** nvcc puts hashes of where the source lies into the names of internal symbols. */
  private static final Pattern PATH_HASHES =
      Pattern.compile("_INTERNAL_[0-9a-f]{8}_(\\d+_\\w+?)_[0-9a-f]{8}(?=\\d)");

  private KernelCompiler() {}

  /** Compiles all; no arguments. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path folder = KernelManifest.FOLDER;
    List<KernelManifest.Kernel> kernels = new ArrayList<>();
    for (String name : names(folder)) {
      CudaSource source = CudaSource.read(folder, name);
      String ptx = compile(folder, name);
      write(folder.resolve(name + ".ptx"), ptx);
      kernels.add(describe(source, ptx));
      System.out.println(name + ".ptx: " + String.join(", ", source.entries().keySet()));
    }
    write(folder.resolve(KernelManifest.FILE), new KernelManifest(nvccVersion(), kernels).toJson());
  }

  /** The sources in a folder, without {@code .cu}, by name. */
  static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(f -> f.endsWith(".cu"))
          .map(f -> f.substring(0, f.length() - ".cu".length()))
          .sorted()
          .toList();
    }
  }

  /** What the manifest says of one source and its PTX. */
  static KernelManifest.Kernel describe(CudaSource source, String ptx) {
    Floor floor = Floor.of(source.name());
    return new KernelManifest.Kernel(
        source.name(),
        floor.command(),
        source.files(),
        source.sha256(floor.command()),
        CudaSource.sha256Of(ptx),
        floor.version(),
        floor.target(),
        source.entries());
  }

  /** The version of the nvcc on the path, such as {@code V13.0.88}. */
  static String nvccVersion() throws IOException, InterruptedException {
    Matcher release = RELEASE.matcher(run(List.of("nvcc", "--version"), Path.of(".")));
    if (!release.find()) {
      throw new IOException("nvcc --version names no release");
    }
    return release.group(1);
  }

  /** The lowered PTX of {@code folder/name.cu}. */
  static String compile(Path folder, String name) throws IOException, InterruptedException {
    Path raw = Files.createTempFile(name, ".ptx");
    try {
      List<String> command = new ArrayList<>(List.of(Floor.of(name).command().split(" ", -1)));
      command.addAll(List.of("-o", raw.toString(), name + ".cu"));
      run(command, folder);
      return lower(name, Files.readString(raw));
    } finally {
      Files.delete(raw);
    }
  }

  /**
   * Hints to the assembler that came after the PTX that we lower to, such as {@code
   * used_bytes_mask} of nvcc 13; of all that there are, {@code nounroll} alone is as old.
   */
  private static final Pattern NEW_PRAGMA = Pattern.compile("\\s*\\.pragma (?!\"nounroll\";).*");

  /**
   * nvcc's text without comments, blank lines, newer hints and path hashes, and with a lowered
   * header.
   */
  static String lower(String name, String ptx) {
    Floor floor = Floor.of(name);
    StringBuilder lowered =
        new StringBuilder("// " + name + ".cu compiled: " + floor.command() + "\n");
    for (String line : ptx.lines().toList()) {
      int comment = line.indexOf("//");
      String code = (comment < 0 ? line : line.substring(0, comment)).stripTrailing();
      if (code.startsWith(".version ")) {
        code = ".version " + floor.version();
      } else if (code.startsWith(".target ")) {
        code = ".target " + floor.target();
      }
      if (!code.isEmpty() && !NEW_PRAGMA.matcher(code).matches()) {
        lowered.append(code).append('\n');
      }
    }
    return PATH_HASHES.matcher(lowered).replaceAll("_INTERNAL_00000000_$1_00000000");
  }

  private static String run(List<String> command, Path folder)
      throws IOException, InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new IOException("nvcc of CUDA 13 must be on the PATH to compile kernels", e);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " failed:\n" + output);
    }
    return output;
  }

  private static void write(Path file, String text) throws IOException {
    Path draft = file.resolveSibling(file.getFileName() + ".draft");
    Files.writeString(draft, text);
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
