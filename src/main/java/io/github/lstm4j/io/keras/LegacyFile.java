package io.github.lstm4j.io.keras;

import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.JsonReader;
import io.github.lstm4j.io.JsonWriter;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.io.hdf5.Hdf5Array;
import io.github.lstm4j.io.hdf5.Hdf5Group;
import io.github.lstm4j.io.hdf5.Hdf5Reader;
import io.github.lstm4j.io.keras.legacy.KerasVersion;
import io.github.lstm4j.io.keras.legacy.LegacyWeights;
import io.github.lstm4j.io.keras.legacy.OldConfigs;
import io.github.lstm4j.io.keras.legacy.OldTraining;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A whole model in HDF5, as Keras 1 and 2 save it, and Keras 3 where the file's name asks for it:
 * {@code model_config} and {@code training_config} as JSON in attributes of the root, the weights
 * in {@code model_weights}, the optimizer's in {@code optimizer_weights}. What is ours is JSON in
 * an attribute too, and the optimizer's in a group of ours, both of which Keras ignores: of its own
 * group Keras 3 (to 3.15) restores the step and the rate alone, and then refuses to train.
 *
 * @param optimizer the optimizer's variables by their names, in the file's order
 */
record LegacyFile(
    KerasVersion version,
    Map<String, Object> config,
    Object compileConfig,
    LegacyWeights layers,
    Map<String, Hdf5Array> optimizer,
    Map<String, Object> extra)
    implements SavedModel {
  private static final String MODEL = "model_config";
  private static final String TRAINING = "training_config";
  private static final String OPTIMIZER = "optimizer_weights";

  /** Where our files have the same: Keras 3 cannot train on what it has read of its own group. */
  private static final String OUR_OPTIMIZER = "lstm4j_optimizer_weights";

  private static final String VERSION = "keras_version";
  private static final String EXTRA = "lstm4j";

  /**
   * Reads a file.
   *
   * @param window its bytes, which are closed
   * @throws IOException if it is no such model, or damaged, or fills more than its budget
   */
  static LegacyFile read(FileWindow window, String name, ReadBudget budget) throws IOException {
    try (Hdf5Reader file = Hdf5Reader.of(window, name, budget)) {
      JsonReader json = new JsonReader(name, budget);
      Map<String, Object> config = json(file, json, MODEL);
      String at = LegacyWeights.place(file);
      if (config == null) {
        throw new IOException(
            name
                + ": expected a Keras model with an attribute "
                + MODEL
                + ", but there is none"
                + (at != null || file.contains("layers")
                    ? "; it has weights alone, which loadWeights gives a model that is there"
                    : ""));
      } else if (!LegacyWeights.GROUP.equals(at)) {
        throw new IOException(
            name
                + ": expected weights in a group "
                + LegacyWeights.GROUP
                + ", but there are none; the file lost them, or holds a configuration alone");
      }
      KerasVersion version = KerasVersion.of(file.text("", VERSION), KerasVersion.FIRST);
      Map<String, Object> training = json(file, json, TRAINING);
      Map<String, Object> extra = json(file, json, EXTRA);
      return new LegacyFile(
          version,
          version.isBefore(3, 0) ? config : OldConfigs.withModules(config),
          training == null ? null : OldTraining.compileConfig(training, version),
          LegacyWeights.read(file, at, name),
          LegacyWeights.list(file, file.contains(OUR_OPTIMIZER) ? OUR_OPTIMIZER : OPTIMIZER),
          extra == null ? Map.of() : extra);
    } catch (OutOfMemoryError e) { // the budget is set beyond what there is
      throw new IOException(
          name + ": does not fit the memory (" + Printable.reason(e) + "); raise -Xmx", e);
    }
  }

  private static Map<String, Object> json(Hdf5Reader file, JsonReader json, String attribute)
      throws IOException {
    String text = file.text("", attribute);
    return text == null ? null : json.read(text.getBytes(StandardCharsets.UTF_8), attribute);
  }

  @Override
  public Map<Weight, Tensor> weights(Model model) {
    return LegacyMatch.byOrder(layers, model);
  }

  @Override
  public void requireOptimizerNumbers(Model model) {
    if (!version.isBefore(3, 0)) {
      OptimizerState.requireNumbers(List.copyOf(optimizer.values()), model);
    }
  }

  @Override
  public void restoreOptimizer(Model model) {
    if (version.isBefore(3, 0)) {
      LegacyOptimizer.read(optimizer, layers, model);
    } else {
      OptimizerState.read(List.copyOf(optimizer.values()), model);
    }
  }

  @Override
  public Progress progress(Object record) {
    return TrainingRecord.read(record, new WeightTree());
  }

  // ---------------------------------------------------------------- writing

  private static void put(Map<String, Hdf5Array> arrays, String path, Hdf5Array array) {
    String name = path;
    for (int i = 1; arrays.containsKey(name); i++) {
      name = path + "_" + i;
    }
    arrays.put(name, array);
  }

  /** Collects what training changes, or what it does not, of layers and those in them. */
  private static void put(
      List<Layer> layers, boolean trainable, Set<Weight> seen, Map<String, Hdf5Array> arrays) {
    for (Layer layer : layers) {
      if (!layer.inner().isEmpty()) {
        put(layer.inner(), trainable, seen, arrays);
        continue;
      }
      Map<String, Hdf5Array> factors = LowRank.zeros(layer);
      for (Weight weight : layer.weights()) {
        boolean fixed = !factors.isEmpty() && weight.equals(layer.weights().get(0));
        if ((weight.trainable() && !fixed) == trainable && seen.add(weight)) {
          put(arrays, weight.path(), Hdf5Array.of(weight.value()));
        }
      }
      if (layer.isTrainable() == trainable) {
        factors.forEach((path, zeros) -> put(arrays, path, zeros));
      }
    }
  }

  /** The tree of a model's file. */
  static Hdf5Group write(Model model, Map<String, Object> extra) throws IOException {
    Hdf5Group root = new Hdf5Group();
    Map<String, Object> config = ModelConfigs.write(model);
    Map<String, Object> compile = LayerConfigs.map(config.remove("compile_config"));
    root.attribute("backend", "tensorflow").attribute(VERSION, KerasArchive.KERAS_VERSION);
    root.attribute(MODEL, JsonWriter.line(config));
    if (!compile.isEmpty()) {
      Map<String, Object> training = new LinkedHashMap<>(compile);
      training.put("optimizer_config", training.remove("optimizer"));
      root.attribute(TRAINING, JsonWriter.line(training));
    }
    root.attribute(EXTRA, JsonWriter.line(extra));
    Hdf5Group weights = root.group(LegacyWeights.GROUP);
    List<String> names = new ArrayList<>();
    for (Layer layer : model.layers()) {
      names.add(layer.name());
      Map<String, Hdf5Array> arrays = new LinkedHashMap<>();
      put(List.of(layer), true, new HashSet<>(), arrays);
      put(List.of(layer), false, new HashSet<>(), arrays);
      LegacyWeights.write(weights.group(layer.name()), arrays);
    }
    LegacyWeights.writeLayers(weights, names, KerasArchive.KERAS_VERSION);
    if (!model.optimizerSlots().isEmpty()) {
      Map<String, Hdf5Array> arrays = new LinkedHashMap<>();
      for (Hdf5Array array : OptimizerState.write(model)) {
        arrays.put("optimizer/" + arrays.size(), array);
      }
      LegacyWeights.write(root.group(OUR_OPTIMIZER), arrays);
    }
    return root;
  }
}
