package io.github.lstm4j.io.hdf5;

import static io.github.lstm4j.io.hdf5.Hdf5Messages.UNDEFINED;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Reads the elements of one dataset into an array, piece by piece from where they lie: nothing but
 * the array and a chunk is in memory.
 */
final class Elements {
  private final Hdf5Storage storage;
  private final Datatype type;
  private final Space space;
  private final int count;
  private float[] floats; // of a floating-point type, once they are made
  private long[] integers; // of an integer type, once they are made

  private Elements(Hdf5Storage storage, Datatype type, Space space) throws IOException {
    this.storage = storage;
    this.type = type;
    this.space = space;
    this.count = space.count();
    storage.take((long) count * (type.kind().isFloat() ? Float.BYTES : Long.BYTES), "data");
  }

  private void make() {
    if (type.kind().isFloat()) {
      floats = new float[count];
    } else {
      integers = new long[count];
    }
  }

  /** The dataset with this header, whose elements are numbers of this type. */
  static Hdf5Array read(Hdf5Storage storage, ObjectHeader header, Datatype type, Space space)
      throws IOException {
    if (header.has(ObjectHeader.EXTERNAL_FILES)) {
      throw new Hdf5Damage("its data lies in other files, which are not read");
    }
    Cursor message = header.find(ObjectHeader.LAYOUT);
    if (message == null) {
      throw new Hdf5Damage("it does not say where its data lies");
    }
    Layout layout = Layout.of(message, space.rank(), type.bytes());
    return new Elements(storage, type, space).read(layout, header);
  }

  /** The elements of an attribute, which stand in its message. */
  static Hdf5Array read(Hdf5Storage storage, Cursor data, Datatype type, Space space)
      throws IOException {
    Elements elements = new Elements(storage, type, space);
    elements.make();
    elements.put(data.buffer((long) elements.count * type.bytes()), 0, elements.count);
    return elements.array();
  }

  private Hdf5Array array() throws IOException {
    int[] dims = space.dims();
    if (floats != null) {
      return Hdf5Array.of(floats, dims);
    }
    boolean narrow = type.kind() == Datatype.Kind.SIGNED ? type.bytes() <= 4 : type.bytes() < 4;
    return Hdf5Array.of(narrow ? Hdf5Array.Type.INT32 : Hdf5Array.Type.INT64, integers, dims);
  }

  private Hdf5Array read(Layout layout, ObjectHeader header) throws IOException {
    Filters filters = Filters.of(header.find(ObjectHeader.FILTERS));
    boolean contiguous = layout.kind() == Layout.Kind.CONTIGUOUS && layout.address() != UNDEFINED;
    long needed = (long) count * type.bytes();
    if (contiguous && layout.bytes() < needed) {
      throw new Hdf5Damage(
          "it has " + layout.bytes() + " bytes of data, but its shape needs " + needed);
    }
    if (contiguous && count > 0 && type.kind().isFloat()) {
      return storage.floats(layout.address(), type, space.dims());
    }
    make();
    if (count > 0) {
      if (contiguous) {
        contiguous(layout.address());
      } else if (layout.kind() == Layout.Kind.COMPACT) {
        put(layout.compact().buffer(needed), 0, count);
      } else { // in chunks, or never written
        fill(header);
        if (layout.kind() == Layout.Kind.CHUNKED) {
          chunked(layout, filters);
        }
      }
    }
    return array();
  }

  private void contiguous(long address) throws IOException {
    int[] at = {0};
    storage.read(
        address,
        (long) count * type.bytes(),
        bytes -> {
          int n = bytes.remaining() / type.bytes();
          put(bytes, at[0], n);
          at[0] += n;
        });
  }

  /** Elements from a buffer to {@code at}. */
  private void put(ByteBuffer from, int at, int n) throws IOException {
    from.order(type.order());
    if (floats != null) {
      type.floats().decode(from, from.position(), n, floats, at);
      return;
    }
    for (int i = at; i < at + n; i++) {
      integers[i] = type.integer(from);
    }
  }

