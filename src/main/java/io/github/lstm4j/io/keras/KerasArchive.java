package io.github.lstm4j.io.keras;

import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.JsonReader;
import io.github.lstm4j.io.JsonWriter;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.io.hdf5.Hdf5Array;
import io.github.lstm4j.io.hdf5.Hdf5Group;
import io.github.lstm4j.io.hdf5.Hdf5Reader;
import io.github.lstm4j.io.hdf5.Hdf5Writer;
import io.github.lstm4j.io.keras.legacy.KerasVersion;
import io.github.lstm4j.io.keras.legacy.OldTraining;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Progress;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipOutputStream;

/**
 * A {@code .keras} file: a ZIP archive of {@code metadata.json}, {@code config.json} and {@code
 * model.weights.h5}, stored uncompressed as Keras stores them, and {@code lstm4j.json} for what
 * Keras has no place for; Keras ignores that entry. Or, to read, a folder of these: what Keras
 * writes with {@code zipped=False}.
 *
 * <p>The optimizer's variables ({@code optimizer} in the weights) are, in Keras 3.15: the iteration
 * (int32 with JAX, int64 with other backends), the learning rate, and for the trainable variables
 * in the model's order
 *
 * <ul>
 *   <li>SGD with momentum: all momentums (without: nothing);
 *   <li>RMSprop: all velocities, then, if it has momentum, all momentums, then, if it is centered,
 *       all average gradients;
 *   <li>Adam, AdamW: momentum and velocity of each variable in turn, then, with amsgrad, all
 *       largest velocities.
 * </ul>
 *
 * @param metadata {@code keras_version} and {@code date_saved}
 * @param config the model's class, configuration and, if it was compiled, {@code compile_config}
 * @param weights the variables
 * @param extra ours; empty writes no entry
 */
