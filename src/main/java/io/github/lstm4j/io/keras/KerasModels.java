package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.io.hdf5.Hdf5Array;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasNames;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.optimizers.UpdateRule;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Models to and from Keras 3's {@code .keras} files: configuration, weights, and for a compiled
 * model the optimizer with its state, so that training goes on with the same numbers as if it had
 * not been interrupted. Python's Keras 3 loads what is written here, and the other way round.
 *
 * <pre>{@code
 * KerasModels.save(model, Path.of("model.keras"));
 * Sequential again = KerasModels.load(Path.of("model.keras")).model();
 * }</pre>
 *
 * <p>An LSTM with peepholes, or with the {@code hard_sigmoid} of Keras 2, is written too, but Keras
 * 3 has no such thing and refuses the file.
 */
public final class KerasModels {
  private static final Logger LOG = LoggerFactory.getLogger(KerasModels.class);

  /** What a model's entry says; what was built follows from its configuration. */
  private static final Set<String> MODEL =
      Set.of(
          "module",
          "class_name",
          "config",
          "registered_name",
          "build_config",
          "compile_config",
          "shared_object_id");

  private static final Set<String> SETTINGS =
      Set.of("name", "trainable", Layer.DTYPE, "layers", "build_input_shape");

  private static final String SEED = "seed";
  private static final String USER = "user";
  private static final String TRAINING = "training";
  private static final long MOST_ITERATIONS = 1L << 53;

  private KerasModels() {}

  /**
   * A model from a file.
   *
   * @param model the model, compiled if it was
   * @param extra what was saved with it beside Keras's own; empty if nothing was
   */
  public record Loaded(Sequential model, Map<String, Object> extra) {}

  // ---------------------------------------------------------------- saving

  /**
   * Saves a model.
   *
   * @throws IOException if the file cannot be written; an older one then stays as it was
   */
  public static void save(Model model, Path path) throws IOException {
    save(model, Map.of(), path);
  }

  /**
   * Saves a model with more beside it, such as how its inputs were normalised.
   *
   * @param extra what JSON can hold; Keras ignores it
   * @throws IOException if the file cannot be written; an older one then stays as it was
   */
  public static void save(Model model, Map<String, Object> extra, Path path) throws IOException {
    archive(model, extra).write(path);
  }

  /**
   * Writes a model, with more beside it, into a stream, which stays open.
   *
   * @param extra what JSON can hold; Keras ignores it
   */
  public static void save(Model model, Map<String, Object> extra, OutputStream out)
      throws IOException {
    archive(model, extra).write(out);
  }

  private static KerasArchive archive(Model model, Map<String, Object> extra) {
    Shape input = KerasWeights.requireInput(model);
    List<Object> layers = new ArrayList<>();
    layers.add(LayerConfigs.write(model.inputLayer()));
    model.layers().forEach(l -> layers.add(LayerConfigs.write(l)));
    Map<String, Object> sequential = new LinkedHashMap<>();
    sequential.put("name", model.name());
    sequential.put("trainable", true);
    sequential.put(Layer.DTYPE, model instanceof Sequential s ? s.policy() : "float32");
    sequential.put("layers", layers);
    sequential.put("build_input_shape", LayerConfigs.plain(input));
    Map<String, Object> config = LayerConfigs.entry("keras", "Sequential", sequential);
    Map<String, Object> build = new LinkedHashMap<>();
    build.put("input_shape", LayerConfigs.plain(input));
    config.put("build_config", build);
    WeightTree weights = KerasWeights.of(model);
    if (model.optimizer() != null) {
      config.put("compile_config", CompileConfigs.write(model));
      if (!model.optimizerSlots().isEmpty()) {
        weights.put(
            "optimizer", KerasNames.snakeCase(model.optimizer().name()), optimizerState(model));
      }
    }
    Map<String, Object> ours = new LinkedHashMap<>();
    ours.put(SEED, model.seed());
    ours.put(USER, extra);
    Progress progress = model.progress();
    if (progress != null) {
      ours.put(TRAINING, TrainingRecord.write(progress, weights));
    }
    return KerasArchive.of(config, weights, ours);
  }

  private static List<Hdf5Array> optimizerState(Model model) {
    List<Hdf5Array> vars = new ArrayList<>();
    vars.add(Hdf5Array.scalar(Hdf5Array.Type.INT32, model.iterations()));
    vars.add(Hdf5Array.scalar(model.optimizer().learningRate()));
    List<List<Weight>> slots = model.optimizerSlots();
    forEachSlot(
        model.optimizer(),
        slots.size(),
        (weight, slot) -> vars.add(Hdf5Array.of(slots.get(weight).get(slot).value())));
    return vars;
  }

