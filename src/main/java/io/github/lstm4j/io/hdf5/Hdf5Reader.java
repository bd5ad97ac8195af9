package io.github.lstm4j.io.hdf5;

import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.FloatType;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.tensor.Tensor;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads HDF5 files of any age: superblocks 0 to 3, with a user's own block before them or not; old
 * and new groups; contiguous, compact and chunked datasets with any index, packed by gzip, shuffle,
 * Fletcher32 (which is verified) and LZF; what was never written has the fill value. Paths are
 * names separated by slashes, {@code ""} is the root: {@code
 * reader.tensor("layers/lstm/cell/vars/0")}.
 *
 * <p>The files may be meant to do harm. Everything that is read counts on a {@link ReadBudget}, no
 * structure is followed in a circle, and every fault of a file is an {@link IOException} that names
 * the file and the path inside it, says what was expected and what came.
 *
 * <p>Source: "HDF5 File Format Specification Version 3.0".
 */
public final class Hdf5Reader implements AutoCloseable {
  /** Keras's mark on weights whose bytes HDF5 has no type for. */
  private static final String DTYPE = "dtype";

  private final String name;
  private final FileWindow window;
  private final Hdf5Storage storage;
  private boolean within; // several that are read at once
  private final Map<Long, Node> nodes = new HashMap<>(); // an object has one address, many paths

  private Hdf5Reader(FileWindow window, String name, ReadBudget budget) throws IOException {
    this.name = name;
    this.window = window;
    try {
      this.storage = new Hdf5Storage(window, budget);
    } catch (Hdf5Damage e) {
      throw new IOException(name + ": " + e.getMessage(), e);
    }
  }

  /** A group or a dataset, and of it what has been asked for. */
  private static final class Node {
    private final ObjectHeader header;
    private final boolean isDataset;
    private final boolean isGroup;
    private Map<String, Long> children;
    private Map<String, Attributes.Attribute> attributes;

    private Node(ObjectHeader header) {
      this.header = header;
      isDataset = header.has(ObjectHeader.DATASPACE);
      isGroup = !isDataset && !header.has(ObjectHeader.DATATYPE); // a type with a name is neither
    }
  }

  /** Something that is read. */
  @FunctionalInterface
  public interface Action<T> {
    /** Reads it. */
    T run() throws IOException;
  }

  /**
   * Opens a file, with the default {@link ReadBudget}.
   *
   * @throws IOException if there is none, or it is not HDF5, or cut short
   */
  public static Hdf5Reader open(Path path) throws IOException {
    String name = path.toString();
    if (!Files.isRegularFile(path)) {
      throw new IOException(name + ": no such file");
    }
    return of(FileWindow.of(path), name, new ReadBudget(name, ReadBudget.standard()));
  }

  /**
   * Opens a file that lies in memory, with the default {@link ReadBudget}.
   *
   * @param name what errors call it
   * @throws IOException if it is not HDF5, or cut short
   */
  public static Hdf5Reader of(byte[] bytes, String name) throws IOException {
    return of(FileWindow.of(bytes), name, new ReadBudget(name, ReadBudget.standard()));
  }

  /**
   * Opens a file that lies anywhere, such as in an archive.
   *
   * @param window its bytes; closed with the reader, and at once if this fails
   * @param name what errors call it
   * @param budget what its parts may fill
   * @throws IOException if it is not HDF5, or cut short
   */
  public static Hdf5Reader of(FileWindow window, String name, ReadBudget budget)
      throws IOException {
    try {
      return new Hdf5Reader(window, name, budget);
    } catch (IOException e) {
      window.close();
      throw e;
    }
  }

  /** The names of the groups in the group at {@code path}, sorted. */
  public List<String> groups(String path) throws IOException {
    return children(path, true);
  }

  /** The names of the datasets in the group at {@code path}, sorted. */
  public List<String> datasets(String path) throws IOException {
    return children(path, false);
  }

