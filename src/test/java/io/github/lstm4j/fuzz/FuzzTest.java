package io.github.lstm4j.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.management.ThreadMXBean;
import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.io.hdf5.Hdf5Group;
import io.github.lstm4j.io.hdf5.Hdf5Reader;
import io.github.lstm4j.io.hdf5.Hdf5Writer;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.io.npy.Npy;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.io.onnx.export.OnnxExport;
import io.github.lstm4j.io.onnx.proto.OnnxFile;
import io.github.lstm4j.io.onnx.proto.TensorProto;
import io.github.lstm4j.io.safetensors.SafeTensorsFormat;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.model.SummaryStyle;
import io.github.lstm4j.tasks.AnomalySetup;
import io.github.lstm4j.tasks.AnomalyTask;
import io.github.lstm4j.tasks.ForecastSetup;
import io.github.lstm4j.tasks.InputSetup;
import io.github.lstm4j.tasks.SequenceSetup;
import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tasks.Tasks;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.BufferUnderflowException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every format that is read, with small harm done to it: what comes out is what the file says, or
 * one error of the kind that the reader documents, which names the file and is worth reading; and
 * no more memory is asked for than the budget and the file allow.
 *
 * <p>In a build some hundred cases a format, always the same ones. {@code mvn -Pfuzz test
 * -Dfuzz.minutes=60} goes on for so long with others; each failure says the number of its case,
 * which {@code -Dfuzz.seed} repeats, and leaves its file in {@code target/fuzz}.
 */
class FuzzTest {
  private static final int CASES = 500;
  private static final long BUDGET = 4 << 20;
  private static final long MOST_ALLOCATED = 96 << 20; // of a case: the model and its JSON included
  private static final Path RESOURCES = Path.of("src/test/resources");
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
          .build();
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final Map<String, byte[]> MODELS = new LinkedHashMap<>();
  private static final List<byte[]> HDF5 = new ArrayList<>();
  private static final List<byte[]> LEGACY = new ArrayList<>();
  private static final List<byte[]> NPY = new ArrayList<>();
  private static final List<byte[]> NPZ = new ArrayList<>();
  private static final List<byte[]> ONNX = new ArrayList<>();
  private static final List<byte[]> SAFETENSORS = new ArrayList<>();
  private static final List<byte[]> CSV = new ArrayList<>();
  private static final List<byte[]> TASKS = new ArrayList<>();

  /** What is read, and how harm is done to it. */
  enum Format {
    KERAS_ZIP(".keras"),
    CONFIG_JSON(".keras"),
    TASK_JSON(".keras"),
    WEIGHTS_IN_KERAS(".keras"),
    HDF5_FILE(".h5"),
    LEGACY_FILE(".h5"),
    LEGACY_CONFIG(".h5"),
    NPY_FILE(".npy"),
    NPZ_FILE(".npz"),
    NPY_IN_NPZ(".npz"),
    ONNX_FILE(".onnx"),
    SAFETENSORS_MODEL(".safetensors"),
    SAFETENSORS_WEIGHTS(".safetensors"),
    CSV_FILE(".csv");

    private final String ending;

    Format(String ending) {
      this.ending = ending;
    }
  }

  @TempDir Path dir;

