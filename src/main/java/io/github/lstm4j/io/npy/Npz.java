package io.github.lstm4j.io.npy;

import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.AtomicFile.IOConsumer;
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
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Reads and writes NumPy's {@code .npz}: several named arrays, a zip of {@code .npy} files.
 *
 * <p>The order of the arrays is kept. The same arrays give the same bytes: no time is stored.
 */
public final class Npz {
  private static final String SUFFIX = ".npy";
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private Npz() {}

  /**
   * Reads all arrays of {@code file}, in their order there, stored or deflated.
   *
   * @throws IOException if the file is no readable {@code .npz}, or one of its arrays is no
   *     supported {@code .npy} ({@link Npy#read(Path)})
   */
  public static Map<String, Tensor> read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": " + (Files.exists(file) ? "is no file" : "no such file"));
    }
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        String name = entry.getName();
        if (!name.endsWith(SUFFIX)) {
          throw new IOException(file + ": holds " + name + ", which is no .npy array");
        }
        Tensor array = read(zip, entry, file + "!" + name);
        if (arrays.put(name.substring(0, name.length() - SUFFIX.length()), array) != null) {
          throw new IOException(file + ": holds " + name + " twice");
        }
      }
    } catch (ZipException | EOFException e) {
      throw new IOException(file + ": is no .npz file, or damaged: " + e.getMessage(), e);
    }
    return arrays;
  }

  private static Tensor read(ZipFile zip, ZipEntry entry, String name) throws IOException {
    CRC32 checksum = new CRC32(); // ZipFile itself does not check it
    try (InputStream in =
        new BufferedInputStream(
            new CheckedInputStream(zip.getInputStream(entry), checksum), 1 << 16)) {
      Tensor array = Npy.read(in, name);
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