  private List<String> children(String path, boolean groups) throws IOException {
    Node node = require(path, "group");
    return guarded(
        path,
        () -> {
          List<String> names = new ArrayList<>();
          for (Map.Entry<String, Long> child : links(node).entrySet()) {
            if (child.getValue() == Links.NOT_FOLLOWED) {
              throw new Hdf5Damage(
                  "it holds the link " + child.getKey() + "; links are not followed");
            }
            Node at = node(child.getValue());
            if (groups ? at.isGroup : at.isDataset) {
              names.add(child.getKey());
            }
          }
          names.sort(Hdf5Group::compareBytes);
          return names;
        });
  }

  /** Whether there is a group or dataset at {@code path}. */
  public boolean contains(String path) throws IOException {
    return find(path) != null;
  }

  /** The dataset at {@code path} as float32; float64, float16, bfloat16 and integers too. */
  public Tensor tensor(String path) throws IOException {
    return array(path).tensor();
  }

  /**
   * The dataset at {@code path}: floating-point numbers as FLOAT32, integers of up to 32 bits as
   * INT32, wider ones (and unsigned ones of 32 bits) as INT64.
   *
   * <p>Bytes that Keras or a tag marks as bfloat16 are such numbers.
   *
   * @throws IOException if there is none, or it does not hold numbers, or is damaged, or holds a
   *     number beyond float32
   */
  public Hdf5Array array(String path) throws IOException {
    return within ? located(path) : together(() -> located(path));
  }

  /**
   * Reads several datasets at once, by several threads: where {@link #array} is called within, the
   * array gets its numbers at the end.
   */
  public <T> T together(Action<T> reading) throws IOException {
    within = true;
    try {
      T found = reading.run();
      storage.later().parallelStream().forEach(this::fill);
      return found;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      within = false;
      storage.later().clear();
    }
  }

  private void fill(Hdf5Storage.Later data) {
    try {
      data.read();
    } catch (IOException e) {
      throw new UncheckedIOException(located(data.path(), e));
    }
  }

  /** An array, whose numbers may still be missing. */
  private Hdf5Array located(String path) throws IOException {
    Node node = require(path, "dataset");
    return guarded(
        path,
        () -> {
          Cursor typeMessage = node.header.find(ObjectHeader.DATATYPE);
          if (typeMessage == null) {
            throw new Hdf5Damage("it does not say what its elements are");
          }
          Datatype type = Datatype.of(typeMessage);
          if (type.kind() == Datatype.Kind.OPAQUE) {
            type = marked(node, type);
          }
          if (!type.kind().isFloat() && !type.kind().isInteger()) {
            throw new Hdf5Damage(
                "expected numbers (float16, bfloat16, float32, float64 or integers), got "
                    + type.name());
          }
          Space space = Space.of(node.header.find(ObjectHeader.DATASPACE));
          if (space.isNull()) {
            throw new Hdf5Damage("expected numbers, got a null dataspace");
          }
          return Elements.read(storage, node.header, type, space);
        });
  }

  private Datatype marked(Node node, Datatype type) throws IOException {
    Attributes.Attribute mark = attributes(node).get(DTYPE);
    List<String> said = mark == null ? null : Attributes.texts(storage, mark);
    if (said == null || said.size() != 1) {
      return type;
    }
    if (said.get(0).equals("bfloat16") && type.bytes() == 2) {
      return type.asBfloat16();
    }
    throw new Hdf5Damage(
        "numbers of the type " + said.get(0) + " (" + type.name() + ") are not supported");
  }

  /** The names of the attributes of the group or dataset at {@code path}, sorted. */
  public List<String> attributes(String path) throws IOException {
    Node node = require(path, "group or dataset");
    return guarded(path, () -> attributes(node).keySet().stream().sorted().toList());
  }

  /**
   * The text of an attribute, or null if the group or dataset has none of that name.
   *
   * @throws IOException if it is no text
   */
  public String text(String path, String attribute) throws IOException {
    List<String> texts = texts(path, attribute, "a text");
    if (texts == null) {
      return null;
    }
    if (texts.size() != 1) {
      throw wrongAttribute(path, attribute, "a text", texts.size() + " of them");
    }
    return texts.get(0);
  }

