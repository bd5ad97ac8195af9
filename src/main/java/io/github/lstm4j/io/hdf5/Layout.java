package io.github.lstm4j.io.hdf5;

import static io.github.lstm4j.io.hdf5.Hdf5Messages.UNDEFINED;

import java.io.IOException;

/** How the elements of a dataset lie in the file (chapter IV.A.2.i). */
final class Layout {
  /** The kinds of layout. */
  enum Kind {
    /** In the object header. */
    COMPACT,
    /** In one piece. */
    CONTIGUOUS,
    /** In blocks of one shape, each of which may be packed. */
    CHUNKED
  }

  /** How chunks are found. */
  enum Index {
    TREE1,
    SINGLE,
    IMPLICIT,
    FIXED_ARRAY,
    EXTENSIBLE_ARRAY,
    TREE2
  }

  private static final int PLAIN_EDGES = 1; // flags: chunks that reach past the edge are not packed
  private static final int SINGLE_PACKED = 2;

  private final Kind kind;
  private Cursor compact;
  private long address = UNDEFINED;
  private long bytes;
  private Index index;
  private int[] chunk;
  private long chunkBytes;
  private boolean plainEdges;
  private long singleBytes;
  private long singleSkipped;

  private Layout(Kind kind) {
    this.kind = kind;
  }

  static Layout of(Cursor c, int rank, int elementBytes) throws IOException {
    int version = c.u8();
    if (version < 1 || version > 4) {
      throw new Hdf5Damage("a data layout of version " + version + " is unknown");
    }
    int dimensions = version < 3 ? c.u8() : 0;
    int kind = c.u8();
    if (kind > 2) {
      throw new Hdf5Damage(
          kind == 3
              ? "its data lies in other datasets (virtual layout), which is not supported"
              : "a data layout of class " + kind + " is unknown");
    }
    Layout layout = new Layout(Kind.values()[kind]);
    if (version < 3) {
      layout.old(c.skip(5), dimensions, rank, elementBytes);
      return layout;
    }
    switch (layout.kind) {
      case COMPACT -> layout.compact = c.part(c.u16());
      case CONTIGUOUS -> {
        layout.address = c.address();
        layout.bytes = c.length();
      }
      case CHUNKED -> {
        int flags = version == 4 ? c.u8() : 0;
        int ndims = c.u8();
        if (version == 3) {
          layout.address = c.address();
        }
        int width = version == 4 ? c.u8() : 4;
        layout.chunk(c, ndims, width, rank, elementBytes);
        layout.index = Index.TREE1;
        if (version == 4) {
          layout.newIndex(c, flags);
        }
      }
    }
    return layout;
  }

  private void old(Cursor c, int dimensions, int rank, int elementBytes) throws IOException {
    if (kind != Kind.COMPACT) {
      address = c.address();
    }
    if (kind == Kind.CHUNKED) {
      chunk(c, dimensions, 4, rank, elementBytes);
      index = Index.TREE1;
      return;
    }
    bytes = elementBytes;
    for (int i = 0; i < dimensions; i++) {
      long d = c.u32();
      if (d > 0 && bytes > Long.MAX_VALUE / d) {
        throw new Hdf5Damage("its data layout states more bytes than a file can have");
      }
      bytes *= d;
    }
    if (kind == Kind.COMPACT) {
      compact = c.part(c.u32());
    }
  }

  private void chunk(Cursor c, int dimensions, int width, int rank, int elementBytes)
      throws IOException {
    if (dimensions != rank + 1 || width < 1 || width > 8) {
      throw new Hdf5Damage(
          "its chunks have " + (dimensions - 1) + " dimensions, but it has " + rank);
    }
    chunk = new int[rank];
    chunkBytes = elementBytes;
    for (int i = 0; i < rank; i++) {
      long d = c.size(width);
      if (d < 1 || d > Integer.MAX_VALUE || chunkBytes > Integer.MAX_VALUE / d) {
        throw new Hdf5Damage("its chunks have a side of " + d + ", which no chunk can have");
      }
      chunk[i] = (int) d;
      chunkBytes *= d;
    }
    long element = c.size(width);
    if (element != elementBytes) {
      throw new Hdf5Damage(
          "its chunks hold elements of " + element + " bytes, but it has those of " + elementBytes);
    }
  }

  private void newIndex(Cursor c, int flags) throws IOException {
    plainEdges = (flags & PLAIN_EDGES) != 0;
    int type = c.u8();
    if (type < 1 || type > 5) {
      throw new Hdf5Damage("an index of chunks of type " + type + " is unknown");
    }
    index = Index.values()[type];
    switch (index) {
      case SINGLE -> {
        if ((flags & SINGLE_PACKED) != 0) {
          singleBytes = c.length();
          singleSkipped = c.u32();
        }
      }
      case FIXED_ARRAY -> c.skip(1);
      case EXTENSIBLE_ARRAY -> c.skip(5);
      case TREE2 -> c.skip(6);
      default -> {
        // nothing more
      }
    }
    address = c.address();
  }

  Kind kind() {
    return kind;
  }

  /** The elements of a compact layout. */
  Cursor compact() {
    return compact;
  }

  /** Where the elements or the index of the chunks are; undefined if nothing was written. */
  long address() {
    return address;
  }

  /** The bytes of a contiguous layout. */
  long bytes() {
    return bytes;
  }

  Index index() {
    return index;
  }

  /** The elements along each side of a chunk. */
  int[] chunk() {
    return chunk;
  }

  /** The size of an unpacked chunk. */
  long chunkBytes() {
    return chunkBytes;
  }

  /** Whether chunks that reach past the dataset's edge are not packed. */
  boolean plainEdges() {
    return plainEdges;
  }

  /** The size of a single chunk. */
  long singleBytes() {
    return singleBytes;
  }

  /** The filters that were not applied to a single chunk. */
  long singleSkipped() {
    return singleSkipped;
  }
}
