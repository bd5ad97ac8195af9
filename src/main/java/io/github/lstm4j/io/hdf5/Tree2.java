package io.github.lstm4j.io.hdf5;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/** A B-tree of version 2, of records of one size (chapter III.A.2). */
final class Tree2 {
  /** Meets the tree's records. */
  interface Visitor {
    /** One record. */
    void record(Cursor record) throws IOException;
  }

  private static final int OVERHEAD = 10; // of a node: signature, version, type, checksum

  private final Hdf5Storage storage;
  private final int type;
  private final int recordBytes;
  private final long nodeBytes;
  private final int[] countBytes; // of the number of all records below a child, by its depth
  private final int mostBytes; // of the number of records in a child
  private final Visitor visitor;
  private final Set<Long> visited = new HashSet<>();

  private Tree2(Hdf5Storage storage, long address, int type, Visitor visitor) throws IOException {
    this.storage = storage;
    this.type = type;
    this.visitor = visitor;
    Cursor c =
        storage.at(address, 22 + storage.addressBytes() + storage.lengthBytes(), "B-tree header");
    c.signature("BTHD");
    c.version(0);
    int found = c.u8();
    if (found != type) {
      throw new Hdf5Damage("expected a B-tree of type " + type + ", got " + found);
    }
    nodeBytes = c.u32();
    recordBytes = c.u16();
    int depth = c.u16();
    c.skip(2);
    long root = c.address();
    int records = c.u16();
    c.length();
    c.checksum();
    if (recordBytes == 0 || depth > 32 || nodeBytes < OVERHEAD + recordBytes) {
      throw new Hdf5Damage(
          "the B-tree states records of " + recordBytes + " bytes in a depth of " + depth);
    }
    long most = (nodeBytes - OVERHEAD) / recordBytes;
    mostBytes = width(most);
    countBytes = new int[depth + 1];
    double all = most;
    for (int d = 1; d <= depth; d++) {
      int pointer = storage.addressBytes() + mostBytes + countBytes[d - 1];
      long here = (nodeBytes - OVERHEAD - pointer) / (recordBytes + pointer);
      all = (here + 1) * all + here;
      countBytes[d] = all >= Long.MAX_VALUE ? 8 : width((long) all);
    }
    if (root != Hdf5Messages.UNDEFINED) {
      node(root, depth, records);
    }
  }

  /** Visits all records of the tree at {@code address}. */
  static void visit(Hdf5Storage storage, long address, int type, Visitor visitor)
      throws IOException {
    new Tree2(storage, address, type, visitor);
  }

  /** The bytes that hold numbers of up to {@code n}. */
  static int width(long n) {
    return (63 - Long.numberOfLeadingZeros(Math.max(1, n))) / 8 + 1;
  }

  private void node(long address, int depth, int records) throws IOException {
    if (!visited.add(address)) {
      throw new Hdf5Damage("the B-tree has a node twice");
    }
    int pointer = storage.addressBytes() + mostBytes + (depth > 0 ? countBytes[depth - 1] : 0);
    long used =
        OVERHEAD + (long) records * recordBytes + (depth > 0 ? pointer * (records + 1L) : 0);
    if (used > nodeBytes) {
      throw new Hdf5Damage("a B-tree node states " + records + " records, more than fit it");
    }
    Cursor c = storage.at(address, used, "B-tree node");
    c.signature(depth > 0 ? "BTIN" : "BTLF");
    c.version(0);
    int found = c.u8();
    if (found != type) {
      throw new Hdf5Damage("expected a B-tree node of type " + type + ", got " + found);
    }
    for (int i = 0; i < records; i++) {
      visitor.record(c.part(recordBytes));
    }
    long[] children = new long[depth > 0 ? records + 1 : 0];
    int[] counts = new int[children.length];
    for (int i = 0; i < children.length; i++) {
      children[i] = c.address();
      counts[i] = (int) Math.min(Integer.MAX_VALUE, c.size(mostBytes));
      c.skip(countBytes[depth - 1]);
    }
    c.checksum();
    for (int i = 0; i < children.length; i++) {
      node(children[i], depth - 1, counts[i]);
    }
  }
}