  /**
   * The texts of an attribute, or null if there is none of that name; a single text is a list of
   * one.
   *
   * @throws IOException if it holds no texts
   */
  public List<String> texts(String path, String attribute) throws IOException {
    return texts(path, attribute, "texts");
  }

  private List<String> texts(String path, String attribute, String wanted) throws IOException {
    Attributes.Attribute found = attribute(path, attribute);
    if (found == null) {
      return null;
    }
    List<String> texts = guarded(path, () -> Attributes.texts(storage, found));
    if (texts == null) {
      throw wrongAttribute(path, attribute, wanted, found.type().name());
    }
    return texts;
  }

  /**
   * The number of an attribute, or null if there is none of that name.
   *
   * @throws IOException if it is not one number
   */
  public Number number(String path, String attribute) throws IOException {
    Attributes.Attribute found = attribute(path, attribute);
    if (found == null) {
      return null;
    }
    Datatype type = found.type();
    boolean number = type.kind().isFloat() || type.kind().isInteger();
    if (!number || guarded(path, () -> found.space().count()) != 1) {
      throw wrongAttribute(path, attribute, "a number", type.name());
    }
    Hdf5Array one =
        guarded(path, () -> Elements.read(storage, found.data(storage), type, found.space()));
    return type.kind().isFloat() ? (Number) one.tensor().data()[0] : (Number) one.integers()[0];
  }

  private IOException wrongAttribute(String path, String attribute, String wanted, String got) {
    return new IOException(
        name
            + ": "
            + at(path)
            + ", attribute "
            + Printable.text(attribute)
            + ": expected "
            + wanted
            + ", got "
            + Printable.text(got));
  }

  private Attributes.Attribute attribute(String path, String attribute) throws IOException {
    Node node = require(path, "group or dataset");
    return guarded(path, () -> attributes(node).get(attribute));
  }

  private Map<String, Attributes.Attribute> attributes(Node node) throws IOException {
    if (node.attributes == null) {
      node.attributes = Attributes.of(storage, node.header);
    }
    return node.attributes;
  }

  private Map<String, Long> links(Node node) throws IOException {
    if (node.children == null) {
      node.children = Links.of(storage, node.header);
    }
    return node.children;
  }

  private Node node(long address) throws IOException {
    Node node = nodes.get(address);
    if (node == null) {
      node = new Node(new ObjectHeader(storage, address));
      nodes.put(address, node);
    }
    return node;
  }

  /** The node at {@code path}, or null. */
  private Node find(String path) throws IOException {
    return guarded(
        path,
        () -> {
          Node at = node(storage.root());
          for (String step : path.isEmpty() ? new String[0] : path.split("/")) {
            Long child = at.isGroup ? links(at).get(step) : null;
            if (child == null) {
              return null;
            }
            if (child == Links.NOT_FOLLOWED) {
              throw new Hdf5Damage(step + " is a link; links are not followed");
            }
            at = node(child);
          }
          return at;
        });
  }

  private Node require(String path, String wanted) throws IOException {
    Node node = find(path);
    if (node != null
        && (wanted.equals("group") ? node.isGroup : true)
        && (wanted.equals("dataset") ? node.isDataset : true)) {
      return node;
    }
    throw new IOException(
        name
            + ": expected a "
            + wanted
            + " "
            + at(path)
            + ", but there is "
            + (node == null
                ? "nothing"
                : node.isGroup ? "a group" : node.isDataset ? "a dataset" : "a datatype"));
  }

  private static String at(String path) {
    return path.isEmpty() ? "the root" : "\"" + Printable.text(path) + "\"";
  }

  @Override
  public void close() throws IOException {
    window.close();
  }

  /** Inside, an error knows what is wrong; here it learns where. */
  private <T> T guarded(String path, Action<T> action) throws IOException {
    storage.reads(path);
    try {
      return action.run();
    } catch (IOException e) {
      throw located(path, e);
    }
  }

  private IOException located(String path, IOException e) {
    return e instanceof Hdf5Damage || e instanceof EOFException || e instanceof FloatType.TooLarge
        ? new IOException(name + ": " + at(path) + ": " + Printable.text(e.getMessage()), e)
        : e;
  }
}
