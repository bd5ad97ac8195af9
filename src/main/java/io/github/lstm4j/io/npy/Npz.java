package io.github.lstm4j.io.npy;

import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.AtomicFile.IOConsumer;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads and writes NumPy's {@code .npz}: several named arrays, a zip of {@code .npy} files.
 *
 * <p>The order of the arrays is kept. The same arrays give the same bytes: no time is stored.
 */
public final class Npz {
  private static final Logger LOG = LoggerFactory.getLogger(Npz.class);
  private static final String SUFFIX = ".npy";
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private Npz() {}

  /**
   * Reads all arrays of numbers in {@code file}, in their order there, stored or deflated, with the
   * default {@link ReadBudget}. Arrays of something else (texts, objects, dates, records) are left
   * out, with a warning that names them.
   *
   * @throws IOException if the file is no readable {@code .npz}, or one of its arrays is damaged,
   *     or they fill more memory than the budget
   */
  public static Map<String, Tensor> read(Path file) throws IOException {
    return read(file, ReadBudget.standard());
  }

  /**
   * Reads all arrays of numbers.
   *
   * @param mostBytes what they may fill
   * @throws IOException as {@link #read(Path)}
   */
  public static Map<String, Tensor> read(Path file, long mostBytes) throws IOException {
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    Map<String, String> others = new LinkedHashMap<>();
    open(
        file,
        (zip, entries) -> {
          ReadBudget budget = new ReadBudget(file.toString(), mostBytes);
          for (Map.Entry<String, ZipEntry> entry : entries.entrySet()) {
            String descr = type(zip, file, entry.getValue());
            if (NpyType.of(descr).isPresent()) {
              arrays.put(entry.getKey(), read(zip, file, entry.getValue(), budget));
            } else {
              others.put(entry.getKey(), descr);
            }
          }
        });
    if (!others.isEmpty()) {
      LOG.warn("{}: left out, as they hold no real numbers: {}", file, Printable.text(others));
    }
    return arrays;
  }

  /**
   * Reads the arrays of these names, in this order, and no others: what else is in the file does
   * not matter.
   *
   * @throws IOException as {@link #read(Path)}, and if there is no such array, or it holds no
   *     numbers
   */
  public static Map<String, Tensor> read(Path file, List<String> names) throws IOException {
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    open(
        file,
        (zip, entries) -> {
          ReadBudget budget = new ReadBudget(file.toString(), ReadBudget.standard());
          for (String name : names) {
            if (!entries.containsKey(name)) {
              throw new IOException(
                  file
                      + ": expected an array "
                      + name
                      + ", but it holds "
                      + Printable.text(entries.keySet()));
            }
            arrays.put(name, read(zip, file, entries.get(name), budget));
          }
        });
    return arrays;
  }

  /**
   * The names of all arrays in {@code file}, of whatever they hold.
   *
   * @throws IOException if the file is no readable {@code .npz}
   */
  public static List<String> names(Path file) throws IOException {
    List<String> names = new ArrayList<>();
    open(file, (zip, entries) -> names.addAll(entries.keySet()));
    return names;
  }

  private interface Use {
    void of(ZipFile zip, Map<String, ZipEntry> entries) throws IOException;
  }

  /** The arrays' entries, by their names; entries that are none are not there. */
  private static void open(Path file, Use use) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": " + (Files.exists(file) ? "is no file" : "no such file"));
    }
    Map<String, ZipEntry> entries = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        String name = entry.getName();
        String array = name.substring(0, Math.max(0, name.length() - SUFFIX.length()));
        if (name.endsWith(SUFFIX) && entries.put(array, entry) != null) {
          throw new IOException(file + ": holds " + Printable.text(name) + " twice");
        }
      }
      if (entries.isEmpty() && zip.size() > 0) {
        throw new IOException(
            file
                + ": holds "
                + Printable.text(zip.entries().nextElement().getName())
                + ", which is no .npy array");
      }
      use.of(zip, entries);
    } catch (ZipException | EOFException | IllegalArgumentException e) {
      throw new IOException(file + ": is no .npz file, or damaged: " + Printable.reason(e), e);
    }
  }

  private static String name(Path file, ZipEntry entry) {
    return file + "!" + Printable.text(entry.getName());
  }

  private static String type(ZipFile zip, Path file, ZipEntry entry) throws IOException {
    try (InputStream in = zip.getInputStream(entry)) {
      return Npy.header(in, name(file, entry)).descr();
    }
  }

  private static Tensor read(ZipFile zip, Path file, ZipEntry entry, ReadBudget budget)
      throws IOException {
    String name = name(file, entry);
    CRC32 checksum = new CRC32(); // ZipFile itself does not check it
    try (InputStream in =
        new BufferedInputStream(
            new CheckedInputStream(zip.getInputStream(entry), checksum), 1 << 16)) {
      Tensor array = Npy.read(in, name, budget, entry.getSize());
      if (entry.getCrc() >= 0 && entry.getCrc() != checksum.getValue()) {
        throw new IOException(name + ": is damaged: the checksum does not match");
      }
      return array;
    }
  }

  /**
   * Writes named arrays to {@code file} without compression, as {@code numpy.savez}, whole or not
   * at all.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, Map<String, Tensor> arrays) throws IOException {
    writeTensors(file, arrays, Deflater.NO_COMPRESSION);
  }

  /** As {@link #write}, but compressed, as {@code numpy.savez_compressed}. */
  public static void writeCompressed(Path file, Map<String, Tensor> arrays) throws IOException {
    writeTensors(file, arrays, Deflater.DEFAULT_COMPRESSION);
  }

  /**
   * Writes one array of float64, for what needs more than float32's 7 digits; without compression,
   * whole or not at all.
   *
   * @param values row-major
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, String name, double[] values, int... dims)
      throws IOException {
    Shape shape = Shape.of(dims);
    write(file, Map.of(name, out -> Npy.write(out, values, shape)), Deflater.NO_COMPRESSION);
  }

  private static void writeTensors(Path file, Map<String, Tensor> arrays, int level)
      throws IOException {
    Map<String, IOConsumer<OutputStream>> contents = new LinkedHashMap<>();
    arrays.forEach((name, tensor) -> contents.put(name, out -> Npy.write(out, tensor)));
    write(file, contents, level);
  }

  private static void write(Path file, Map<String, IOConsumer<OutputStream>> arrays, int level)
      throws IOException {
    AtomicFile.write(
        file,
        out -> {
          try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.setLevel(level);
            for (Map.Entry<String, IOConsumer<OutputStream>> array : arrays.entrySet()) {
              ZipEntry entry = new ZipEntry(array.getKey() + SUFFIX);
              entry.setTimeLocal(NO_TIME);
              zip.putNextEntry(entry);
              array.getValue().accept(zip);
              zip.closeEntry();
            }
          }
        });
  }
}
