package io.github.lstm4j.io.hdf5;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/** A B-tree of version 1: of a group's symbol nodes, or of a dataset's chunks (chapter III.A.1). */
final class Tree1 {
  /** Meets the tree's entries in order. */
  interface Visitor {
    /**
     * One entry of a leaf.
     *
     * @param key what stands before the child
     */
    void entry(Cursor key, long child) throws IOException;
  }

  private final Hdf5Storage storage;
  private final int type;
  private final int keyBytes;
  private final Visitor visitor;
  private final Set<Long> visited = new HashSet<>();

  private Tree1(Hdf5Storage storage, int type, int keyBytes, Visitor visitor) {
    this.storage = storage;
    this.type = type;
    this.keyBytes = keyBytes;
    this.visitor = visitor;
  }

  /** Visits a group's symbol nodes. */
  static void ofGroup(Hdf5Storage storage, long address, int lengthBytes, Visitor visitor)
      throws IOException {
    new Tree1(storage, 0, lengthBytes, visitor).node(address, -1);
  }

  /** Visits the chunks of a dataset of this rank. */
  static void ofChunks(Hdf5Storage storage, long address, int rank, Visitor visitor)
      throws IOException {
    new Tree1(storage, 1, 8 + 8 * (rank + 1), visitor).node(address, -1);
  }

  private void node(long address, int expectedLevel) throws IOException {
    if (!visited.add(address)) {
      throw new Hdf5Damage("the B-tree has a node twice");
    }
    int head = 8 + 2 * storage.addressBytes();
    Cursor c = storage.at(address, head, "B-tree node");
    c.signature("TREE");
    int found = c.u8();
    int level = c.u8();
    if (found != type || (expectedLevel >= 0 && level != expectedLevel)) {
      throw new Hdf5Damage("the B-tree has a node of type " + found + ", level " + level);
    }
    int entries = c.u16();
    Cursor body =
        storage.at(
            address + head, (long) entries * (keyBytes + storage.addressBytes()), "B-tree node");
    for (int i = 0; i < entries; i++) {
      Cursor key = body.part(keyBytes);
      long child = body.address();
      if (level > 0) {
        node(child, level - 1);
      } else {
        visitor.entry(key, child);
      }
    }
  }
}
