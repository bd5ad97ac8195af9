package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.JsonReader;
import io.github.lstm4j.io.JsonWriter;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.io.hdf5.Hdf5Writer;
import io.github.lstm4j.layers.KerasNames;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Models to and from Keras's files: {@code .keras} of Keras 3, and the HDF5 files of Keras 1 to 3,
 * told apart by their first bytes: configuration, weights, and for a compiled model the optimizer
 * with its state, so that training goes on with the same numbers as if it had not been interrupted.
 * Python's Keras 3 loads what is written here, and the other way round.
 *
 * <pre>{@code
 * model.save(Path.of("model.keras"));
 * Model again = Models.load(Path.of("model.keras"));
 * }</pre>
 *
 * <p>An LSTM with peepholes is written too, but Keras 3 has no such thing and refuses the file.
 * Activations that it lacks, as the {@code hard_sigmoid} of Keras 2, are written as chains of
 * layers that it has.
 */
public final class KerasModels {
  private static final Logger LOG = LoggerFactory.getLogger(KerasModels.class);

  private static final String SEED = "seed";
  private static final String USER = "user";
  private static final String TRAINING = "training";
  private static final String UNDECAYED = "exclude_from_weight_decay"; // Keras does not keep it

  private KerasModels() {}

  // ---------------------------------------------------------------- saving

  /** Writes a model, with its {@link Model#extra}, into a stream, which stays open. */
  public static void save(Model model, OutputStream out) throws IOException {
    KerasWeights.requireInput(model);
    Map<String, Object> config = ModelConfigs.write(model);
    WeightTree weights = KerasWeights.of(model);
    if (!model.optimizerSlots().isEmpty()) {
      weights.put(
          "optimizer", KerasNames.snakeCase(model.optimizer().name()), OptimizerState.write(model));
    }
    Map<String, Object> ours = ours(model);
    Progress progress = model.progress();
    if (progress != null) {
      ours.put(TRAINING, TrainingRecord.write(progress, weights));
    }
    KerasArchive.of(config, weights, ours).write(out);
  }

  private static Map<String, Object> ours(Model model) {
    Map<String, Object> ours = new LinkedHashMap<>();
    ours.put(SEED, model.seed());
    ours.put(USER, model.extra());
    if (model.optimizer() != null && !model.optimizer().undecayed().isEmpty()) {
      ours.put(UNDECAYED, model.optimizer().undecayed());
    }
    return ours;
  }

  /**
   * Writes a model as one HDF5 file, as Keras 1 and 2 did and Keras 3 still opens, into a stream,
   * which stays open. How far a training is, beside the optimizer's state, it does not hold; that
   * state {@link #load} restores, and Keras 3, which cannot train on what it restores of its own
   * such files, begins anew.
   */
  public static void saveLegacy(Model model, OutputStream out) throws IOException {
    KerasWeights.requireInput(model);
    Hdf5Writer.write(LegacyFile.write(model, ours(model)), out);
  }

  // ---------------------------------------------------------------- configurations

  /**
   * A model's layers, and what it was compiled with, as Keras's {@code model.to_json()}: without
   * weights. Python reads it by {@code keras.models.model_from_json}.
   */
  public static String toJson(Model model) {
    KerasWeights.requireInput(model);
    try {
      return JsonWriter.line(ModelConfigs.write(model));
    } catch (IOException e) {
      throw new IllegalStateException("a configuration is JSON", e);
    }
  }