public record KerasArchive(
    Map<String, Object> metadata,
    Map<String, Object> config,
    WeightTree weights,
    Map<String, Object> extra)
    implements SavedModel {

  /** The version whose format is written. */
  public static final String KERAS_VERSION = "3.15.1";

  /** The entry for what is ours. */
  static final String EXTRA = "lstm4j.json";

  private static final String METADATA = "metadata.json";
  static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.weights.h5";
  private static final String PICKLED_WEIGHTS = "model.weights.npz";

  private static final byte[] ZIP = {'P', 'K', 3, 4};

  /** An archive to be written now. */
  public static KerasArchive of(
      Map<String, Object> config, WeightTree weights, Map<String, Object> extra) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("keras_version", KERAS_VERSION);
    metadata.put(
        "date_saved",
        LocalDateTime.now(ZoneId.systemDefault())
            .format(DateTimeFormatter.ofPattern("yyyy-MM-dd@HH:mm:ss", Locale.ROOT)));
    return new KerasArchive(metadata, config, weights, extra);
  }

  /**
   * Reads a file, with the default {@link ReadBudget}.
   *
   * @throws IOException if there is none, or it is no Keras 3 model, or damaged, or fills more
   *     memory than its budget; the message names the file and says what to do
   */
  public static KerasArchive read(Path path) throws IOException {
    return read(path, ReadBudget.standard());
  }

  /**
   * Reads a file.
   *
   * @param mostBytes what all that is read of it may fill: see {@link ReadBudget}
   * @throws IOException as {@link #read(Path)} does
   */
  public static KerasArchive read(Path path, long mostBytes) throws IOException {
    return read(ModelFile.of(path), new ReadBudget(path.toString(), mostBytes));
  }

  /** Whether a file begins as an archive does, or is a folder. */
  static boolean isArchive(ModelFile file) {
    return file.startsWith(ZIP) || file.isFolder();
  }

  static KerasArchive read(ModelFile source, ReadBudget budget) throws IOException {
    String name = source.name();
    if (!isArchive(source)) {
      throw new IOException(
          name
              + ": expected a .keras file, which is a ZIP archive, but this file of "
              + Files.size(source.path())
              + " bytes is none");
    }
    try (ArchiveEntries entries = entries(source, budget)) {
      JsonReader json = new JsonReader(name, budget);
      Map<String, Object> config = json.read(entries.bytes(CONFIG), CONFIG);
      if (config == null) {
        throw missing(entries, name, CONFIG);
      }
      TextLayers.putVocabularies(config, entries::bytes);
      Map<String, Object> metadata = json.read(entries.bytes(METADATA), METADATA);
      Map<String, Object> extra = json.read(entries.bytes(EXTRA), EXTRA);
      String inside = name + ", " + WEIGHTS;
      WeightTree weights =
          entries.read(
              WEIGHTS,
              bytes -> WeightTree.fromHdf5(Hdf5Reader.of(bytes, inside, budget), inside, budget));
      if (weights == null) {
        throw missing(entries, name, WEIGHTS);
      }
      return new KerasArchive(
          metadata == null ? Map.of() : metadata,
          config,
          weights,
          extra == null ? Map.of() : extra);
    } catch (OutOfMemoryError e) { // the budget is set beyond what there is
      throw new IOException(
          name + ": does not fit the memory (" + Printable.reason(e) + "); raise -Xmx", e);
    } catch (ZipException | EOFException | IllegalArgumentException e) {
      String why = e.getMessage() == null ? "it ends too early" : Printable.reason(e);
      throw new IOException(name + ": this .keras file is cut short or damaged (" + why + ")", e);
    }
  }

  // ---------------------------------------------------------------- as a model

  @Override
  public KerasVersion version() {
    return KerasVersion.of(metadata.get("keras_version"), KerasVersion.TODAY);
  }

  @Override
  public Object compileConfig() {
    Object said = config.get("compile_config");
    return said instanceof Map<?, ?>
        ? OldTraining.upgrade(LayerConfigs.map(said), version())
        : said;
  }

  @Override
  public Map<Weight, Tensor> weights(Model model) {
    return KerasWeights.find(weights, model);
  }

  @Override
  public void requireOptimizerNumbers(Model model) {
    OptimizerState.requireNumbers(optimizer(), model);
  }

  @Override
  public void restoreOptimizer(Model model) {
    OptimizerState.read(optimizer(), model);
  }

  private List<Hdf5Array> optimizer() {
    return weights.find("optimizer").map(WeightTree.Variables::arrays).orElse(List.of());
  }

  @Override
  public Progress progress(Object record) {
    return TrainingRecord.read(record, weights);
  }

  // ---------------------------------------------------------------- reading and writing

  private static ArchiveEntries entries(ModelFile file, ReadBudget budget) throws IOException {
    return file.isFolder()
        ? new FolderContents(file.path(), file.name(), budget)
        : new ZipContents(file.path(), file.name(), budget);
  }

  private static IOException missing(ArchiveEntries entries, String name, String entry)
      throws IOException {
    if (entry.equals(WEIGHTS) && entries.has(PICKLED_WEIGHTS)) {
      return new IOException(
          name
              + ": the weights are in "
              + PICKLED_WEIGHTS
              + ", as Python objects, which are not read; save the model with"
              + " weights_format=\"h5\"");
    }
    return new IOException(
        name
            + ": expected a Keras 3 model with an entry "
            + entry
            + ", but it holds "
            + Printable.text(entries.names()));
  }

  /**
   * Writes the file, whole or not at all: see {@link AtomicFile}.
   *
   * @throws IOException if it cannot be written
   */
  public void write(Path target) throws IOException {
    AtomicFile.write(target, this::write);
  }

  /** Writes the bytes of a file; does not close the stream. */
  public void write(OutputStream out) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out);
    putJson(zip, METADATA, metadata);
    putJson(zip, CONFIG, config);
    Hdf5Group tree = weights.toHdf5();
    put(zip, WEIGHTS, to -> Hdf5Writer.write(tree, to));
    if (!extra.isEmpty()) {
      putJson(zip, EXTRA, extra);
    }
    zip.finish();
  }

  private static void putJson(ZipOutputStream zip, String name, Object value) throws IOException {
    byte[] bytes = JsonWriter.line(value).getBytes(StandardCharsets.UTF_8);
    put(zip, name, out -> out.write(bytes));
  }

  /** A stored entry states its size and checksum first, so the content is made twice. */
  private static void put(
      ZipOutputStream zip, String name, AtomicFile.IOConsumer<OutputStream> content)
      throws IOException {
    CountingStream counter = new CountingStream();
    CRC32 crc = new CRC32();
    content.accept(new CheckedOutputStream(counter, crc));
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(counter.count);
    entry.setCrc(crc.getValue());
    entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0)); // as Keras: equal models, equal bytes
    zip.putNextEntry(entry);
    content.accept(zip);
    zip.closeEntry();
  }

  private static final class CountingStream extends OutputStream {
    private long count;

    @Override
    public void write(int b) {
      count++;
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      count += length;
    }
  }
}
