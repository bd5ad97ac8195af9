package io.github.lstm4j.backend.cuda;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Looks for NVIDIA's libraries in files and folders, without loading anything. */
final class LibrarySearch {
  /** The setting that names cuBLAS's file or folder, or is {@code off}. */
  static final String CUBLAS_SETTING = "lstm4j.cublas";

  private static final List<String> SYSTEM_FOLDERS =
      List.of(
          "/usr/lib/x86_64-linux-gnu",
          "/lib/x86_64-linux-gnu",
          "/usr/lib64",
          "/lib64",
          "/usr/lib",
          "/usr/local/lib");
  private static final List<String> DRIVER_FOLDERS =
      List.of(
          "/usr/local/nvidia/lib64",
          "/usr/local/nvidia/lib",
          "/usr/lib/wsl/lib",
          "/run/opengl-driver/lib",
          "/usr/local/cuda/compat");
  private static final String PIP_FOLDER = "nvidia/cublas/lib";

  private final Host host;

  LibrarySearch(Host host) {
    this.host = host;
  }

  /** What the driver's library is called on this system. */
  String driverName() {
    return host.windows() ? "nvcuda.dll" : "libcuda.so.1";
  }

  /** What cuBLAS is called on this system. */
  String cublasName(int version) {
    return host.windows() ? "cublas64_" + version + ".dll" : "libcublas.so." + version;
  }

  /** The part of cuBLAS that has to be loaded before it. */
  String cublasLtName(int version) {
    return host.windows() ? "cublasLt64_" + version + ".dll" : "libcublasLt.so." + version;
  }

  /** Files that may be the driver, in the order of the dynamic linker. */
  List<Path> drivers() {
    String name = driverName();
    Set<Path> found = new LinkedHashSet<>();
    addFiles(found, linkerFolders(), name);
    addCached(found, name);
    addFiles(found, folders(SYSTEM_FOLDERS), name);
    addFiles(found, folders(DRIVER_FOLDERS), name);
    addFiles(found, host.folderOf("SystemRoot", "System32"), name);
    return List.copyOf(found);
  }

  /**
   * Files that may be cuBLAS, best first: what {@value #CUBLAS_SETTING} names and nothing else, or
   * else what is found.
   *
   * @param version 12 for what JCuda needs
   */
  List<Path> cublas(int version) {
    String name = cublasName(version);
    Set<Path> found = new LinkedHashSet<>();
    String setting = host.setting(CUBLAS_SETTING);
    if (setting.equalsIgnoreCase("off")) {
      return List.of();
    }
    if (!setting.isEmpty()) {
      Path named = Path.of(setting).toAbsolutePath();
      if (Files.isRegularFile(named)) {
        return List.of(named);
      }
      addFiles(found, List.of(named, named.resolve("lib64"), named.resolve("lib")), name);
      return List.copyOf(found);
    }
    addFiles(found, linkerFolders(), name);
    addFiles(found, toolkitFolders(version), name);
    addFiles(found, pythonFolders(), name);
    addCached(found, name);
    addFiles(found, folders(SYSTEM_FOLDERS), name);
    return List.copyOf(found);
  }

  private List<Path> linkerFolders() {
    return host.foldersOf(host.windows() ? "PATH" : "LD_LIBRARY_PATH");
  }

  private List<Path> toolkitFolders(int version) {
    List<Path> folders = new ArrayList<>();
    for (String variable : List.of("CUDA_PATH", "CUDA_HOME")) {
      folders.addAll(host.folderOf(variable, host.windows() ? "bin" : "lib64"));
    }
    folders.addAll(matches(host.folder("/usr/local"), "cuda-" + version + "*", "lib64"));
    folders.add(host.folder("/usr/local/cuda/lib64"));
    folders.add(host.folder("/opt/cuda/lib64"));
    return folders;
  }

  /** Where conda and {@code pip install nvidia-cublas-cu12} put cuBLAS. */
  private List<Path> pythonFolders() {
    List<Path> libraries = new ArrayList<>();
    libraries.addAll(host.folderOf("VIRTUAL_ENV", "lib"));
    libraries.addAll(host.folderOf("CONDA_PREFIX", "lib"));
    libraries.addAll(host.folderOf("HOME", ".local", "lib"));
    libraries.add(host.folder("/usr/local/lib"));
    libraries.add(host.folder("/usr/lib"));
    libraries.add(host.folder("/opt/conda/lib"));
    List<Path> folders = new ArrayList<>(host.folderOf("CONDA_PREFIX", "lib"));
    for (Path library : libraries) {
      folders.addAll(matches(library, "python3*", "site-packages/" + PIP_FOLDER));
      folders.addAll(matches(library, "python3*", "dist-packages/" + PIP_FOLDER));
    }
    return folders;
  }

  private List<Path> folders(List<String> names) {
    return names.stream().map(host::folder).toList();
  }

  private static void addFiles(Set<Path> found, List<Path> folders, String name) {
    for (Path folder : folders) {
      Path file = folder.resolve(name);
      if (Files.isRegularFile(file)) {
        found.add(file);
      }
    }
  }

  /** Adds what the dynamic linker's cache knows: it holds the full paths as plain text. */
  private void addCached(Set<Path> found, String name) {
    Path cache = host.folder("/etc/ld.so.cache");
    if (!Files.isReadable(cache)) {
      return;
    }
    try {
      String text = Files.readString(cache, ISO_8859_1);
      var paths = Pattern.compile("/[^\\x00]*/" + Pattern.quote(name) + "(?=\\x00)").matcher(text);
      while (paths.find()) {
        Path file = host.folder(paths.group());
        if (Files.isRegularFile(file)) {
          found.add(file);
        }
      }
    } catch (IOException e) {
      return; // the usual folders are searched all the same
    }
  }

  /** The folders {@code parent/pattern/below}, the last in the order of names first. */
  private static List<Path> matches(Path parent, String pattern, String below) {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(parent)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, pattern)) {
        entries.forEach(entry -> found.add(entry.resolve(below)));
      } catch (IOException | DirectoryIteratorException e) {
        return List.of(); // not readable: nothing to be found there
      }
    }
    found.sort(Comparator.reverseOrder());
    return found;
  }
}
