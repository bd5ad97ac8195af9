package io.github.lstm4j.io.hdf5;

import static io.github.lstm4j.io.hdf5.Hdf5Messages.UNDEFINED;
import static io.github.lstm4j.io.hdf5.Hdf5Messages.pad8;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.tensor.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes HDF5 files in the oldest form of the format, which every reader knows: superblock 0,
 * groups as symbol tables, contiguous datasets, texts in global heaps ("HDF5 File Format
 * Specification Version 3.0"). The same tree gives the same bytes.
 *
 * <p>What lies where is laid out before the first byte is written: children before their parents,
 * so that every address is known when it is needed. Only the structure is kept in memory, some
 * kilobytes a group; the numbers are streamed from where they are.
 */
public final class Hdf5Writer {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};
  private static final int SUPERBLOCK_BYTES = 96;
  private static final int LEAF_K = 4; // a symbol node has room for 2K entries
  private static final int INTERNAL_K = 16; // a B-tree node has room for 2K children
  private static final int ENTRY_BYTES = 40;

  private interface Piece {
    void writeTo(OutputStream out) throws IOException;
  }

  private final List<Piece> pieces = new ArrayList<>();
  private final GlobalHeap texts = new GlobalHeap();
  private long end = SUPERBLOCK_BYTES;

  private Hdf5Writer() {}

  /** Writes the file, or leaves what was there before: see {@link AtomicFile}. */
  public static void write(Hdf5Group root, Path target) throws IOException {
    AtomicFile.write(target, out -> write(root, out));
  }

  /** Writes the bytes of a file; does not close the stream. */
  public static void write(Hdf5Group root, OutputStream out) throws IOException {
    Hdf5Writer file = new Hdf5Writer();
    Entry rootEntry = file.group("", root);
    out.write(file.superblock(rootEntry));
    for (Piece piece : file.pieces) {
      piece.writeTo(out);
    }
  }

  /** Where a child lies; for a group also its B-tree and heap, which its parent's entry caches. */
  private record Entry(String name, long header, long btree, long heap) {
    boolean isGroup() {
      return btree != UNDEFINED;
    }
  }

  /** A node of a B-tree, and the largest name below it as an offset in the group's heap. */
  private record Node(long address, long largestName) {}

  private long append(byte[] bytes) {
    return append(bytes.length, out -> out.write(bytes));
  }

  /** Reserves the next {@code size} bytes of the file, and up to a multiple of 8. */
  private long append(long size, Piece piece) {
    long address = end;
    int padding = (int) (-size & 7);
    pieces.add(piece);
    if (padding > 0) {
      pieces.add(out -> out.write(new byte[padding]));
    }
    end += size + padding;
    return address;
  }

  private Entry dataset(String name, Hdf5Array array) {
    long data = array.bytes() == 0 ? UNDEFINED : append(array.bytes(), array::writeTo);
    long header = append(new Hdf5Messages().dataset(array, data).header());
    return new Entry(name, header, UNDEFINED, UNDEFINED);
  }

  private Entry group(String name, Hdf5Group group) {
    Map<String, Entry> children = new TreeMap<>(Hdf5Group::compareBytes);
    group.datasets().forEach((n, array) -> children.put(n, dataset(n, array)));
    group.groups().forEach((n, child) -> children.put(n, group(n, child)));

    LocalHeap names = new LocalHeap();
    List<Entry> entries = List.copyOf(children.values());
    List<Node> level = symbolNodes(entries, names);
    int height = 0;
    do {
      level = treeNodes(level, height++);
    } while (level.size() > 1);
    long btree = level.get(0).address();
    long heap = append(names.at(end));

    Hdf5Messages messages = new Hdf5Messages().symbolTable(btree, heap);
    group.attributes().forEach((n, value) -> attribute(messages, n, value));
    return new Entry(name, append(messages.header()), btree, heap);
  }

  private void attribute(Hdf5Messages messages, String name, Object value) {
    if (value instanceof Hdf5Array numbers) {
      messages.attribute(name, numbers);
    } else if (value instanceof String one) {
      byte[] space = Hdf5Messages.dataspace(Shape.of());
      messages.attribute(name, Hdf5Messages.text(), space, texts.references(List.of(one)));
    } else {
      List<String> many = ((List<?>) value).stream().map(String.class::cast).toList();
      byte[] space = Hdf5Messages.dataspace(Shape.of(many.size()));
      messages.attribute(name, Hdf5Messages.text(), space, texts.references(many));
    }
  }

  /** The leaves: nodes of up to 2K children each, sorted by name; none for an empty group. */
  private List<Node> symbolNodes(List<Entry> entries, LocalHeap names) {
    List<Node> nodes = new ArrayList<>();
    for (int from = 0; from < entries.size(); from += 2 * LEAF_K) {
      List<Entry> some = entries.subList(from, Math.min(entries.size(), from + 2 * LEAF_K));
      LittleEndian node = new LittleEndian().put(ascii("SNOD")).u8(1, 0).u16(some.size());
      long name = 0;
      for (Entry entry : some) {
        name = names.add(entry.name());
        putEntry(node, name, entry);
      }
      node.upTo(8 + 2 * LEAF_K * ENTRY_BYTES); // always of full size
      nodes.add(new Node(append(node.toBytes()), name));
    }
    return nodes;
  }

  private static void putEntry(LittleEndian b, long name, Entry entry) {
    b.u64(name).u64(entry.header()).u32(entry.isGroup() ? 1 : 0).u32(0);
    b.u64(entry.isGroup() ? entry.btree() : 0).u64(entry.isGroup() ? entry.heap() : 0);
  }

  /** One level of the B-tree, version 1, over the level below it; at least one node. */
  private List<Node> treeNodes(List<Node> below, int level) {
    int width = 2 * INTERNAL_K;
    int count = Math.max(1, (below.size() + width - 1) / width);
    int size = 24 + width * 8 + (width + 1) * 8; // always of full size
    long first = end;
    List<Node> nodes = new ArrayList<>();
    long name = 0; // the empty name, less than all
    for (int n = 0; n < count; n++) {
      List<Node> some = below.subList(n * width, Math.min(below.size(), (n + 1) * width));
      LittleEndian node = new LittleEndian().put(ascii("TREE")).u8(0, level).u16(some.size());
      node.u64(n == 0 ? UNDEFINED : first + (long) (n - 1) * size);
      node.u64(n == count - 1 ? UNDEFINED : first + (long) (n + 1) * size);
      node.u64(name); // key, child, key, child, …, key
      for (Node child : some) {
        name = child.largestName();
        node.u64(child.address()).u64(name);
      }
      nodes.add(new Node(append(node.upTo(size).toBytes()), name));
    }
    return nodes;
  }

  private byte[] superblock(Entry root) {
    LittleEndian b = new LittleEndian().put(SIGNATURE);
    b.u32(0); // versions of superblock, free space and root group; reserved
    b.u8(0, 8, 8, 0); // bytes of an address and of a length
    b.u16(LEAF_K).u16(INTERNAL_K).u32(0);
    b.u64(0).u64(UNDEFINED).u64(end).u64(UNDEFINED); // base, free space, end, driver
    putEntry(b, 0, root);
    return b.toBytes();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  /** The names of a group's children, each ended by NUL; offset 0 is the empty name. */
  private static final class LocalHeap {
    private int size = 8;
    private final LittleEndian names = new LittleEndian().upTo(size);

    long add(String name) {
      byte[] bytes = name.getBytes(UTF_8);
      long at = size;
      size += pad8(bytes.length + 1);
      names.put(bytes).upTo(size);
      return at;
    }

    /** The heap as it lies at {@code address}: its header, and the names right after. */
    byte[] at(long address) {
      LittleEndian header = new LittleEndian().put(ascii("HEAP")).u32(0).u64(size);
      header.u64(1); // free space: 1 is none
      return header.u64(address + 32).put(names.toBytes()).toBytes();
    }
  }

  /** The texts of attributes, in collections of some kilobytes. */
  private final class GlobalHeap {
    private static final int HEADER = 16; // of a collection, and of an object in it
    private static final int LEAST = 4096; // the format's smallest collection

    private ByteBuffer collection = ByteBuffer.allocate(0);
    private long address;
    private int objects;

    /** Stores the texts; what an attribute keeps of each is its length and its place here. */
    byte[] references(List<String> values) {
      LittleEndian references = new LittleEndian();
      for (String value : values) {
        byte[] text = value.getBytes(UTF_8);
        int needed = HEADER + pad8(text.length);
        if (collection.remaining() < needed) {
          open(Math.max(LEAST, HEADER + needed));
        }
        collection.putShort((short) ++objects).putShort((short) 0).putInt(0).putLong(text.length);
        collection.put(text).position(collection.position() + pad8(text.length) - text.length);
        if (collection.remaining() >= HEADER) { // object 0 is the space left, its header included
          collection.putLong(collection.position() + 8, collection.remaining());
        }
        references.u32(text.length).u64(address).u32(objects);
      }
      return references.toBytes();
    }

    /** Reserves a collection's place now; it fills up before the file is written. */
    private void open(int size) {
      byte[] bytes = new byte[size];
      collection = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      collection.put(ascii("GCOL")).putInt(1).putLong(size);
      address = append(bytes);
      objects = 0;
    }
  }
}
