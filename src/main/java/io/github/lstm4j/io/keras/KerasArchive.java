package io.github.lstm4j.io.keras;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.hdf5.Hdf5Group;
import io.github.lstm4j.io.hdf5.Hdf5Reader;
import io.github.lstm4j.io.hdf5.Hdf5Writer;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * A {@code .keras} file: a ZIP archive of {@code metadata.json}, {@code config.json} and {@code
 * model.weights.h5}, stored uncompressed as Keras stores them, and {@code lstm4j.json} for what
 * Keras has no place for; Keras ignores that entry.
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
    Map<String, Object> extra) {

  /** The version whose format is written. */
  public static final String KERAS_VERSION = "3.15.1";

  private static final String METADATA = "metadata.json";
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.weights.h5";
  private static final String PICKLED_WEIGHTS = "model.weights.npz";
  private static final String EXTRA = "lstm4j.json";

  private static final long LARGEST_JSON = 64L << 20;
  private static final long LARGEST_ENTRY = Integer.MAX_VALUE - 16; // what fits an array
  private static final long LARGEST_RATIO = 100; // of what a packed entry may unpack to
  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final byte[] HDF5 = {(byte) 0x89, 'H', 'D', 'F'};

  // Python writes, and reads, NaN and Infinity without quotes
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
          .build();

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
   * Reads a file.
   *
   * @throws IOException if there is none, or it is no Keras 3 model, or damaged, or larger unpacked
   *     than an honest file is; the message names the file and says what to do
   */
  public static KerasArchive read(Path path) throws IOException {
    return read(path, path.toString());
  }

  /**
   * Reads a file from a stream, to its end.
   *
   * @param name what errors call it
   * @throws IOException as {@link #read(Path)} does
   */
  public static KerasArchive read(InputStream in, String name) throws IOException {
    Path copy = Files.createTempFile("lstm4j", ".keras"); // a ZIP's table of contents is at its end
    try {
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      return read(copy, name);
    } finally {
      Files.delete(copy);
    }
  }

  private static KerasArchive read(Path path, String name) throws IOException {
    checkKind(path, name);
    try (ZipFile zip = new ZipFile(path.toFile())) {
      Map<String, Object> config = json(zip, name, CONFIG);
      if (config == null) {
        throw missing(zip, name, CONFIG);
      }
      Map<String, Object> metadata = json(zip, name, METADATA);
      Map<String, Object> extra = json(zip, name, EXTRA);
      byte[] weights = bytes(zip, name, WEIGHTS, LARGEST_ENTRY);
      if (weights == null) {
        throw missing(zip, name, WEIGHTS);
      }
      String inside = name + ", " + WEIGHTS;
      try (Hdf5Reader file = Hdf5Reader.of(weights, inside)) {
        return new KerasArchive(
            metadata == null ? Map.of() : metadata,
            config,
            WeightTree.fromHdf5(file, inside),
            extra == null ? Map.of() : extra);
      }
    } catch (ZipException | EOFException | IllegalArgumentException e) {
      String why = e.getMessage() == null ? "it ends too early" : e.getMessage();
      throw new IOException(name + ": this .keras file is cut short or damaged (" + why + ")", e);
    }
  }

  private static void checkKind(Path path, String name) throws IOException {
    if (Files.isDirectory(path)) {
      throw new IOException(
          name
              + ": expected a .keras file, got a directory; in Python, save the model with"
              + " model.save(\"model.keras\")");
    }
    if (!Files.exists(path)) {
      throw new IOException(name + ": no such file");
    }
    byte[] head;
    try (InputStream in = Files.newInputStream(path)) {
      head = in.readNBytes(4);
    }
    if (Arrays.equals(head, HDF5)) {
      throw new IOException(
          name
              + ": expected a .keras file, got HDF5 (a legacy Keras model, or weights alone); in"
              + " Python, save it anew: keras.models.load_model(\"model.h5\").save(\"model.keras\")");
    }
    if (!Arrays.equals(head, ZIP)) {
      throw new IOException(
          name
              + ": expected a .keras file, which is a ZIP archive, but this file of "
              + Files.size(path)
              + " bytes is none");
    }
  }

  private static IOException missing(ZipFile zip, String name, String entry) {
    if (entry.equals(WEIGHTS) && zip.getEntry(PICKLED_WEIGHTS) != null) {
      return new IOException(
          name
              + ": the weights are in "
              + PICKLED_WEIGHTS
              + ", as Python objects, which are not read; save the model with"
              + " weights_format=\"h5\"");
    }
    List<String> found = zip.stream().map(ZipEntry::getName).limit(10).toList();
    return new IOException(
        name + ": expected a Keras 3 model with an entry " + entry + ", but it holds " + found);
  }

  private static Map<String, Object> json(ZipFile zip, String name, String entry)
      throws IOException {
    byte[] bytes = bytes(zip, name, entry, LARGEST_JSON);
    if (bytes == null) {
      return null;
    }
    try {
      Map<String, Object> value = JSON.readValue(bytes, new TypeReference<>() {});
      if (value != null) {
        return value;
      }
      throw new IOException(name + ", " + entry + ": expected a JSON object, got null");
    } catch (JsonProcessingException e) {
      throw new IOException(
          name
              + ", "
              + entry
              + ": expected a JSON object: "
              + e.getOriginalMessage()
              + (e.getLocation() == null ? "" : ", at line " + e.getLocation().getLineNr()),
          e);
    }
  }

  /** An entry's bytes, checked against the archive's checksum; null if there is none. */
  private static byte[] bytes(ZipFile zip, String name, String entryName, long largest)
      throws IOException {
    ZipEntry entry = zip.getEntry(entryName);
    if (entry == null) {
      return null;
    }
    long size = entry.getSize();
    long packed = entry.getCompressedSize();
    if (size < 0 || size > largest || size > (1 << 20) + LARGEST_RATIO * packed) {
      throw new IOException(
          name
              + ", "
              + entryName
              + ": claims to unpack to "
              + size
              + " bytes from "
              + packed
              + "; refused as damaged or malicious (the limit is "
              + largest
              + ", and "
              + LARGEST_RATIO
              + " times its packed size)");
    }
    byte[] bytes;
    try (InputStream in = zip.getInputStream(entry)) {
      bytes = in.readNBytes((int) size + 1); // never more than it claims
    }
    CRC32 crc = new CRC32();
    crc.update(bytes);
    if (bytes.length != size || crc.getValue() != entry.getCrc()) {
      throw new IOException(name + ", " + entryName + ": damaged: its checksum does not match");
    }
    return bytes;
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
    byte[] bytes = JSON.writeValueAsBytes(value);
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
