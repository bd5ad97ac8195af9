package io.github.lstm4j.io.hdf5;

import static io.github.lstm4j.io.hdf5.Hdf5Messages.UNDEFINED;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Where the chunks of a dataset lie, by any of the format's indexes (chapters III.A and VII).
 *
 * <p>An index either states each chunk's place in the dataset, or has one entry for each place in
 * row-major order, counted over the largest extent that the dataset may grow to.
 */
final class Chunks {
  /** Meets the chunks that were written. */
  interface Visitor {
    /**
     * One chunk.
     *
     * @param place its first element's index, in chunks, along each axis
     * @param bytes its size in the file
     * @param skipped bit i: filter i was not applied to it
     */
    void chunk(long[] place, long address, long bytes, long skipped) throws IOException;
  }

  private final Hdf5Storage storage;
  private final Layout layout;
  private final Space space;
  private final boolean filtered;
  private final Visitor visitor;
  private final int rank;
  private final int sizeBytes; // of a packed chunk's size in newer indexes
  private long next; // the place of the next entry of an index that goes by order

  private Chunks(
      Hdf5Storage storage, Layout layout, Space space, boolean filtered, Visitor visitor) {
    this.storage = storage;
    this.layout = layout;
    this.space = space;
    this.filtered = filtered;
    this.visitor = visitor;
    this.rank = space.rank();
    this.sizeBytes = filtered ? Math.min(8, 1 + (log2(layout.chunkBytes()) + 8) / 8) : 0;
  }

  private static int log2(long n) {
    return 63 - Long.numberOfLeadingZeros(Math.max(1, n));
  }

  /** Visits the chunks that were written. */
  static void visit(
      Hdf5Storage storage, Layout layout, Space space, boolean filtered, Visitor visitor)
      throws IOException {
    if (layout.address() != UNDEFINED) {
      new Chunks(storage, layout, space, filtered, visitor).index();
    }
  }

  private void index() throws IOException {
    switch (layout.index()) {
      case TREE1 ->
          Tree1.ofChunks(
              storage,
              layout.address(),
              rank,
              (key, child) -> {
                long bytes = key.u32();
                long skipped = key.u32();
                long[] place = new long[rank];
                for (int i = 0; i < rank; i++) {
                  place[i] = key.size(8) / layout.chunk()[i];
                }
                chunk(place, child, bytes, skipped);
              });
      case SINGLE ->
          chunk(
              new long[rank],
              layout.address(),
              filtered ? layout.singleBytes() : layout.chunkBytes(),
              layout.singleSkipped());
      case IMPLICIT -> {
        long count = entries();
        storage.check(count * layout.chunkBytes(), "data"); // all of it is in the file
        for (long i = 0; i < count; i++) {
          chunk(place(i), layout.address() + i * layout.chunkBytes(), layout.chunkBytes(), 0);
        }
      }
      case FIXED_ARRAY -> fixedArray();
      case EXTENSIBLE_ARRAY -> extensibleArray();
      case TREE2 ->
          Tree2.visit(
              storage,
              layout.address(),
              filtered ? 11 : 10,
              r -> {
                long address = r.address();
                long bytes = filtered ? r.size(sizeBytes) : layout.chunkBytes();
                long skipped = filtered ? r.u32() : 0;
                long[] place = new long[rank];
                for (int i = 0; i < rank; i++) {
                  place[i] = r.size(8);
                }
                chunk(place, address, bytes, skipped);
              });
    }
  }

  private void chunk(long[] place, long address, long bytes, long skipped) throws IOException {
    for (int i = 0; i < rank; i++) {
      if (place[i] >= chunksNow(i)) {
        return; // left over from when the dataset was larger
      }
    }
    if (address != UNDEFINED) {
      visitor.chunk(place, address, bytes, skipped);
    }
  }

  private long chunksNow(int axis) throws IOException {
    return (space.dims()[axis] + (long) layout.chunk()[axis] - 1) / layout.chunk()[axis];
  }

