package io.github.lstm4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.compile.ModelLayer;
import io.github.lstm4j.data.Tokenizer;
import io.github.lstm4j.golden.Close;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.io.onnx.OnnxOperatorsTable;
import io.github.lstm4j.io.onnx.export.OnnxCases;
import io.github.lstm4j.io.onnx.export.OnnxExport;
import io.github.lstm4j.io.onnx.export.Ort;
import io.github.lstm4j.io.safetensors.TorchWeights;
import io.github.lstm4j.layers.Cropping1D;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.ELU;
import io.github.lstm4j.layers.Flatten;
import io.github.lstm4j.layers.GRUCell;
import io.github.lstm4j.layers.GroupNormalization;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTMCell;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.LayerNormLSTMCell;
import io.github.lstm4j.layers.Layers;
import io.github.lstm4j.layers.LeakyReLU;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.Permute;
import io.github.lstm4j.layers.ProjectedLSTMCell;
import io.github.lstm4j.layers.RMSNormalization;
import io.github.lstm4j.layers.RNN;
import io.github.lstm4j.layers.ReLU;
import io.github.lstm4j.layers.Recurrent;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.layers.SimpleRNNCell;
import io.github.lstm4j.layers.StringLookup;
import io.github.lstm4j.layers.TextVectorization;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.layers.UpSampling1D;
import io.github.lstm4j.layers.ZeroPadding1D;
import io.github.lstm4j.layers.ZoneoutCell;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFormat;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What goes into which kind of file and comes back, layer by layer and operator by operator: tried
 * out here, and written in FORMATS.md. No cell of it is said by hand.
 */
class SupportTest {
  private static final Path PAGE = Path.of("FORMATS.md");
  private static final Path MADE = Path.of("target/FORMATS.md");
  private static final int MOST_MODELS = 4; // for each class of layers
  private static final double CLOSE = 2e-6;

  @TempDir private Path folder;

  /** A model on its way through a file. */
  private record Trip(
      Model model, Supplier<Model> same, List<Tensor> x, List<Tensor> want, Path folder) {
    /** Its weights, written and read into a model that has others. */
    Model weightsThrough(String file, Step write, Step read) throws Exception {
      Path path = folder.resolve(file);
      write.go(model, path);
      Model again = same.get();
      OnnxCases.randomize(again, new Random(99));
      read.go(again, path);
      return again;
    }

    /** The whole of it. */
    Model through(String file) throws Exception {
      Path path = folder.resolve(file);
      model.save(path);
      return Models.load(path);
    }

    void same(Model again) {
      if (want.isEmpty()) { // texts, which no tensor holds
        assertThat(KerasModels.toJson(again)).isEqualTo(KerasModels.toJson(model));
        return;
      }
      same(again.predict(x));
    }

    void same(List<Tensor> got) {
      for (int i = 0; i < want.size(); i++) {
        Close.assertClose(model.name(), numbers(want.get(i)), numbers(got.get(i)), CLOSE, CLOSE);
      }
    }

    /** With 0 for what is no number, as of powers of negative ones. */
    private static Tensor numbers(Tensor t) {
      return t.map(v -> Double.isNaN(v) ? 0 : v);
    }
  }

  private interface Step {
    void go(Model model, Path file) throws IOException;
  }

  /** A way into files and back. */
  private interface Way {
    void go(Trip trip) throws Exception;
  }

  private static final Map<String, Way> WHOLE = new LinkedHashMap<>();
  private static final Map<String, Way> WEIGHTS = new LinkedHashMap<>();