  @BeforeAll
  static void seeds(@TempDir Path folder) throws IOException {
    for (String from : List.of("golden/keras-files", "hostile")) {
      for (Path file : files(RESOURCES.resolve(from), ".keras")) {
        if (!file.endsWith("k-dag.keras")) { // each of its cases takes long, to the same end
          MODELS.put(file.getFileName().toString(), Files.readAllBytes(file));
        }
      }
    }
    for (Path file : files(RESOURCES.resolve("golden/hdf5"), ".h5")) {
      HDF5.add(Files.readAllBytes(file));
    }
    try (ZipInputStream zip =
        new ZipInputStream(Files.newInputStream(RESOURCES.resolve("golden/hdf5/kinds.zip")))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (entry.getName().startsWith("user-block")) { // the smaller ones, old and new
          HDF5.add(zip.readAllBytes());
        }
      }
    }
    try (ZipInputStream zip =
        new ZipInputStream(Files.newInputStream(RESOURCES.resolve("golden/legacy/cases.zip")))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (entry.getName().endsWith(".h5") && !entry.getName().contains("alone")) {
          LEGACY.add(zip.readAllBytes());
        }
      }
    }
    for (Path file : files(RESOURCES.resolve("npy"), ".npy")) {
      NPY.add(Files.readAllBytes(file));
    }
    for (Path file : files(RESOURCES.resolve("npy"), ".npz")) {
      NPZ.add(Files.readAllBytes(file));
    }
    ByteArrayOutputStream onnx = new ByteArrayOutputStream();
    new OnnxExport()
        .save(new Sequential(new Input(-1), new Embedding(5, 2).maskZero(true), new LSTM(2)), onnx);
    ONNX.add(onnx.toByteArray());
    Path safetensors = folder.resolve("model.safetensors");
    new Sequential(new Input(3, 2), new LSTM(2), new Dense(1)).save(safetensors);
    SAFETENSORS.add(Files.readAllBytes(safetensors));
    SAFETENSORS.add(Files.readAllBytes(RESOURCES.resolve("golden/torch/lstm.safetensors")));
    for (Path file : files(RESOURCES.resolve("golden/torch"), ".safetensors")) {
      SAFETENSORS.add(Files.readAllBytes(file));
    }
    CSV.add(
        "time,a,b\n2026-01-01 00:00,1.5,x\n2026-01-01 01:00,NA,\"y,\"\"z\"\n"
            .getBytes(StandardCharsets.UTF_8));
    CSV.add("\ufeffa;b\r\n1,5;2\r\n\r\n;3\r\n".getBytes(StandardCharsets.UTF_8));
    double[] rows = new double[30];
    Arrays.setAll(rows, i -> i * i);
    Table table = Table.of(Map.of("v", rows));
    Range train = new Range(0, 20);
    List<String> groups = IntStream.range(0, 30).mapToObj(i -> "g" + i / 3).toList();
    List<String> states = IntStream.range(0, 30).mapToObj(i -> "s" + i / 3 % 2).toList();
    Table grouped = table.withCategories("g", groups).withCategories("s", states).bySeries("g");
    InputSetup ofGroup = InputSetup.of("v").group("g");
    keep(
        folder.resolve("forecaster.keras"),
        new Sequential()
            .add(Input.of(Shape.of(Shape.UNKNOWN, 3, 1)))
            .add(new LSTM(2))
            .add(new Dense(2)),
        ForecastSetup.of("v").window(3).horizons(1, 2).fit(table, train));
    for (String label : List.of("s", "w")) {
      SequenceSetup setup =
          label.equals("s") ? SequenceSetup.classify("s") : SequenceSetup.regress("w");
      keep(
          folder.resolve("sequence-" + label + ".keras"),
          new Sequential()
              .add(Input.of(Shape.of(Shape.UNKNOWN, 3, 1)))
              .add(new LSTM(2))
              .add(new Dense(1)),
          setup.inputs(ofGroup).window(3).fit(grouped.with("w", rows), train));
    }
    AnomalyTask watch = AnomalySetup.of(3).fit(table, train);
    keep(
        folder.resolve("anomaly.keras"),
        new Sequential()
            .add(Input.of(Shape.of(Shape.UNKNOWN, 3, 1)))
            .add(new LSTM(2).returnSequences(true))
            .add(new Dense(1)),
        new AnomalyTask(watch.inputs(), watch.window(), watch.quantile(), 1.5, "s"));
  }

  private static void keep(Path file, Sequential model, Task task) throws IOException {
    try (model) {
      model.extra(task.toExtra());
      model.save(file);
    }
    TASKS.add(Files.readAllBytes(file));
    MODELS.put(file.getFileName().toString(), Files.readAllBytes(file));
  }

  private static List<Path> files(Path folder, String ending) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(f -> f.toString().endsWith(ending)).sorted().toList();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsHarmedLoadsOrSaysWhy(Format format) throws IOException {
    Long only = Long.getLong("fuzz.seed");
    double minutes = Double.parseDouble(System.getProperty("fuzz.minutes", "0"));
    long end = System.nanoTime() + (long) (minutes * 60e9 / Format.values().length);
    long first = only != null ? only : minutes > 0 ? System.nanoTime() << 8 : 1;
    int loaded = 0;
    int cases = 0;
    do {
      loaded += check(format, first + cases) ? 1 : 0;
      cases++;
    } while (only == null && (minutes > 0 ? System.nanoTime() < end : cases < CASES));
    if (minutes > 0) {
      System.out.printf(
          Locale.ROOT, "%s: %,d cases from %d, %,d loaded%n", format, cases, first, loaded);
    } else if (only == null) {
      assertThat(loaded).as("harmless cases").isBetween(1, CASES - 1);
    }
  }

  /** Whether the case could be read. */
  private boolean check(Format format, long seed) throws IOException {
    byte[] harmed = harm(format, new Mutator(seed * 31 + format.ordinal()));
    Path file = Files.write(dir.resolve("harmed" + format.ending), harmed);
    long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
    Throwable wrong = null;
    boolean read = false;
    try {
      read(format, file);
      read = true;
    } catch (IOException | IllegalArgumentException e) {
      wrong = isGood(e, file) ? null : e;
    } catch (Throwable e) {
      wrong = e;
    }
    long allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    if (wrong != null || allocated > MOST_ALLOCATED + harmed.length) {
      Path kept = Files.createDirectories(Path.of("target/fuzz"));
      kept = Files.write(kept.resolve(format + "-" + seed + format.ending), harmed);
      throw new AssertionError(
          format + ", -Dfuzz.seed=" + seed + ": " + allocated + " bytes allocated, " + kept, wrong);
    }
    return read;
  }

  /** Whether an error names the file, can be shown, and was meant. */
  private static boolean isGood(Exception e, Path file) {
    String message = String.valueOf(e.getMessage());
    return message.contains(file.getFileName().toString())
        && !message.endsWith(": null") // of an error that says nothing
        && message.codePoints().noneMatch(Character::isISOControl)
        && !bug(e);
  }

  /** Whether an error comes of a slip in the code, and was only wrapped. */
  private static boolean bug(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof NullPointerException
          || cause instanceof IndexOutOfBoundsException
          || cause instanceof ClassCastException
          || cause instanceof ArithmeticException
          || cause instanceof NegativeArraySizeException
          || cause instanceof BufferUnderflowException
          || cause instanceof UnsupportedOperationException
          || cause instanceof Error) {
        return true;
      }
    }
    return false;
  }

  private static byte[] harm(Format format, Mutator mutator) throws IOException {
    List<byte[]> models = List.copyOf(MODELS.values());
    return switch (format) {
      case KERAS_ZIP -> mutator.bytes(mutator.one(models), mutator.one(models));
      case CONFIG_JSON -> json(mutator.one(models), "config.json", mutator);
      case TASK_JSON -> json(mutator.one(TASKS), "lstm4j.json", mutator);
      case WEIGHTS_IN_KERAS ->
          entry(
              mutator.one(models), "model.weights.h5", h5 -> mutator.bytes(h5, mutator.one(HDF5)));
      case HDF5_FILE -> mutator.bytes(mutator.one(HDF5), mutator.one(HDF5));
      case LEGACY_FILE -> mutator.bytes(mutator.one(LEGACY), mutator.one(LEGACY));
      case LEGACY_CONFIG -> legacy(mutator.one(LEGACY), mutator);
      case NPY_FILE -> mutator.bytes(mutator.one(NPY), mutator.one(NPY));
      case NPZ_FILE -> mutator.bytes(mutator.one(NPZ), mutator.one(NPZ));
      case NPY_IN_NPZ ->
          entry(
              mutator.one(NPZ),
              null,
              npy -> mutator.chance(30) ? mutator.bytes(npy, mutator.one(NPY)) : npy);
      case ONNX_FILE -> mutator.bytes(mutator.one(ONNX), mutator.one(ONNX));
      case SAFETENSORS_MODEL -> mutator.bytes(SAFETENSORS.get(0), mutator.one(SAFETENSORS));
      case SAFETENSORS_WEIGHTS -> mutator.bytes(SAFETENSORS.get(1), mutator.one(SAFETENSORS));
      case CSV_FILE -> mutator.bytes(mutator.one(CSV), mutator.one(CSV));
    };
  }

  private interface Change {
    byte[] of(byte[] bytes) throws IOException;
  }

  private static byte[] json(byte[] model, String entry, Mutator mutator) throws IOException {
    return entry(
        model,
        entry,
        bytes -> {
          if (mutator.chance(20)) {
            return mutator.bytes(bytes, bytes);
          }
          Object tree = JSON.readValue(bytes, Object.class);
          mutator.tree(tree);
          return JSON.writeValueAsBytes(tree);
        });
  }

  /** A legacy file, written anew with one of its configurations changed. */
  private static byte[] legacy(byte[] file, Mutator mutator) throws IOException {
    Hdf5Group root = new Hdf5Group();
    try (Hdf5Reader reader = Hdf5Reader.of(file, "seed")) {
      copy(reader, "", root);
      String attribute =
          reader.attributes("").contains("training_config") && mutator.chance(50)
              ? "training_config"
              : "model_config";
      Object tree = JSON.readValue(reader.text("", attribute), Object.class);
      mutator.tree(tree);
      root.attribute(attribute, JSON.writeValueAsString(tree));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Hdf5Writer.write(root, out);
    return out.toByteArray();
  }

  private static void copy(Hdf5Reader from, String path, Hdf5Group to) throws IOException {
    String below = path.isEmpty() ? "" : path + "/";
    for (String attribute : from.attributes(path)) {
      List<String> texts = from.texts(path, attribute);
      if (attribute.endsWith("_config") || attribute.equals("keras_version")) {
        to.attribute(attribute, texts.get(0));
      } else {
        to.attribute(attribute, texts);
      }
    }
    for (String dataset : from.datasets(path)) {
      to.dataset(dataset, from.array(below + dataset));
    }
    for (String group : from.groups(path)) {
      copy(from, below + group, to.group(group));
    }
  }

  /** The archive with an entry changed, or all of them; their checksums are right. */
  private static byte[] entry(byte[] archive, String name, Change change) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(archive));
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        byte[] bytes = in.readAllBytes();
        zip.putNextEntry(new ZipEntry(entry.getName()));
        zip.write(name == null || entry.getName().equals(name) ? change.of(bytes) : bytes);
      }
    }
    return out.toByteArray();
  }

  private static void read(Format format, Path file) throws IOException {
    switch (format) {
      case KERAS_ZIP, CONFIG_JSON, WEIGHTS_IN_KERAS, LEGACY_FILE, LEGACY_CONFIG ->
          KerasModels.load(file, BUDGET).close();
      case TASK_JSON -> {
        Model loaded = KerasModels.load(file, BUDGET);
        try (Model model = loaded) {
          Task task = Tasks.of(loaded, file);
          double[] rows = new double[12];
          Table table =
              Table.of(Map.of("v", rows)).withCategories("g", Collections.nCopies(12, "g"));
          task.cutInputs(task.inputs().encode(table));
          model.summaryText(SummaryStyle.KERAS_3);
        }
      }
      case HDF5_FILE -> {
        ReadBudget budget = new ReadBudget(file.toString(), BUDGET);
        try (Hdf5Reader reader = Hdf5Reader.of(FileWindow.of(file), file.toString(), budget)) {
          walk(reader, file, "", 0);
        }
      }
      case NPY_FILE -> Npy.read(file);
      case NPZ_FILE, NPY_IN_NPZ -> Npz.read(file, BUDGET);
      case ONNX_FILE -> {
        try (OnnxFile onnx = OnnxFile.open(file, BUDGET)) {
          for (TensorProto tensor : onnx.model().graph().initializers()) {
            if (tensor.type().isFloating()) {
              tensor.floats();
            } else {
              tensor.longs();
            }
          }
        }
      }
      case SAFETENSORS_MODEL -> new SafeTensorsFormat().load(ModelFile.of(file)).close();
      case SAFETENSORS_WEIGHTS -> {
        try (Model model = new Sequential(new LSTM(4).inputShape(5, 3), new Dense(2))) {
          new SafeTensorsFormat().loadWeights(model, ModelFile.of(file));
        }
      }
      case CSV_FILE -> CsvReader.of(file).read();
    }
  }

  /** Reads all that can be read: a dataset that cannot is no reason not to go on. */
  private static void walk(Hdf5Reader reader, Path file, String path, int depth)
      throws IOException {
    String below = path.isEmpty() ? "" : path + "/";
    for (String dataset : reader.datasets(path)) {
      try {
        Tensor tensor = reader.tensor(below + dataset);
        assertThat(tensor.data()).hasSize(tensor.shape().size());
      } catch (IOException e) {
        if (!isGood(e, file)) {
          throw e;
        }
      }
    }
    for (String attribute : reader.attributes(path)) {
      try {
        reader.texts(path, attribute);
      } catch (IOException e) {
        if (!isGood(e, file)) {
          throw e;
        }
      }
    }
    for (String group : reader.groups(path)) {
      if (depth < 4) {
        walk(reader, file, below + group, depth + 1);
      }
    }
  }
}
