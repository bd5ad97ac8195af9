package io.github.lstm4j.io.hdf5;

import static io.github.lstm4j.io.hdf5.Hdf5Messages.UNDEFINED;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The children of a group: their names, and where their headers are. */
final class Links {
  /** In place of an address: a link to a path, in this file or another. */
  static final long NOT_FOLLOWED = -2;

  private static final int LINK_NAMES = 5; // the type of the B-tree
  private static final int BYTES = 100; // about what a child takes in memory

  private final Hdf5Storage storage;
  private final Map<String, Long> found = new LinkedHashMap<>();

  private Links(Hdf5Storage storage) {
    this.storage = storage;
  }

  /** The addresses of a group's children by their names; {@link #NOT_FOLLOWED} for links. */
  static Map<String, Long> of(Hdf5Storage storage, ObjectHeader group) throws IOException {
    Links links = new Links(storage);
    Cursor table = group.find(ObjectHeader.SYMBOL_TABLE);
    if (table != null) {
      links.symbolTable(table.address(), table.address());
      return links.found;
    }
    for (Cursor link : group.all(ObjectHeader.LINK)) {
      links.link(link);
    }
    Cursor info = group.find(ObjectHeader.LINK_INFO);
    if (info != null) {
      info.version(0);
      info.skip((info.u8() & 1) != 0 ? 8 : 0);
      long heapAddress = info.address();
      long names = info.address();
      if (names != UNDEFINED) {
        FractalHeap heap = new FractalHeap(storage, heapAddress);
        Tree2.visit(storage, names, LINK_NAMES, r -> links.link(heap.object(r.skip(4))));
      }
    }
    return links.found;
  }

  private void put(String name, long address) throws IOException {
    storage.take(BYTES + 2L * name.length(), "a group");
    if (name.isEmpty() || name.indexOf('/') >= 0 || found.putIfAbsent(name, address) != null) {
      throw new Hdf5Damage("the group has the name \"" + name + "\" twice, or it is none");
    }
  }

  private void symbolTable(long tree, long heap) throws IOException {
    int l = storage.lengthBytes();
    Cursor c = storage.at(heap, 8 + 2L * l + storage.addressBytes(), "heap of names");
    c.signature("HEAP");
    c.version(0);
    c.skip(3);
    long size = c.length();
    c.skip(l);
    Cursor names = storage.at(c.address(), size, "heap of names");
    Tree1.ofGroup(storage, tree, l, (key, child) -> symbolNode(child, names));
  }

  private void symbolNode(long address, Cursor names) throws IOException {
    Cursor head = storage.at(address, 8, "symbol node");
    head.signature("SNOD");
    head.version(1);
    int count = head.skip(1).u16();
    int entry = storage.lengthBytes() + storage.addressBytes() + 24;
    Cursor c = storage.at(address + 8, (long) count * entry, "symbol node");
    for (int i = 0; i < count; i++) {
      long offset = c.length();
      long header = c.address();
      boolean soft = c.u32() == 2;
      c.skip(20);
      Cursor name = storage.over(names.all(), "heap of names").skip(offset);
      put(name.text(name.remaining()), soft ? NOT_FOLLOWED : header);
    }
  }

  private void link(Cursor c) throws IOException {
    c.version(1);
    int flags = c.u8();
    int type = (flags & 8) != 0 ? c.u8() : 0;
    c.skip((flags & 4) != 0 ? 8 : 0);
    c.skip((flags & 16) != 0 ? 1 : 0);
    String name = c.text(c.size(1 << (flags & 3)));
    put(name, type == 0 ? c.address() : NOT_FOLLOWED);
  }
}
