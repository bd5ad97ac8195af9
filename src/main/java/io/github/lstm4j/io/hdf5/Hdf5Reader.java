package io.github.lstm4j.io.hdf5;

import io.github.lstm4j.tensor.Tensor;
import io.jhdf.HdfFile;
import io.jhdf.api.Attribute;
import io.jhdf.api.Dataset;
import io.jhdf.api.Group;
import io.jhdf.api.Node;
import io.jhdf.object.datatype.FixedPoint;
import io.jhdf.object.datatype.FloatingPoint;
import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * Reads HDF5 files of any age, through jHDF. Paths are names separated by slashes, {@code ""} is
 * the root: {@code reader.tensor("layers/lstm/cell/vars/0")}.
 *
 * <p>Every fault of a file is an {@link IOException} that names the file and the path inside it,
 * says what was expected and what came.
 */
public final class Hdf5Reader implements AutoCloseable {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};

  /** Deflate shrinks at most about a thousandfold; what claims more is damaged, or a bomb. */
  private static final long LARGEST_RATIO = 1100;

  private final String name;
  private final HdfFile file;
  private final long length;

  private Hdf5Reader(String name, HdfFile file, long length) {
    this.name = name;
    this.file = file;
    this.length = length;
  }

  private interface Action<T> {
    T run() throws IOException;
  }

  /**
   * Opens a file.
   *
   * @throws IOException if there is none, or it is not HDF5, or cut short
   */
  public static Hdf5Reader open(Path path) throws IOException {
    String name = path.toString();
    if (!Files.isRegularFile(path)) {
      throw new IOException(name + ": no such file");
    }
    long length = Files.size(path);
    try (var in = Files.newInputStream(path)) {
      checkSuperblock(name, in.readNBytes(1 << 12), length);
    }
    return guarded(name, "", () -> new Hdf5Reader(name, new HdfFile(path), length));
  }

  /**
   * Opens a file that lies in memory, such as an entry of an archive.
   *
   * @param name what errors call it
   * @throws IOException if it is not HDF5, or cut short
   */
  public static Hdf5Reader of(byte[] bytes, String name) throws IOException {
    checkSuperblock(name, bytes, bytes.length);
    return guarded(name, "", () -> new Hdf5Reader(name, HdfFile.fromBytes(bytes), bytes.length));
  }

  /** The names of the groups in the group at {@code path}, sorted. */
  public List<String> groups(String path) throws IOException {
    return children(path, Group.class::isInstance);
  }

  /** The names of the datasets in the group at {@code path}, sorted. */
  public List<String> datasets(String path) throws IOException {
    return children(path, Dataset.class::isInstance);
  }

  private List<String> children(String path, Predicate<Node> wanted) throws IOException {
    Node node = require(path, Group.class, "group");
    return guarded(
        name,
        path,
        () -> {
          List<String> names = new ArrayList<>();
          for (Node child : ((Group) node).getChildren().values()) {
            if (child.isLink()) {
              throw new IOException(
                  name
                      + ": "
                      + at(path)
                      + " holds the link "
                      + child.getName()
                      + "; links are not followed");
            }
            if (wanted.test(child)) {
              names.add(child.getName());
            }
          }
          names.sort(Hdf5Group::compareBytes);
          return names;
        });
  }

  /** Whether there is a group or dataset at {@code path}. */
  public boolean contains(String path) throws IOException {
    return node(path) != null;
  }

  /** The dataset at {@code path} as float32; float64, float16 and integers are converted. */
  public Tensor tensor(String path) throws IOException {
    return array(path).tensor();
  }

  /**
   * The dataset at {@code path}: floating-point numbers as FLOAT32, integers of up to 32 bits as
   * INT32, wider ones (and unsigned ones of 32 bits) as INT64.
   *
   * @throws IOException if there is none, or it does not hold numbers, or is damaged
   */
  public Hdf5Array array(String path) throws IOException {
    Dataset dataset = require(path, Dataset.class, "dataset");
    return guarded(name, path, () -> read(path, dataset));
  }

  private Hdf5Array read(String path, Dataset dataset) throws IOException {
    checkType(path, dataset);
    long[] dims = dataset.getDimensionsAsLong();
    long count = 1;
    for (long d : dims) {
      if (d < 0 || d > Integer.MAX_VALUE || (count > 0 && d > Integer.MAX_VALUE / count)) {
        throw tooLarge(path, dims);
      }
      count *= d;
    }
    if (count / LARGEST_RATIO > length) {
      throw tooLarge(path, dims);
    }
    int[] shape = Arrays.stream(dims).mapToInt(Math::toIntExact).toArray();
    boolean floating = dataset.getDataType() instanceof FloatingPoint;
    if (count == 0) {
      return floating
          ? Hdf5Array.of(new float[0], shape)
          : Hdf5Array.of(Hdf5Array.Type.INT32, new long[0], shape);
    }
    Object data = dataset.getDataFlat();
    if (!data.getClass().isArray()) { // a scalar
      Object one = Array.newInstance(Object.class, 1);
      Array.set(one, 0, data);
      data = one;
    }
    if (Array.getLength(data) != count) {
      throw new IOException(
          name + ": " + at(path) + " holds " + Array.getLength(data) + " numbers, not " + count);
    }
    return floating ? floats(data, shape) : integers(data, shape);
  }

  private void checkType(String path, Dataset dataset) throws IOException {
    boolean number =
        dataset.getDataType() instanceof FloatingPoint
            || dataset.getDataType() instanceof FixedPoint;
    if (!number) {
      throw new IOException(
          name
              + ": "
              + at(path)
              + ": expected numbers (float16, float32, float64 or integers), got "
              + dataset.getDataType().getClass().getSimpleName()
              + " of "
              + dataset.getDataType().getSize()
              + " bytes");
    }
  }

  private IOException tooLarge(String path, long[] dims) {
    return new IOException(
        name
            + ": "
            + at(path)
            + " claims the shape "
            + Arrays.toString(dims)
            + ", which a file of "
            + length
            + " bytes cannot hold; it is damaged, or too large");
  }

  private static Hdf5Array floats(Object data, int[] shape) {
    if (data instanceof float[] floats) {
      return Hdf5Array.of(floats, shape);
    }
    float[] floats = new float[Array.getLength(data)];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = ((Number) Array.get(data, i)).floatValue();
    }
    return Hdf5Array.of(floats, shape);
  }

  private static Hdf5Array integers(Object data, int[] shape) {
    long[] integers = new long[Array.getLength(data)];
    boolean narrow = true;
    for (int i = 0; i < integers.length; i++) {
      Number value = (Number) Array.get(data, i);
      integers[i] = value.longValue();
      narrow &= value instanceof Byte || value instanceof Short || value instanceof Integer;
    }
    return Hdf5Array.of(narrow ? Hdf5Array.Type.INT32 : Hdf5Array.Type.INT64, integers, shape);
  }

  /** The names of the attributes of the group or dataset at {@code path}, sorted. */
  public List<String> attributes(String path) throws IOException {
    Node node = require(path, Node.class, "group or dataset");
    return guarded(name, path, () -> node.getAttributes().keySet().stream().sorted().toList());
  }

  /**
   * The text of an attribute, or null if the group or dataset has none of that name.
   *
   * @throws IOException if it is no text
   */
  public String text(String path, String attribute) throws IOException {
    Object value = attribute(path, attribute);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw wrongAttribute(path, attribute, "a text", value);
  }

  /**
   * The texts of an attribute, or null if there is none of that name; a single text is a list of
   * one.
   *
   * @throws IOException if it holds no texts
   */
  public List<String> texts(String path, String attribute) throws IOException {
    Object value = attribute(path, attribute);
    if (value == null) {
      return null;
    }
    if (value instanceof String one) {
      return List.of(one);
    }
    if (value instanceof String[] many) {
      return List.of(many);
    }
    if (value.getClass().isArray() && Array.getLength(value) == 0) {
      return List.of();
    }
    throw wrongAttribute(path, attribute, "texts", value);
  }

  /**
   * The number of an attribute, or null if there is none of that name.
   *
   * @throws IOException if it is not one number
   */
  public Number number(String path, String attribute) throws IOException {
    Object value = attribute(path, attribute);
    if (value == null || value instanceof Number) {
      return (Number) value;
    }
    throw wrongAttribute(path, attribute, "a number", value);
  }

  private IOException wrongAttribute(String path, String attribute, String wanted, Object got) {
    return new IOException(
        name
            + ": "
            + at(path)
            + ", attribute "
            + attribute
            + ": expected "
            + wanted
            + ", got "
            + got.getClass().getSimpleName());
  }

  private Object attribute(String path, String attribute) throws IOException {
    Node node = require(path, Node.class, "group or dataset");
    return guarded(
        name,
        path,
        () -> {
          Attribute found = node.getAttribute(attribute);
          if (found == null) {
            return null;
          }
          Object data = found.getData();
          return data == null && found.getJavaType() == String.class ? new String[0] : data;
        });
  }

  /** The node at {@code path}, or null. */
  private Node node(String path) throws IOException {
    return guarded(
        name,
        path,
        () -> {
          Node at = file;
          for (String step : path.isEmpty() ? new String[0] : path.split("/")) {
            at = at instanceof Group group ? group.getChild(step) : null;
            if (at == null) {
              return null;
            }
            if (at.isLink()) {
              throw new IOException(
                  name + ": " + at(path) + ": " + step + " is a link; links are not followed");
            }
          }
          return at;
        });
  }

  private <T extends Node> T require(String path, Class<T> kind, String word) throws IOException {
    Node node = node(path);
    if (kind.isInstance(node)) {
      return kind.cast(node);
    }
    throw new IOException(
        name
            + ": expected a "
            + word
            + " "
            + at(path)
            + ", but there is "
            + (node == null ? "nothing" : node.isGroup() ? "a group" : "a dataset"));
  }

  private static String at(String path) {
    return path.isEmpty() ? "the root" : "\"" + path + "\"";
  }

  @Override
  public void close() {
    file.close();
  }

  /** jHDF meets damage with whatever exception comes up; the user gets one that names the file. */
  private static <T> T guarded(String name, String path, Action<T> action) throws IOException {
    try {
      return action.run();
    } catch (RuntimeException | StackOverflowError e) {
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      String why = root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
      throw new IOException(
          name + ": damaged or unsupported HDF5 at " + at(path) + " (" + why + ")", e);
    }
  }

  /** Whether a file begins as HDF5 does, and is as long as it says. */
  private static void checkSuperblock(String name, byte[] head, long length) throws IOException {
    int start = 0; // a user's own block of 512, 1024, … bytes may come first
    while (!startsWith(head, start)) {
      start = Math.max(512, start * 2);
      if (start > head.length) {
        throw new IOException(
            name + ": not an HDF5 file: " + length + " bytes that do not begin with \\x89HDF");
      }
    }
    ByteBuffer b = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    if (head.length < start + 48) {
      throw new IOException(name + ": HDF5 file cut short: only " + length + " bytes");
    }
    int version = b.get(start + 8);
    boolean old = version < 2;
    int widthOfAddresses = b.get(start + (old ? 13 : 9));
    if (widthOfAddresses == 8) {
      long end = b.getLong(start + (old ? 40 + (version == 1 ? 4 : 0) : 28));
      if (end < 0 || start + end > length) {
        throw new IOException(
            name
                + ": HDF5 file cut short: its header says "
                + (start + end)
                + " bytes, but there are "
                + length);
      }
    }
  }

  private static boolean startsWith(byte[] head, int start) {
    int end = start + SIGNATURE.length;
    return end <= head.length && Arrays.equals(head, start, end, SIGNATURE, 0, SIGNATURE.length);
  }
}