  static {
    for (String ending : List.of(".keras", ".h5", ".safetensors")) {
      WHOLE.put("`" + ending + "`", trip -> trip.same(trip.through("m" + ending)));
    }
    WHOLE.put(
        "to ONNX",
        trip -> {
          Path file = trip.folder.resolve("m.onnx");
          new OnnxExport().save(trip.model, file);
          try (Ort ort = new Ort(Files.readAllBytes(file))) {
            trip.same(List.copyOf(ort.run(trip.x).values()));
          }
        });
    WHOLE.put(
        "ONNX and back",
        trip -> {
          try (Model again = trip.through("m.onnx")) {
            trip.same(again);
          }
        });
    WEIGHTS.put(
        "`.weights.h5`",
        trip ->
            trip.same(trip.weightsThrough("m.weights.h5", Model::saveWeights, Model::loadWeights)));
    WEIGHTS.put(
        "PyTorch's names",
        trip ->
            trip.same(
                trip.weightsThrough(
                    "t.safetensors",
                    (model, file) -> new TorchWeights(model).save(file),
                    Model::loadWeights)));
  }

  @Test
  void thePageSaysWhatThereIs() throws Exception {
    String page = page();
    if (!page.equals(Files.readString(PAGE))) {
      Files.writeString(MADE, page);
    }
    assertThat(page.equals(Files.readString(PAGE)))
        .as("%s says what the tests find; else look at what changed, and cp %s .", PAGE, MADE)
        .isTrue();
  }

  @Test
  void theReadmeSaysWhichFormatsThereAre() throws IOException {
    String table = formats();
    assertThat(Files.readString(Path.of("README.md")).contains(table))
        .as("README.md, \"Bring your model\", has this table:\n%s", table)
        .isTrue();
  }

  private String page() throws Exception {
    return "# What goes into which file, and comes back\n\n"
        + "`SupportTest` tries all of this and writes this page; how a kind of file is made and read"
        + " is in the [README](README.md#bring-your-model).\n\n"
        + "## Layers\n\n"
        + layers()
        + "\n## ONNX's operators\n\n"
        + OnnxOperatorsTable.of();
  }

  // ---------------------------------------------------------------- formats

  private static String formats() {
    StringBuilder rows = new StringBuilder();
    row(
        rows,
        List.of(
            "format",
            "whole models read",
            "written as",
            "weights of a model in hand read",
            "weights alone written as"));
    rows.append("|---|---|---|---|---|\n");
    for (ModelFormat format : ModelFormat.all()) {
      String weights = format.isRead() ? (readsWeights(format) ? "yes" : "no") : "refused";
      row(
          rows,
          List.of(
              format.name(),
              format.isRead() ? "yes" : "refused: says what to do in Python",
              endings(format.endings()),
              weights,
              endings(format.weightsEndings())));
    }
    return rows.toString();
  }

