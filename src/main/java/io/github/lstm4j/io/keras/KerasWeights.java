package io.github.lstm4j.io.keras;

import io.github.lstm4j.compile.ModelLayer;
import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.io.hdf5.Hdf5Reader;
import io.github.lstm4j.io.hdf5.Hdf5Writer;
import io.github.lstm4j.io.keras.legacy.LegacyWeights;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The weights of a model's layers in Keras 3's layout: within a {@code .keras} file, and alone in a
 * {@code .weights.h5} file, as {@code model.save_weights} writes it. The optimizer's variables that
 * Keras puts there for a compiled model are neither read nor written.
 */
public final class KerasWeights {
  private static final Logger LOG = LoggerFactory.getLogger(KerasWeights.class);

  private KerasWeights() {}

  /** Refuses a model that has no weights yet. */
  static void requireInput(Model model) {
    if (model.inputShape() == null) {
      throw new IllegalStateException(
          model.name() + ": the model has no weights yet; give it an input shape before saving");
    }
  }

  /** Visits every group of weights of a model with its path, in Keras's layout. */
  private static void groups(Model model, BiConsumer<String, Layer.Group> visit) {
    Set<Weight> seen = new HashSet<>();
    for (Layer.Group group : ModelLayer.groupsOf(model.layers())) {
      // what is shared lies where it is met first
      if (group.weights().isEmpty() || seen.addAll(group.weights())) {
        visit.accept(group.path(), group);
      }
    }
  }

  // ---------------------------------------------------------------- saving

  /** Those of a model. */
  static WeightTree of(Model model) {
    WeightTree weights = new WeightTree();
    weights.put("", model.name(), List.of());
    groups(
        model,
        (where, group) ->
            weights.putTensors(
                where, group.name(), group.weights().stream().map(Weight::value).toList()));
    return weights;
  }

  /** Writes the weights of a model as {@code .weights.h5} into a stream, which stays open. */
  public static void save(Model model, OutputStream out) throws IOException {
    requireInput(model);
    Hdf5Writer.write(of(model).toHdf5(), out);
  }

  // ---------------------------------------------------------------- loading

  /**
   * Sets the weights of a model to those of a file: {@code .weights.h5}, or the weights of the
   * model in a {@code .keras} file.
   *
   * @throws IOException if the file cannot be read, or its weights are not those of such a model;
   *     the model then stays as it was
   */
  public static void load(Model model, ModelFile file) throws IOException {
    ReadBudget budget = file.budget();
    if (KerasArchive.isArchive(file)) {
      set(model, KerasArchive.read(file, budget).weights(), file.name());
    } else {
      set(model, FileWindow.of(file.path()), file.name(), budget);
    }
  }

  private static void set(Model model, FileWindow window, String name, ReadBudget budget)
      throws IOException {
    try (Hdf5Reader file = Hdf5Reader.of(window, name, budget)) {
      String legacy = LegacyWeights.place(file);
      if (legacy == null) {
        set(model, WeightTree.fromHdf5(file, name, budget), name);
      } else {
        LegacyWeights weights = LegacyWeights.read(file, legacy, name);
        set(name, () -> LegacyMatch.byOrder(weights, model));
      }
    }
  }

  /**
   * Sets the weights of the layers that have the names of layers in a legacy file, of Keras 1 to 3
   * ({@code load_weights(…, by_name=True)}); other layers stay as they are.
   *
   * @return the names of those layers
   * @throws IOException if the file cannot be read, is of another format, has no layer of such a
   *     name, or other weights for one; the model then stays as it was
   */
  public static List<String> loadByName(Model model, Path path) throws IOException {
    String name = path.toString();
    try (Hdf5Reader file = Hdf5Reader.open(path)) {
      String legacy = LegacyWeights.place(file);
      if (legacy == null) {
        throw new IOException(
            name
                + ": Keras 3's weights are in the order of the layers, not by names; use loadWeights");
      }
      LegacyWeights weights = LegacyWeights.read(file, legacy, name);
      set(name, () -> LegacyMatch.byName(weights, model));
      return model.layers().stream()
          .filter(l -> !l.weights().isEmpty())
          .map(Layer::name)
          .filter(weights.layers()::containsKey)
          .toList();
    }
  }

  private static void set(Model model, WeightTree tree, String name) throws IOException {
    set(name, () -> find(tree, model));
  }

  private static void set(String name, Supplier<Map<Weight, Tensor>> find) throws IOException {
    try {
      Map<Weight, Tensor> found = find.get();
      warnOfNoNumbers(found);
      Weight.adopt(found);
    } catch (IllegalArgumentException other) {
      throw new IOException(name + ": " + Printable.reason(other), other);
    }
  }

  /**
   * What a file has for each weight of a model.
   *
   * @throws IllegalArgumentException if it has none for one, or of another shape
   */
  static Map<Weight, Tensor> find(WeightTree inFile, Model model) {
    WeightTree tree = OldPaths.today(inFile);
    Map<Weight, Tensor> found = new LinkedHashMap<>();
    groups(
        model,
        (path, group) -> {
          List<Tensor> values = tree.tensors(path);
          if (values.size() != group.weights().size()) {
            throw new IllegalArgumentException(
                group.layer()
                    + ": expected "
                    + group.weights().size()
                    + " weights at "
                    + path
                    + ", got "
                    + values.size()
                    + (values.isEmpty() ? "; there are weights at " + tree.filledPaths() : ""));
          }
          for (int i = 0; i < values.size(); i++) {
            Weight w = group.weights().get(i);
            if (!values.get(i).shape().equals(w.shape())) {
              throw new IllegalArgumentException(
                  group.layer()
                      + ": expected "
                      + w.name()
                      + " of shape "
                      + w.shape()
                      + " at "
                      + path
                      + ", got "
                      + values.get(i).shape());
            }
            found.put(w, values.get(i)); // the tree is read once, and not kept
          }
        });
    return found;
  }

  /** Whether all are finite: times 0, all others are NaN, and stay so in a sum. */
  private static boolean areFinite(float[] values) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    int i = 0;
    for (; i < values.length - 3; i += 4) { // four sums, so that none waits for the one before
      a += values[i] * 0f;
      b += values[i + 1] * 0f;
      c += values[i + 2] * 0f;
      d += values[i + 3] * 0f;
    }
    for (; i < values.length; i++) {
      a += values[i] * 0f;
    }
    return a + b + c + d == 0;
  }

  /** Warns of what a file has that is no number: Keras loads it, and predicts NaN. */
  static void warnOfNoNumbers(Map<Weight, Tensor> weights) {
    List<Map.Entry<Weight, Tensor>> all = List.copyOf(weights.entrySet());
    all.parallelStream()
        .filter(e -> !areFinite(e.getValue().data()))
        .toList()
        .forEach(e -> warnOfNoNumbers(e.getKey(), e.getValue().data()));
  }

  private static void warnOfNoNumbers(Weight weight, float[] values) {
    int found = 0;
    for (float v : values) {
      found += Float.isFinite(v) ? 0 : 1;
    }
    LOG.warn(
        "{} {} has {} values that are NaN or infinite; so will be what depends on them",
        weight.path(),
        weight.shape(),
        found);
  }
}
