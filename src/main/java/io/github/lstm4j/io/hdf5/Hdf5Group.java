package io.github.lstm4j.io.hdf5;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A group to be written: named child groups and datasets, and attributes.
 *
 * <pre>{@code
 * Hdf5Group root = new Hdf5Group();
 * root.group("layers/lstm/cell/vars").dataset("0", kernel, 2, 4).attribute("name", "lstm");
 * Hdf5Writer.write(root, path);
 * }</pre>
 */
public final class Hdf5Group {
  // the format demands symbol tables sorted as C's strcmp sorts the UTF-8 bytes
  private final Map<String, Hdf5Group> groups = new TreeMap<>(Hdf5Group::compareBytes);
  private final Map<String, Hdf5Array> datasets = new TreeMap<>(Hdf5Group::compareBytes);
  private final Map<String, Object> attributes = new LinkedHashMap<>();

  /** The order of symbol tables: by UTF-8 bytes, unsigned. */
  static int compareBytes(String a, String b) {
    return Arrays.compareUnsigned(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The group at {@code path} below this one, such as {@code "layers/lstm/vars"}; made, with all
   * groups on the way, where there is none.
   *
   * @throws IllegalArgumentException if a step is empty or names a dataset
   */
  public Hdf5Group group(String path) {
    Hdf5Group at = this;
    for (String step : path.split("/", -1)) {
      checkName(step);
      if (at.datasets.containsKey(step)) {
        throw new IllegalArgumentException("\"" + path + "\": " + step + " is a dataset");
      }
      at = at.groups.computeIfAbsent(step, s -> new Hdf5Group());
    }
    return at;
  }

  /**
   * Adds a dataset.
   *
   * @return this group
   * @throws IllegalArgumentException if the name is taken, empty or holds a slash
   */
  public Hdf5Group dataset(String name, Hdf5Array array) {
    checkName(name);
    if (groups.containsKey(name) || datasets.putIfAbsent(name, array) != null) {
      throw new IllegalArgumentException("the name \"" + name + "\" is taken");
    }
    return this;
  }

  /** Adds a float32 dataset of shape {@code dims}; the array is not copied. */
  public Hdf5Group dataset(String name, float[] values, int... dims) {
    return dataset(name, Hdf5Array.of(values, dims));
  }

  /** Sets a text attribute, of any length. */
  public Hdf5Group attribute(String name, String value) {
    return put(name, value);
  }

  /** Sets an attribute that is a list of texts, at most 4000 of them. */
  public Hdf5Group attribute(String name, List<String> values) {
    return put(name, List.copyOf(values));
  }

  /** Sets a numeric attribute, at most 60 000 bytes of it. */
  public Hdf5Group attribute(String name, Hdf5Array values) {
    return put(name, values);
  }

  private Hdf5Group put(String name, Object value) {
    checkName(name);
    attributes.put(name, value);
    return this;
  }

  private static void checkName(String name) {
    if (name.isEmpty() || name.indexOf('/') >= 0 || name.indexOf('\0') >= 0 || name.equals(".")) {
      throw new IllegalArgumentException(
          "a name in an HDF5 file must not be empty or \".\", nor hold \"/\" or NUL; got \""
              + name
              + "\"");
    }
  }

  Map<String, Hdf5Group> groups() {
    return Collections.unmodifiableMap(groups);
  }

  Map<String, Hdf5Array> datasets() {
    return Collections.unmodifiableMap(datasets);
  }

  /** Name to String, List of String, or Hdf5Array. */
  Map<String, Object> attributes() {
    return Collections.unmodifiableMap(attributes);
  }
}