  /** Every element that is never written has the fill value, 0 if the file says none. */
  private void fill(ObjectHeader header) throws IOException {
    ByteBuffer value = null;
    Cursor c = header.find(ObjectHeader.FILL_VALUE);
    if (c != null) {
      int version = c.u8();
      boolean defined;
      if (version == 3) {
        defined = (c.u8() & 0x20) != 0;
      } else if (version == 1 || version == 2) {
        defined = c.skip(2).u8() != 0;
      } else {
        throw new Hdf5Damage("a fill value of version " + version + " is unknown");
      }
      value = defined ? c.buffer(c.u32()) : null;
    } else if (header.has(ObjectHeader.OLD_FILL_VALUE)) {
      c = header.find(ObjectHeader.OLD_FILL_VALUE);
      value = c.buffer(c.u32());
    }
    if (value == null || value.remaining() == 0) {
      return;
    }
    if (value.remaining() != type.bytes()) {
      throw new Hdf5Damage(
          "a fill value of " + value.remaining() + " bytes for elements of " + type.bytes());
    }
    put(value, 0, 1);
    if (floats != null) {
      Arrays.fill(floats, floats[0]);
    } else {
      Arrays.fill(integers, integers[0]);
    }
  }

  private void chunked(Layout layout, Filters filters) throws IOException {
    Set<Long> seen = new HashSet<>();
    int[] dims = space.dims();
    Chunks.visit(
        storage,
        layout,
        space,
        !filters.isEmpty(),
        (place, address, bytes, skipped) -> {
          long number = 0;
          for (int i = 0; i < dims.length; i++) {
            number = number * dims[i] + place[i];
          }
          storage.take(64, "a chunk");
          if (!seen.add(number)) {
            throw new Hdf5Damage("its index has the chunk at " + Arrays.toString(place) + " twice");
          }
          chunk(layout, filters, place, address, bytes, skipped);
        });
  }

  private void chunk(
      Layout layout, Filters filters, long[] place, long address, long bytes, long skipped)
      throws IOException {
    int rank = place.length;
    int[] dims = space.dims();
    int[] side = layout.chunk();
    int[] from = new int[rank];
    int[] inside = new int[rank]; // of each side, what lies within the dataset
    long useful = type.bytes();
    boolean edge = false;
    for (int i = 0; i < rank; i++) {
      from[i] = (int) (place[i] * side[i]);
      inside[i] = Math.min(side[i], dims[i] - from[i]);
      useful *= inside[i];
      edge |= inside[i] < side[i];
    }
    int size = (int) layout.chunkBytes();
    storage.check(2L * size + bytes, "a chunk of data");
    storage.take(size - useful, "a chunk of data"); // what is unpacked for nothing
    if ((filters.isEmpty() && bytes < size) || bytes > Integer.MAX_VALUE - 16) {
      throw new Hdf5Damage("a chunk of " + bytes + " bytes, where its shape needs " + size);
    }
    byte[] packed = new byte[(int) (filters.isEmpty() ? size : bytes)];
    storage.read(address, ByteBuffer.wrap(packed), "chunk");
    boolean plain = edge && layout.plainEdges();
    byte[] data = plain ? packed : filters.decode(packed, skipped, size);
    if (data.length < size) {
      throw new Hdf5Damage("a chunk of " + data.length + " bytes, where its shape needs " + size);
    }
    rows(ByteBuffer.wrap(data), dims, side, from, inside);
  }

  /** Copies a chunk's rows, less what lies past the dataset's edge. */
  private void rows(ByteBuffer data, int[] dims, int[] side, int[] from, int[] inside)
      throws IOException {
    int rank = dims.length;
    int row = rank == 0 ? 1 : inside[rank - 1];
    int[] index = new int[rank];
    while (true) {
      int source = 0;
      int target = 0;
      for (int i = 0; i < rank; i++) {
        source = source * side[i] + index[i];
        target = target * dims[i] + from[i] + index[i];
      }
      data.limit((source + row) * type.bytes()).position(source * type.bytes());
      put(data.slice(), target, row);
      int axis = rank - 2;
      while (axis >= 0 && ++index[axis] == inside[axis]) {
        index[axis--] = 0;
      }
      if (axis < 0) {
        return;
      }
    }
  }
}