  /**
   * A model of what {@code model.to_json()} or {@code model.get_config()} gives in Keras, with new
   * weights; compiled if the text says by what. Where it does not say the input's shape, the first
   * data does.
   *
   * @throws IllegalArgumentException if it is no JSON, or no model of Keras's kinds, or asks for
   *     what is not supported; names the layer, the setting and the value
   */
  public static Model fromJson(String json) {
    String what = "the configuration";
    Map<String, Object> entry;
    try {
      ReadBudget budget = new ReadBudget(what, ReadBudget.standard());
      entry = new JsonReader(what, budget).read(json.getBytes(StandardCharsets.UTF_8), "its JSON");
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    return ModelConfigs.readAlone(entry);
  }

  /** As {@link #fromJson(String)}, with weights that the seed gives. */
  public static Model fromJson(String json, long seed) {
    return fromJson(json).seed(seed);
  }

  // ---------------------------------------------------------------- loading

  /**
   * Loads a model of a {@code .keras} file, or of a legacy one in HDF5.
   *
   * @throws IOException if the file cannot be read, is no model of Keras's, needs something that is
   *     not supported, or more memory than the {@link ReadBudget}; the message names the file and
   *     the fault
   */
  public static Model load(ModelFile file) throws IOException {
    return load(file, file.budget());
  }

  /**
   * As {@link #load(ModelFile)}.
   *
   * @param mostBytes what all that is read of the file may fill; the model has its weights once
   *     more
   */
  public static Model load(Path path, long mostBytes) throws IOException {
    return load(ModelFile.of(path), new ReadBudget(path.toString(), mostBytes));
  }

  /** Of an archive or folder, or of HDF5. */
  private static Model load(ModelFile file, ReadBudget budget) throws IOException {
    return load(
        KerasArchive.isArchive(file)
            ? KerasArchive.read(file, budget)
            : LegacyFile.read(FileWindow.of(file.path()), file.name(), budget),
        file.name());
  }

  private static Model load(SavedModel saved, String file) throws IOException {
    try {
      StoredFields ours =
          StoredFields.of(KerasArchive.EXTRA, saved.extra(), SEED, USER, TRAINING, UNDECAYED);
      Model model = structure(saved, ours);
      Map<Weight, Tensor> weights = saved.weights(model);
      KerasWeights.warnOfNoNumbers(weights);
      Weight.adopt(weights);
      training(saved, model, file);
      if (ours.has(USER)) {
        model.extra(map(ours.map(USER)));
      }
      return model;
    } catch (RuntimeException | StackOverflowError e) { // a file may say anything
      throw new IOException(file + ": " + Printable.reason(e), e);
    } catch (OutOfMemoryError e) {
      throw new IOException(
          file + ": its model does not fit the memory (" + Printable.reason(e) + "); raise -Xmx",
          e);
    }
  }

  private static Model structure(SavedModel saved, StoredFields ours) {
    Model model = ModelConfigs.read(saved.config(), saved.version());
    try {
      if (ours.has(SEED)) { // before the weights are there, which it draws
        model.seed(ours.whole(SEED));
      }
    } catch (IllegalArgumentException damaged) {
      LOG.warn("{}; another one is drawn", Printable.reason(damaged));
    }
    if (model.inputShape() == null) {
      throw new IllegalArgumentException(
          "the file does not say the input's shape; build the model in Keras before saving it");
    }
    return model;
  }

  /** What a file says of training is no reason to refuse it: it may be meant for prediction. */
  private static void training(SavedModel saved, Model model, String file) {
    Object said = saved.compileConfig();
    if (said == null || said.equals(Map.of())) {
      return;
    }
    String why = whyNotCompiled(said, saved.extra().get(UNDECAYED), model);
    if (why == null) {
      optimizer(saved, model, file);
      progress(saved, model, file);
    } else {
      LOG.warn(
          "{}: the model predicts, but its training is not restored: {}; call compile to train it",
          file,
          Printable.text(why));
    }
  }

  /** Compiles the model as its file says. Returns null, or why it cannot be. */
  private static String whyNotCompiled(Object said, Object undecayed, Model model) {
    try {
      LayerConfigs.typed("compile_config", Map.class, said);
      CompileConfigs.read(map(said), OptimizerConfigs.excluding(undecayed), model);
      return null;
    } catch (IllegalArgumentException unsupported) {
      return unsupported.getMessage();
    } catch (ClassCastException | NullPointerException malformed) {
      return "compile_config has a form that is not known: " + said;
    }
  }

  /**
   * Sets the optimizer's state. One that does not fit is left out, as in Keras: a model may be
   * compiled anew, or a layer unfrozen, after its last training.
   */
  private static void optimizer(SavedModel saved, Model model, String file) {
    saved.requireOptimizerNumbers(model);
    try {
      saved.restoreOptimizer(model);
    } catch (IllegalArgumentException another) {
      LOG.warn(
          "{}: skipping the optimizer's state, which does not fit the model: {}; it begins anew",
          file,
          Printable.reason(another));
    }
  }

  /** Sets how far a training was in which the file was saved. */
  private static void progress(SavedModel saved, Model model, String file) {
    try {
      Object record = saved.extra().get(TRAINING);
      if (record != null && model.iterations() > 0) { // without the optimizer's state it is lost
        model.restoreProgress(saved.progress(record));
      }
    } catch (IllegalArgumentException damaged) {
      LOG.warn(
          "{}: {}; a training that goes on begins its callbacks anew",
          file,
          Printable.reason(damaged));
    }
  }
}
