package io.github.lstm4j.io.hdf5;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Where groups of many links and objects of many attributes keep them (chapter III.G). */
final class FractalHeap {
  private static final int HUGE_RECORD = 1; // the type of the B-tree of objects outside the blocks
  private static final int CHECKED_BLOCKS = 2; // a flag

  private record Huge(long address, long length) {}

  private final Hdf5Storage storage;
  private final int offsetBytes;
  private final int lengthBytes;
  private final boolean checkedBlocks;
  private final int width;
  private final long startBytes;
  private final long largestBlock;
  private final long root;
  private final int rootRows;
  private final long hugeTree;
  private final int idBytes;
  private final Map<Long, Huge> huge = new HashMap<>();
  private final Map<Long, Cursor> blocks = new HashMap<>();

  FractalHeap(Hdf5Storage storage, long address) throws IOException {
    this.storage = storage;
    int o = storage.addressBytes();
    int l = storage.lengthBytes();
    Cursor c = storage.at(address, 26 + 3L * o + 12L * l, "heap header");
    c.signature("FRHP");
    c.version(0);
    idBytes = c.u16();
    int filters = c.u16();
    int flags = c.u8();
    checkedBlocks = (flags & CHECKED_BLOCKS) != 0;
    long largestObject = c.u32();
    c.length();
    hugeTree = c.address();
    c.length();
    c.address();
    for (int i = 0; i < 8; i++) {
      c.length();
    }
    width = c.u16();
    startBytes = c.length();
    largestBlock = c.length();
    int bits = c.u16();
    c.u16();
    root = c.address();
    rootRows = c.u16();
    if (filters != 0) {
      throw new Hdf5Damage("a heap with filters is not supported");
    }
    c.checksum();
    if (bits < 1
        || bits > 64
        || width < 1
        || Long.bitCount(startBytes) != 1
        || Long.bitCount(largestBlock) != 1
        || startBytes > largestBlock) {
      throw new Hdf5Damage("the heap states blocks that are no powers of two");
    }
    offsetBytes = (bits + 7) / 8;
    lengthBytes = Math.min(Tree2.width(largestBlock), Tree2.width(largestObject));
  }

  /** The object with this identity. */
  Cursor object(Cursor id) throws IOException {
    int kind = (id.u8() >> 4) & 3;
    switch (kind) {
      case 0 -> {
        long at = id.size(offsetBytes);
        long length = id.size(lengthBytes);
        return rootRows == 0
            ? inBlock(root, startBytes, at, 0, length)
            : inRows(root, rootRows, 0, at, length, 0);
      }
      case 1 -> {
        return huge(id);
      }
      case 2 -> {
        int length = idBytes > 18 ? ((id.all().get(0) & 15) << 8) | id.u8() : id.all().get(0) & 15;
        return id.part(length + 1L);
      }
      default -> throw new Hdf5Damage("a heap object of kind " + kind + " is unknown");
    }
  }

  private Cursor huge(Cursor id) throws IOException {
    int o = storage.addressBytes();
    int l = storage.lengthBytes();
    Huge place;
    if (idBytes - 1 >= o + l) { // the place itself stands there
      place = new Huge(id.address(), id.length());
    } else {
      if (huge.isEmpty()) {
        Tree2.visit(
            storage,
            hugeTree,
            HUGE_RECORD,
            r -> {
              Huge found = new Huge(r.address(), r.length());
              huge.put(r.unsigned(l), found);
            });
      }
      place = huge.get(id.unsigned(Math.min(l, idBytes - 1)));
      if (place == null) {
        throw new Hdf5Damage("a heap object is not where it should be");
      }
    }
    return storage.at(place.address, place.length, "heap object");
  }

  private Cursor inBlock(long address, long size, long at, long start, long length)
      throws IOException {
    Cursor block = blocks.get(address);
    if (block == null) {
      block = storage.at(address, size, "heap block");
      block.signature("FHDB");
      block.version(0);
      block.skip(storage.addressBytes() + offsetBytes);
      if (checkedBlocks) {
        int where = block.position();
        int expected = (int) block.u32();
        block.all().putInt(where, 0); // as it was when the sum was made
        block.checksum((int) size, expected);
      }
      blocks.put(address, block);
    }
    return storage.over(block.all(), "heap object").skip(at - start).part(length);
  }

  /** An entry of an indirect block of so many entries. */
  private long child(long address, long entries, long entry) throws IOException {
    int o = storage.addressBytes();
    long head = 5L + o + offsetBytes;
    Cursor block = blocks.get(address);
    if (block == null) {
      block = storage.at(address, head + entries * o + 4, "heap block");
      block.signature("FHIB");
      block.version(0);
      block.skip(head - 5 + entries * o).checksum();
      blocks.put(address, block);
    }
    return storage.over(block.all(), "heap block").skip(head + entry * o).address();
  }

  /** In the block that covers offset {@code at}, below an indirect block that covers it. */
  private Cursor inRows(long address, int rows, long start, long at, long length, int depth)
      throws IOException {
    long from = start;
    long entry = 0;
    for (int row = 0; row < rows && depth < 64; row++) {
      long size = row == 0 ? startBytes : startBytes << (row - 1);
      if (size <= 0 || size > Long.MAX_VALUE / 2 / width) {
        break;
      }
      if (at < from + size * width) {
        long column = (at - from) / size;
        long child = child(address, (long) rows * width, entry + column);
        long first = from + column * size;
        if (size <= largestBlock) {
          return inBlock(child, size, at, first, length);
        }
        int more =
            Long.numberOfTrailingZeros(size) - Long.numberOfTrailingZeros(startBytes * width);
        return inRows(child, more + 1, first, at, length, depth + 1);
      }
      from += size * width;
      entry += width;
    }
    throw new Hdf5Damage("a heap object lies outside its heap");
  }
}
