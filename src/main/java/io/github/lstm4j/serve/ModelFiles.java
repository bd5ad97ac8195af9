package io.github.lstm4j.serve;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.model.ModelFormat;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files of models, by name and version:
 *
 * <pre>
 * load.keras                        model load, version 1
 * load/1/model.keras, load/2/…      model load, versions 1 and 2
 * models/load.keras                 a folder of such files
 * models/load/2/model.onnx          a folder of such folders, a model repository
 * </pre>
 *
 * <p>In a folder what is no model by its ending is left alone, as is what begins with a point.
 *
 * @param files where each is
 * @param problems what is there and cannot be used, by the model's name and version
 */
record ModelFiles(Map<Key, Path> files, Map<Key, String> problems) {
  private static final List<String> ENDINGS =
      List.of(".keras", ".h5", ".hdf5", ".onnx", ".safetensors");
  private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,8}");

  /**
   * What a model is asked for by.
   *
   * @param name of the model
   * @param version at least 1
   */
  record Key(String name, int version) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int names = name.compareTo(other.name);
      return names == 0 ? Integer.compare(version, other.version) : names;
    }

    @Override
    public String toString() {
      return Printable.text(name) + " " + version;
    }
  }

  /**
   * What is there now.
   *
   * @throws IOException if a path is not there, or a folder cannot be read
   */
  static ModelFiles of(List<Path> paths) throws IOException {
    ModelFiles found = new ModelFiles(new TreeMap<>(), new TreeMap<>());
    for (Path path : paths) {
      if (!Files.exists(path)) {
        throw new IOException(path + ": no such file");
      }
      boolean whole = !Files.isDirectory(path) || isModel(path);
      if (whole || hasVersions(path)) {
        found.model(path);
      } else {
        for (Path entry : entries(path)) {
          if (isModel(entry) || (Files.isDirectory(entry) && hasVersions(entry))) {
            found.model(entry);
          }
        }
      }
    }
    return found;
  }

  private void model(Path path) throws IOException {
    String file = path.toAbsolutePath().normalize().getFileName().toString();
    if (!Files.isDirectory(path) || isModel(path)) {
      String ending = ENDINGS.stream().filter(file::endsWith).findFirst().orElse("");
      add(new Key(file.substring(0, file.length() - ending.length()), 1), path);
      return;
    }
    for (Path version : entries(path)) {
      String number = version.getFileName().toString();
      if (!isVersion(version)) {
        continue;
      }
      Key key = new Key(file, Integer.parseInt(number));
      List<Path> models = new ArrayList<>();
      if (isModel(version)) {
        models.add(version);
      } else {
        for (Path entry : entries(version)) {
          if (isModel(entry)) {
            models.add(entry);
          }
        }
      }
      if (models.size() == 1) {
        add(key, models.get(0));
      } else {
        problems.put(
            key,
            version
                + ": expected one model (a name that ends with "
                + String.join(", ", ENDINGS)
                + "), got "
                + models.size());
      }
    }
  }

  private void add(Key key, Path path) {
    Path other = files.putIfAbsent(key, path);
    if (other != null) {
      problems.put(
          key, path + ": is the model " + key + " too, as " + other + "; rename one of them");
    }
  }

  private static boolean isVersion(Path path) {
    return Files.isDirectory(path) && VERSION.matcher(path.getFileName().toString()).matches();
  }

  private static boolean hasVersions(Path folder) throws IOException {
    return entries(folder).stream().anyMatch(ModelFiles::isVersion);
  }

  private static boolean isModel(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return ENDINGS.stream().anyMatch(path.toString()::endsWith);
    }
    try (ModelFile folder = ModelFile.of(path)) {
      return ModelFormat.all().stream().anyMatch(format -> format.recognizes(folder));
    }
  }

  private static List<Path> entries(Path folder) throws IOException {
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(folder, e -> !e.getFileName().toString().startsWith("."))) {
      entries.forEach(all::add);
    }
    all.sort(null);
    return all;
  }

  /**
   * What changes when a model's file does, or one beside it whose name begins with its own, as
   * those with the weights of an ONNX file may.
   */
  static String state(Path model) throws IOException {
    StringBuilder state = new StringBuilder(model.toString());
    String name = model.getFileName().toString();
    Path root = Files.isDirectory(model) ? model : model.toAbsolutePath().getParent();
    try (Stream<Path> files = Files.find(root, 3, (path, is) -> is.isRegularFile())) {
      List<Path> own =
          files.filter(f -> root.equals(model) || isBeside(root, f, name)).sorted().toList();
      for (Path file : own) {
        BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
        state.append(' ').append(file.getFileName()).append(' ').append(is.size());
        state.append(' ').append(is.lastModifiedTime().toMillis()).append(' ').append(is.fileKey());
      }
    }
    return state.toString();
  }

  private static boolean isBeside(Path folder, Path file, String name) {
    return folder.equals(file.getParent()) && file.getFileName().toString().startsWith(name);
  }
}
