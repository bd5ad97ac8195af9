package io.github.lstm4j.io.keras.legacy;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.hdf5.Hdf5Array;
import io.github.lstm4j.io.hdf5.Hdf5Group;
import io.github.lstm4j.io.hdf5.Hdf5Reader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Weights as the HDF5 files of Keras 1 and 2 have them, and of Keras 3 where it is asked for such:
 * a group of each layer with an attribute {@code weight_names}, in the order of the layers that
 * {@code layer_names} lists.
 *
 * @param layers the arrays of each layer by its name, and by theirs, in the file's order
 * @param version of the Keras that wrote them
 * @param theano whether Theano was what it ran on
 */
public record LegacyWeights(
    Map<String, Map<String, Hdf5Array>> layers, KerasVersion version, boolean theano) {
  /** The group of the weights in the file of a whole model. */
  public static final String GROUP = "model_weights";

  private static final String LAYER_NAMES = "layer_names";
  private static final String WEIGHT_NAMES = "weight_names";
  private static final String BACKEND = "backend";
  private static final String VERSION = "keras_version";
  private static final String TOP_LEVEL = "top_level_model_weights";
  private static final int MOST_TEXTS = 4000; // in an attribute

  /** Keeps the order. */
  public LegacyWeights {
    layers = new LinkedHashMap<>(layers);
  }

  /** Where a file has such weights: in the group of a model, or at its root; null if nowhere. */
  public static String place(Hdf5Reader file) throws IOException {
    for (String at : List.of(GROUP, "")) {
      if (file.contains(at) && names(file, at, LAYER_NAMES) != null) {
        return at;
      }
    }
    return null;
  }

  /**
   * Reads them.
   *
   * @param at the {@link #place}
   * @param name what errors call the file
   * @throws IOException if they are not what the file says of them
   */
  public static LegacyWeights read(Hdf5Reader file, String at, String name) throws IOException {
    return file.together(() -> readTogether(file, at, name));
  }

  private static LegacyWeights readTogether(Hdf5Reader file, String at, String name)
      throws IOException {
    String version = file.text(at, VERSION);
    String backend = file.text(at, BACKEND);
    Map<String, Map<String, Hdf5Array>> layers = new LinkedHashMap<>();
    boolean colons = false;
    boolean any = false;
    for (String layer : required(names(file, at, LAYER_NAMES), at, LAYER_NAMES, name)) {
      String group = below(at, layer);
      List<String> weights = required(names(file, group, WEIGHT_NAMES), group, WEIGHT_NAMES, name);
      if (layers.containsKey(layer)) {
        throw new IOException(
            name + ": two layers are called " + Printable.quoted(layer) + " in " + LAYER_NAMES);
      }
      layers.put(layer, arrays(file, group, weights));
      for (String weight : weights) {
        any = true;
        colons |= weight.contains(":"); // as TensorFlow's variables have
      }
    }
    String top = below(at, TOP_LEVEL);
    List<String> more = file.contains(top) ? names(file, top, WEIGHT_NAMES) : null;
    if (more != null && !more.isEmpty()) {
      throw new IOException(
          name
              + ": \""
              + top
              + "\" has weights of no layer, which is not supported: "
              + Printable.text(more));
    }
    KerasVersion by = KerasVersion.of(version, KerasVersion.FIRST);
    boolean theano = backend != null ? backend.equals("theano") : any && !colons;
    return new LegacyWeights(layers, by, by.isBefore(3, 0) && theano);
  }

  /** The arrays that a group's attribute lists, in that order; none if there is no such group. */
  public static Map<String, Hdf5Array> list(Hdf5Reader file, String group) throws IOException {
    List<String> names = file.contains(group) ? names(file, group, WEIGHT_NAMES) : null;
    return names == null ? Map.of() : file.together(() -> arrays(file, group, names));
  }

  private static Map<String, Hdf5Array> arrays(Hdf5Reader file, String group, List<String> names)
      throws IOException {
    Map<String, Hdf5Array> arrays = new LinkedHashMap<>();
    for (String weight : names) {
      String name = weight;
      for (int i = 1; arrays.containsKey(name); i++) {
        name = weight + " " + i;
      }
      arrays.put(name, file.array(below(group, weight)));
    }
    return arrays;
  }

  private static List<String> required(
      List<String> names, String group, String attribute, String name) throws IOException {
    if (names == null) {
      throw new IOException(
          name
              + ": expected an attribute "
              + attribute
              + " of "
              + (group.isEmpty() ? "the root" : Printable.quoted(group))
              + ", but there is none; the file lost it, save the model again");
    }
    return names;
  }

  private static String below(String group, String name) {
    return group.isEmpty() ? name : group + "/" + name;
  }

  /** An attribute's texts; of a long list its parts {@code name0}, {@code name1}, …; or null. */
  private static List<String> names(Hdf5Reader file, String group, String attribute)
      throws IOException {
    List<String> all = file.texts(group, attribute);
    if (all != null) {
      return all;
    }
    for (int part = 0; ; part++) {
      List<String> some = file.texts(group, attribute + part);
      if (some == null) {
        return all;
      }
      all = all == null ? new ArrayList<>() : all;
      all.addAll(some);
    }
  }

  // ---------------------------------------------------------------- writing

  /**
   * Adds a group with named arrays.
   *
   * @param arrays by their names, in order
   */
  public static void write(Hdf5Group group, Map<String, Hdf5Array> arrays) {
    writeNames(group, WEIGHT_NAMES, List.copyOf(arrays.keySet()));
    arrays.forEach(
        (name, array) -> {
          int slash = name.lastIndexOf('/');
          Hdf5Group at = slash < 0 ? group : group.group(name.substring(0, slash));
          at.dataset(name.substring(slash + 1), array);
        });
  }

  /** Says which layers there are, and who wrote them. */
  public static void writeLayers(Hdf5Group group, List<String> layers, String version) {
    writeNames(group, LAYER_NAMES, layers);
    group.attribute(BACKEND, "tensorflow").attribute(VERSION, version);
    write(group.group(TOP_LEVEL), Map.of());
  }

  private static void writeNames(Hdf5Group group, String attribute, List<String> names) {
    if (names.size() <= MOST_TEXTS) {
      group.attribute(attribute, names);
      return;
    }
    for (int part = 0; part * MOST_TEXTS < names.size(); part++) {
      int to = Math.min(names.size(), (part + 1) * MOST_TEXTS);
      group.attribute(attribute + part, names.subList(part * MOST_TEXTS, to));
    }
  }
}