  /** The chunks along an axis when the dataset has grown; of an axis without bound, as now. */
  private long chunksEver(int axis) throws IOException {
    long largest = space.largest(axis);
    if (largest < 0) {
      return chunksNow(axis);
    }
    int side = layout.chunk()[axis];
    return Math.max(1, largest / side + (largest % side == 0 ? 0 : 1));
  }

  /** The number of entries of an index that goes by order. */
  private long entries() throws IOException {
    long count = 1;
    for (int i = 0; i < rank; i++) {
      long n = chunksEver(i);
      if (count > Integer.MAX_VALUE / n) {
        throw new Hdf5Damage("an index of more than 2147483647 chunks");
      }
      count *= n;
    }
    return count;
  }

  /** The axis without bound goes slowest. */
  private long[] place(long entry) throws IOException {
    int slowest = 0;
    for (int i = 0; i < rank; i++) {
      if (space.largest(i) < 0) {
        slowest = i;
      }
    }
    long[] place = new long[rank];
    long rest = entry;
    for (int i = rank - 1; i >= 0; i--) {
      if (i != slowest) {
        place[i] = rest % chunksEver(i);
        rest /= chunksEver(i);
      }
    }
    if (rank > 0) {
      place[slowest] = rest;
    }
    return place;
  }

  /** The next entry of an array, unpacked or packed. */
  private void entry(Cursor c) throws IOException {
    long address = c.address();
    long bytes = filtered ? c.size(sizeBytes) : layout.chunkBytes();
    long skipped = filtered ? c.u32() : 0;
    chunk(place(next++), address, bytes, skipped);
  }

  private int entryBytes() {
    return storage.addressBytes() + (filtered ? sizeBytes + 4 : 0);
  }

  private void checkEntry(int client, int bytes) throws IOException {
    if (client != (filtered ? 1 : 0) || bytes != entryBytes()) {
      throw new Hdf5Damage(
          "an index of chunks has entries of " + bytes + " bytes instead of " + entryBytes());
    }
  }

  private void fixedArray() throws IOException {
    int o = storage.addressBytes();
    Cursor c = storage.at(layout.address(), 12 + o + storage.lengthBytes(), "index of chunks");
    c.signature("FAHD");
    c.version(0);
    int client = c.u8();
    checkEntry(client, c.u8());
    int pageBits = c.u8();
    long count = c.length();
    long block = c.address();
    c.checksum();
    if (pageBits > 30 || count != entries()) {
      throw new Hdf5Damage("an index of " + count + " chunks where there are " + entries());
    }
    if (block == UNDEFINED) {
      return;
    }
    long perPage = 1L << pageBits;
    boolean paged = count > perPage;
    long pages = paged ? (count + perPage - 1) / perPage : 0;
    long bytes = 6 + o + (paged ? (pages + 7) / 8 : count * entryBytes());
    Cursor data = storage.at(block, bytes + 4, "index of chunks");
    data.signature("FADB");
    data.version(0);
    data.skip(1 + o);
    Cursor body = data.part(bytes - 6 - o);
    data.checksum();
    if (!paged) {
      entries(body, count);
      return;
    }
    pages(body.all(), 0, block + bytes + 4, count, perPage);
  }

  private void entries(Cursor c, long count) throws IOException {
    for (long i = 0; i < count; i++) {
      entry(c);
    }
  }

  /**
   * Pages that follow each other, each with its checksum.
   *
   * @param written a bit for each page: whether it was
   * @param firstBit of the first page
   */
  private void pages(ByteBuffer written, long firstBit, long address, long count, long perPage)
      throws IOException {
    for (long done = 0, bit = firstBit; done < count; bit++) {
      long n = Math.min(perPage, count - done);
      if (((written.get((int) (bit / 8)) >> (7 - bit % 8)) & 1) != 0) {
        Cursor c = storage.at(address, n * entryBytes() + 4, "index of chunks");
        Cursor body = c.part(n * entryBytes());
        c.checksum();
        entries(body, n);
      } else {
        next += n;
      }
      address += n * entryBytes() + 4;
      done += n;
    }
  }