  /** Visits the slots in Keras's order. */
  private static void forEachSlot(
      Optimizer optimizer, int weights, BiConsumer<Integer, Integer> visit) {
    int slots = optimizer.rule().slots().size();
    boolean byWeight = optimizer.rule().slotOrder() == UpdateRule.SlotOrder.BY_WEIGHT;
    for (int i = 0; i < weights * slots; i++) {
      visit.accept(byWeight ? i / slots : i % weights, byWeight ? i % slots : i / weights);
    }
  }

  // ---------------------------------------------------------------- loading

  /**
   * Loads a model, with the default {@link ReadBudget}.
   *
   * @throws IOException if the file cannot be read, is no Keras 3 model, needs something that is
   *     not supported, or more memory than its budget; the message names the file and the fault
   */
  public static Loaded load(Path path) throws IOException {
    return load(path, ReadBudget.standard());
  }

  /**
   * Loads a model.
   *
   * @param mostBytes what all that is read of the file may fill; the model has its weights once
   *     more
   * @throws IOException as {@link #load(Path)} does
   */
  public static Loaded load(Path path, long mostBytes) throws IOException {
    return load(KerasArchive.read(path, mostBytes), path.toString());
  }

  /**
   * Loads a model from a stream.
   *
   * @param name what errors call it
   * @throws IOException as {@link #load(Path)} does
   */
  public static Loaded load(InputStream in, String name) throws IOException {
    return load(KerasArchive.read(in, name), name);
  }

  private static Loaded load(KerasArchive archive, String file) throws IOException {
    try {
      StoredFields ours =
          StoredFields.of(KerasArchive.EXTRA, archive.extra(), SEED, USER, TRAINING);
      Sequential model = structure(archive, ours);
      KerasWeights.find(archive.weights(), model).forEach(Weight::adopt);
      training(archive, model, file);
      return new Loaded(model, ours.has(USER) ? map(ours.map(USER)) : Map.of());
    } catch (RuntimeException | StackOverflowError e) { // a file may say anything
      throw new IOException(file + ": " + Printable.reason(e), e);
    } catch (OutOfMemoryError e) {
      throw new IOException(
          file + ": its model does not fit the memory (" + Printable.reason(e) + "); raise -Xmx",
          e);
    }
  }

  private static Sequential structure(KerasArchive archive, StoredFields ours) {
    Object className = archive.config().get("class_name");
    if (!"Sequential".equals(className)) {
      throw new IllegalArgumentException(
          "expected a Sequential model, got " + className + "; other models are not supported");
    }
    LayerConfigs.requireOfKeras(archive.config());
    LayerConfigs.requireKnown("the model: ", archive.config(), MODEL);
    Map<String, Object> config = map(archive.config().get("config"));
    LayerConfigs.requireKnown("the model: ", config, SETTINGS);
    if (!(config.get("layers") instanceof List<?> entries)) {
      throw new IllegalArgumentException("config.json has no layers");
    }
    Sequential model = new Sequential();
    try {
      if (ours.has(SEED)) { // before the layers, whose weights it draws
        model.seed(ours.whole(SEED));
      }
    } catch (IllegalArgumentException damaged) {
      LOG.warn("{}; another one is drawn", Printable.reason(damaged));
    }
    if (config.get("name") != null) {
      model.name(LayerConfigs.typed("the model: name", String.class, config.get("name")));
    }
    Boolean trainable =
        LayerConfigs.typed(
            "the model: trainable", Boolean.class, config.getOrDefault("trainable", true));
    LayerConfigs.checkPolicy("the model: ", config.get(Layer.DTYPE));
    model.policy(config.getOrDefault(Layer.DTYPE, "float32"));
    String version = String.valueOf(archive.metadata().get("keras_version"));
    boolean oldHardSigmoid = version.startsWith("1.") || version.startsWith("2.");
    List<Layer> layers = new ArrayList<>();
    for (Object entry : entries) {
      layers.add(LayerConfigs.readEntry(map(entry), oldHardSigmoid));
    }
    if (!layers.isEmpty() && !(layers.get(0) instanceof Input)) {
      Object shape = inputShape(config, archive.config(), map(map(entries.get(0)).get("config")));
      if (shape != null) {
        model.add(Input.of(LayerConfigs.shape("the input's shape", shape)));
      }
    }
    layers.forEach(model::add);
    if (!trainable) { // freezes the layers, as in Keras
      layers.forEach(l -> l.trainable(false));
    }
    if (model.inputShape() == null) {
      throw new IllegalArgumentException(
          "the file does not say the input's shape; build the model in Keras before saving it");
    }
    return model;
  }