  private static void row(StringBuilder rows, List<String> cells) {
    rows.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String endings(List<String> endings) {
    return endings.isEmpty() ? "–" : "`" + String.join("`, `", endings) + "`";
  }

  private static boolean readsWeights(ModelFormat format) {
    return Stream.of(format.getClass().getDeclaredMethods())
        .anyMatch(m -> m.getName().equals("loadWeights"));
  }

  // ---------------------------------------------------------------- layers

  private String layers() throws Exception {
    Map<String, Map<String, Supplier<Model>>> models = byClass();
    StringBuilder rows = new StringBuilder();
    rows.append(
        "Each layer in up to "
            + MOST_MODELS
            + " models, with as few other layers as there are; a model predicts the same, to "
            + CLOSE
            + ", when it was written and read again, and in ONNX Runtime. \"–\": there is nothing"
            + " to write. Whole models first, then weights alone.\n\n");
    List<String> head = new ArrayList<>(List.of("layer"));
    head.addAll(WHOLE.keySet());
    head.addAll(WEIGHTS.keySet());
    row(rows, head);
    rows.append("|---".repeat(head.size())).append("|\n");
    Set<String> refusals = new LinkedHashSet<>();
    Map<String, Map<String, String>> known = new LinkedHashMap<>(); // by model and way
    for (String name : names()) {
      assertThat(models).as("no model has a %s", name).containsKey(name);
      List<String> cells = new ArrayList<>(List.of(name));
      Map<String, Map<String, String>> outcomes = new LinkedHashMap<>();
      for (Map.Entry<String, Supplier<Model>> model : models.get(name).entrySet()) {
        if (!known.containsKey(model.getKey())) {
          known.put(model.getKey(), outcomes(model.getKey(), model.getValue()));
        }
        outcomes.put(model.getKey(), known.get(model.getKey()));
      }
      for (String way : head.subList(1, head.size())) {
        cells.add(cell(name, way, outcomes, refusals));
      }
      row(rows, cells);
    }
    rows.append("\nWhat is refused:\n\n");
    refusals.forEach(r -> rows.append("- ").append(r).append('\n'));
    return rows.toString();
  }

  private static String cell(
      String layer, String way, Map<String, Map<String, String>> outcomes, Set<String> refusals) {
    int done = 0;
    int tried = 0;
    for (Map.Entry<String, Map<String, String>> model : outcomes.entrySet()) {
      String problem = model.getValue().get(way);
      if (problem == null) {
        continue; // nothing to write
      }
      tried++;
      if (problem.isEmpty()) {
        done++;
      } else {
        refusals.add(layer + ", " + way + " (" + model.getKey() + "): " + problem);
      }
    }
    if (tried == 0) {
      return "–";
    }
    return done == tried ? "yes" : done == 0 ? "no" : done + " of " + tried;
  }

  /** For each way what was refused; empty where all went well. */
  private Map<String, String> outcomes(String name, Supplier<Model> made) throws Exception {
    Map<String, String> outcomes = new LinkedHashMap<>();
    try (Model model = made.get()) {
      Random random = new Random(5);
      OnnxCases.randomize(model, random);
      List<Tensor> x = OnnxCases.inputs(model, 5, 5, random);
      List<Tensor> want = isOfTexts(model) ? List.of() : model.predict(x);
      Trip trip = new Trip(model, made, x, want, folder);
      for (Map.Entry<String, Way> way : WHOLE.entrySet()) {
        outcomes.put(way.getKey(), outcome(way.getValue(), trip, name));
      }
      if (!model.weights().isEmpty()) {
        for (Map.Entry<String, Way> way : WEIGHTS.entrySet()) {
          outcomes.put(way.getKey(), outcome(way.getValue(), trip, name));
        }
      }
    }
    return outcomes;
  }

  private String outcome(Way way, Trip trip, String name) throws Exception {
    try {
      way.go(trip);
      return "";
    } catch (IOException | IllegalArgumentException e) { // what a refusal is
      return Printable.reason(e).replace(folder + "/", "").replace("|", "\\|").replace('\n', ' ');
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(name, e);
    }
  }

  private static boolean isOfTexts(Model model) {
    Set<String> classes = classes(model.layers());
    return classes.contains("StringLookup") || classes.contains("TextVectorization");
  }

  /** All layers that files can name. */
  private static Set<String> names() {
    try {
      Layers.of("?");
    } catch (IllegalArgumentException e) {
      String all = e.getMessage().replaceFirst(".*supported are ", "");
      return new TreeSet<>(List.of(all.split(", ", -1)));
    }
    throw new AssertionError("there is a layer ?");
  }

  /** For each class of layers the models with the fewest others. */
  private static Map<String, Map<String, Supplier<Model>>> byClass() {
    Map<String, Supplier<Model>> all = new LinkedHashMap<>(small());
    all.putAll(OnnxCases.all());
    Map<String, Set<String>> classes = new LinkedHashMap<>();
    for (Map.Entry<String, Supplier<Model>> model : all.entrySet()) {
      try (Model made = model.getValue().get()) {
        classes.put(model.getKey(), classes(made.layers()));
      }
    }
    Map<String, Map<String, Supplier<Model>>> byClass = new LinkedHashMap<>();
    for (String name : names()) {
      int fewest =
          classes.values().stream()
              .filter(c -> c.contains(name))
              .mapToInt(Set::size)
              .min()
              .orElse(0);
      classes.forEach(
          (model, of) -> {
            Map<String, Supplier<Model>> models =
                byClass.computeIfAbsent(name, n -> new LinkedHashMap<>());
            if (of.contains(name) && of.size() == fewest && models.size() < MOST_MODELS) {
              models.put(model, all.get(model));
            }
          });
    }
    byClass.values().removeIf(Map::isEmpty);
    return byClass;
  }

  private static Set<String> classes(List<? extends Layer> layers) {
    Set<String> all = new LinkedHashSet<>(List.of("InputLayer"));
    for (Layer layer : layers) {
      all.add(layer.className());
      all.addAll(classes(layer.inner()));
      if (layer instanceof ModelLayer model) {
        all.addAll(classes(model.model().layers()));
      } else if (layer instanceof Recurrent<?> r && r.cells().size() > 1) {
        all.add("StackedRNNCells");
      }
    }
    return all;
  }

  /** Models of layers that elsewhere come with others. */
  private static Map<String, Supplier<Model>> small() {
    Map<String, Supplier<Layer[]>> layers = new LinkedHashMap<>();
    Map<String, Supplier<RNN>> cells = new LinkedHashMap<>();
    cells.put("cell of LSTM", () -> new RNN(new LSTMCell(4)));
    cells.put("cell of GRU", () -> new RNN(new GRUCell(3)));
    cells.put("simple cell", () -> new RNN(new SimpleRNNCell(2)));
    cells.put("cell with projection", () -> new RNN(new ProjectedLSTMCell(5, 2)));
    cells.put("cell with norms", () -> new RNN(new LayerNormLSTMCell(3)));
    cells.put("cell with zoneout", () -> new RNN(new ZoneoutCell(new LSTMCell(4), 0.2f, 0.1f)));
    cells.put("two cells", () -> new RNN(new LSTMCell(4), new LSTMCell(3)));
    cells.forEach((name, rnn) -> layers.put(name, () -> new Layer[] {sequence(), rnn.get()}));
    layers.put("masking", () -> new Layer[] {sequence(), new Masking()});
    layers.put("flatten", () -> new Layer[] {new Input(4, 3), new Flatten()});
    layers.put("permute", () -> new Layer[] {new Input(4, 3), new Permute(2, 1)});
    layers.put("repeat", () -> new Layer[] {new Input(3), new RepeatVector(4)});
    layers.put("dropout", () -> new Layer[] {sequence(), new Dropout(0.5f)});
    layers.put("cropping", () -> new Layer[] {sequence(), new Cropping1D(1, 0)});
    layers.put("padding", () -> new Layer[] {sequence(), new ZeroPadding1D(2, 1)});
    layers.put("up-sampling", () -> new Layer[] {new Input(4, 3), new UpSampling1D(3)});
    layers.put("relu", () -> new Layer[] {sequence(), new ReLU().maxValue(1f)});
    layers.put("elu", () -> new Layer[] {sequence(), new ELU(0.5f)});
    layers.put("leaky relu", () -> new Layer[] {sequence(), new LeakyReLU(0.1f)});
    layers.put("rms norm", () -> new Layer[] {sequence(), new RMSNormalization()});
    layers.put("group norm", () -> new Layer[] {sequence(), new GroupNormalization(3)});
    layers.put("each timestep", () -> new Layer[] {sequence(), new TimeDistributed(new Dense(2))});
    layers.put("words", () -> new Layer[] {new Input(1), new StringLookup("a", "b")});
    Map<String, Supplier<Model>> models = new LinkedHashMap<>();
    layers.forEach((name, of) -> models.put(name + " alone", () -> new Sequential(of.get())));
    models.put(
        "texts alone",
        () -> {
          var in = new Input(1).output();
          return Model.of(
              List.of(in),
              List.of(
                  new TextVectorization(
                          Tokenizer.words().outputSequenceLength(1).adapt(List.of("a b")))
                      .apply(in)));
        });
    return models;
  }

  private static Input sequence() {
    return new Input(-1, 3);
  }
}