  private void extensibleArray() throws IOException {
    int o = storage.addressBytes();
    Cursor c = storage.at(layout.address(), 16 + o + 6L * storage.lengthBytes(), "index of chunks");
    c.signature("EAHD");
    c.version(0);
    int client = c.u8();
    checkEntry(client, c.u8());
    int countBits = c.u8();
    int inIndex = c.u8();
    int least = c.u8();
    int leastPointers = c.u8();
    int pageBits = c.u8();
    for (int i = 0; i < 4; i++) {
      c.length();
    }
    final long used = c.length(); // entries up to the last one that was written
    c.length();
    long block = c.address();
    c.checksum();
    if (countBits > 63
        || pageBits > 30
        || Integer.bitCount(least) != 1
        || Integer.bitCount(leastPointers) != 1
        || countBits < log2(least)) {
      throw new Hdf5Damage("an index of chunks states sizes that are no powers of two");
    }
    if (block == UNDEFINED) {
      return;
    }
    int supers = 1 + countBits - log2(least);
    int direct = Math.min(supers, 2 * log2(leastPointers));
    int blocks = 2 * (leastPointers - 1);
    long bytes = 6 + o + (long) inIndex * entryBytes() + ((long) blocks + supers - direct) * o;
    Cursor index = storage.at(block, bytes + 4, "index of chunks");
    index.signature("EAIB");
    index.version(0);
    index.skip(1 + o);
    Cursor first = index.part((long) inIndex * entryBytes());
    Cursor places = index.part(bytes - 6 - o - (long) inIndex * entryBytes());
    index.checksum();
    entries(first, Math.min(inIndex, used));
    int offsetBytes = (countBits + 7) / 8;
    for (int s = 0; s < supers && next < used; s++) {
      long n = 1L << (s / 2);
      long size = (1L << ((s + 1) / 2)) * least;
      long perPage = 1L << pageBits;
      long pages = size > perPage ? size / perPage : 0;
      if (s < direct) {
        for (long i = 0; i < n; i++) {
          dataBlock(places.address(), size, offsetBytes, null, 0, perPage);
        }
        continue;
      }
      long at = places.address();
      if (at == UNDEFINED) {
        next += n * size;
        continue;
      }
      long maskBytes = pages > 0 ? (pages + 7) / 8 : 0;
      long body = 6 + o + offsetBytes + n * maskBytes + n * o;
      Cursor superBlock = storage.at(at, body + 4, "index of chunks");
      superBlock.signature("EASB");
      superBlock.version(0);
      superBlock.skip(1 + o + offsetBytes);
      ByteBuffer written = pages > 0 ? superBlock.buffer(n * maskBytes) : null;
      Cursor data = superBlock.part(n * o);
      superBlock.checksum();
      for (long i = 0; i < n; i++) {
        dataBlock(data.address(), size, offsetBytes, written, i * pages, perPage);
      }
    }
  }

  /** A block of {@code size} entries, in pages if {@code written} says which of them there are. */
  private void dataBlock(
      long address, long size, int offsetBytes, ByteBuffer written, long firstBit, long perPage)
      throws IOException {
    if (address == UNDEFINED) {
      next += size;
      return;
    }
    int o = storage.addressBytes();
    long head = 6L + o + offsetBytes;
    long body = written == null ? size * entryBytes() : 0;
    Cursor c = storage.at(address, head + body + 4, "index of chunks");
    c.signature("EADB");
    c.version(0);
    c.skip(head - 5);
    Cursor entries = c.part(body);
    c.checksum();
    if (written == null) {
      entries(entries, size);
    } else {
      pages(written, firstBit, address + head + 4, size, perPage);
    }
  }
}