  /** Where there is no input layer the shape stands beside the layers, or in the first one. */
  private static Object inputShape(
      Map<String, Object> config, Map<String, Object> model, Map<String, Object> first) {
    return Stream.of(
            config.get("build_input_shape"),
            map(model.get("build_config")).get("input_shape"),
            first.get("batch_input_shape"))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** What a file says of training is no reason to refuse it: it may be meant for prediction. */
  private static void training(KerasArchive archive, Sequential model, String file) {
    Object said = archive.config().get("compile_config");
    if (said == null || said.equals(Map.of())) {
      return;
    }
    String why = whyNotCompiled(said, model);
    if (why == null) {
      optimizer(archive, model, file);
      progress(archive, model, file);
    } else {
      LOG.warn(
          "{}: the model predicts, but its training is not restored: {}; call compile to train it",
          file,
          Printable.text(why));
    }
  }

  /** Compiles the model as its file says. Returns null, or why it cannot be. */
  private static String whyNotCompiled(Object said, Sequential model) {
    try {
      LayerConfigs.typed("compile_config", Map.class, said);
      CompileConfigs.read(map(said), model);
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
  private static void optimizer(KerasArchive archive, Sequential model, String file) {
    List<Hdf5Array> vars =
        archive.weights().find("optimizer").map(WeightTree.Variables::arrays).orElse(List.of());
    if (vars.size() < 2) {
      return;
    }
    long iterations = count(vars.get(0));
    float rate = rate(vars.get(1));
    int slots = model.optimizer().rule().slots().size();
    int weights = model.trainableWeights().size();
    if (vars.size() == 2 && iterations == 0) { // not trained yet
      return;
    }
    try {
      if (vars.size() != 2 + slots * weights) {
        throw new IllegalArgumentException(
            model.optimizer().name()
                + ": expected "
                + (2 + slots * weights)
                + " variables, got "
                + vars.size());
      }
      Tensor[][] found = new Tensor[weights][slots];
      int[] next = {2};
      forEachSlot(
          model.optimizer(),
          weights,
          (weight, slot) -> found[weight][slot] = vars.get(next[0]++).tensor());
      List<List<Tensor>> all = new ArrayList<>();
      for (Tensor[] of : found) {
        all.add(List.of(of));
      }
      model.restoreOptimizer(iterations, all);
      model.setLearningRate(rate);
    } catch (IllegalArgumentException another) {
      LOG.warn(
          "{}: skipping the optimizer's state, which does not fit the model: {}; it begins anew",
          file,
          Printable.reason(another));
    }
  }

  /** Sets how far a training was in which the file was saved. */
  private static void progress(KerasArchive archive, Sequential model, String file) {
    try {
      Object record = archive.extra().get(TRAINING);
      if (record != null && model.iterations() > 0) { // without the optimizer's state it is lost
        model.restoreProgress(TrainingRecord.read(record, archive.weights()));
      }
    } catch (IllegalArgumentException damaged) {
      LOG.warn(
          "{}: {}; a training that goes on begins its callbacks anew",
          file,
          Printable.reason(damaged));
    }
  }

  private static long count(Hdf5Array iterations) {
    double count =
        iterations.shape().size() != 1 // of whatever rank
            ? Double.NaN
            : iterations.type() == Hdf5Array.Type.FLOAT32
                ? iterations.tensor().data()[0]
                : iterations.integers()[0];
    if (!(count >= 0 && count <= MOST_ITERATIONS && count == (long) count)) {
      throw new IllegalArgumentException(
          "optimizer: expected a number of iterations, at least 0, got " + said(iterations));
    }
    return (long) count;
  }

  private static float rate(Hdf5Array rate) {
    float value = rate.shape().size() == 1 ? rate.tensor().data()[0] : Float.NaN;
    if (!(value >= 0 && Float.isFinite(value))) {
      throw new IllegalArgumentException(
          "optimizer: expected a learning rate, at least 0, got " + said(rate));
    }
    return value;
  }

  private static String said(Hdf5Array variable) {
    return variable.shape().size() != 1
        ? "an array of shape " + variable.shape()
        : variable.type() == Hdf5Array.Type.FLOAT32
            ? String.valueOf(variable.tensor().data()[0])
            : String.valueOf(variable.integers()[0]);
  }
}
