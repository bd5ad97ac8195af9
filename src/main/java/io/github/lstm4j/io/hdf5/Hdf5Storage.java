package io.github.lstm4j.io.hdf5;

import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.io.StoredFloats;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The bytes of an HDF5 file behind its superblock, which says where the root group is. Addresses
 * count from the superblock: a user's own block of 512, 1024, … bytes may come before it.
 */
final class Hdf5Storage {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};

  private static final int PAGE = 1 << 12;
  private static final int MOST_PAGES = 64;

  private final FileWindow window;
  private final ReadBudget budget;
  private final long base;
  private final int addressBytes;
  private final int lengthBytes;
  private final long root;
  private final Map<Long, byte[]> pages = new LinkedHashMap<>(); // by their numbers, oldest first
  private final Map<Long, Map<Integer, Cursor>> heaps = new HashMap<>();
  private final List<Later> later = new ArrayList<>();
  private String reading = "";

  /**
   * Reads the superblock.
   *
   * @throws IOException if it is not there, or states more bytes than there are; the message does
   *     not name the file
   */
  Hdf5Storage(FileWindow window, ReadBudget budget) throws IOException {
    this.window = window;
    this.budget = budget;
    this.base = superblock(window);
    long size = window.size();
    if (size < base + 48) {
      throw new Hdf5Damage("HDF5 file cut short: only " + size + " bytes");
    }
    ByteBuffer head = ByteBuffer.allocate((int) Math.min(size - base, 128));
    window.read(base, head);
    head.flip();
    int version = Byte.toUnsignedInt(head.get(8));
    boolean old = version < 2;
    if (version > 3) {
      throw new Hdf5Damage("superblock of version " + version + ", which is unknown");
    }
    addressBytes = head.get(old ? 13 : 9);
    lengthBytes = head.get(old ? 14 : 10);
    if (!isWidth(addressBytes) || !isWidth(lengthBytes)) {
      throw new Hdf5Damage(
          "addresses of "
              + addressBytes
              + " and lengths of "
              + lengthBytes
              + " bytes: expected 2,"
              + " 4 or 8");
    }
    Cursor c = new Cursor(head, "superblock", addressBytes, lengthBytes);
    c.skip(old ? version == 1 ? 28 : 24 : 12);
    long stated = c.address(); // where the superblock was when the file was written
    c.address();
    long end = c.address();
    if (end < 0 || end - Math.max(0, stated) > size - base) {
      throw new Hdf5Damage(
          "HDF5 file cut short: its header says " + end + " bytes, but there are " + size);
    }
    if (old) {
      c.address();
      c.skip(lengthBytes); // the root's name
      root = c.address();
    } else {
      root = c.address();
      c.checksum();
    }
  }

  private static boolean isWidth(int bytes) {
    return bytes == 2 || bytes == 4 || bytes == 8;
  }

  private static long superblock(FileWindow window) throws IOException {
    byte[] found = new byte[SIGNATURE.length];
    for (long at = 0; at + found.length <= window.size(); at = Math.max(512, at * 2)) {
      window.read(at, ByteBuffer.wrap(found));
      if (Arrays.equals(found, SIGNATURE)) {
        return at;
      }
    }
    throw new Hdf5Damage(
        "not an HDF5 file: " + window.size() + " bytes that do not begin with \\x89HDF");
  }

  /** The address of the root group. */
  long root() {
    return root;
  }

  /** From now on, what is read is for the object at this path. */
  void reads(String path) {
    reading = path;
  }

  /** Counts bytes that are about to be filled. */
  void take(long bytes, String what) throws IOException {
    budget.take(bytes, () -> named(what));
  }

  /** As {@link #take}, for what is not kept. */
  void check(long bytes, String what) throws IOException {
    budget.check(bytes, named(what));
  }

  private String named(String what) {
    return "\"" + reading + "\" (" + what + ")";
  }

  int addressBytes() {
    return addressBytes;
  }

  int lengthBytes() {
    return lengthBytes;
  }

  /** A structure; its bytes count. */
  Cursor at(long address, long length, String what) throws IOException {
    checkPlace(address, length, what);
    if (length > Integer.MAX_VALUE - 16) {
      throw new Hdf5Damage("the " + what + " states " + length + " bytes");
    }
    take(length, what);
    byte[] bytes = new byte[(int) length];
    if (length > PAGE) {
      window.read(base + address, ByteBuffer.wrap(bytes));
    } else {
      near(base + address, bytes);
    }
    return over(ByteBuffer.wrap(bytes), what);
  }

  /** Structures are small and lie beside one another: they are read by the page. */
  private void near(long address, byte[] bytes) throws IOException {
    for (int done = 0; done < bytes.length; ) {
      byte[] page = page((address + done) / PAGE);
      int from = (int) ((address + done) % PAGE);
      int count = Math.min(bytes.length - done, page.length - from);
      System.arraycopy(page, from, bytes, done, count);
      done += count;
    }
  }

  private byte[] page(long number) throws IOException {
    byte[] page = pages.get(number);
    if (page == null) {
      page = new byte[(int) Math.min(PAGE, window.size() - number * PAGE)];
      window.read(number * PAGE, ByteBuffer.wrap(page));
      pages.put(number, page);
      if (pages.size() > MOST_PAGES) {
        pages.remove(pages.keySet().iterator().next());
      }
    }
    return page;
  }

  /** A global heap by its address, if it was read before; else null. */
  Map<Integer, Cursor> heap(long address) {
    return heaps.get(address);
  }

  /** Keeps a global heap: many texts lie in one. */
  void keepHeap(long address, Map<Integer, Cursor> heap) {
    heaps.put(address, heap);
  }

  /** A structure that has been read. */
  Cursor over(ByteBuffer bytes, String what) {
    return new Cursor(bytes, what, addressBytes, lengthBytes);
  }

  /** An array of so many fractions, already counted, which it gets when {@link #later} is read. */
  Hdf5Array floats(long address, Datatype type, int[] dims) throws IOException {
    Hdf5Array array = Hdf5Array.unread(dims);
    int count = array.shape().size();
    checkPlace(address, (long) count * type.bytes(), "data");
    StoredFloats from =
        new StoredFloats(window, base + address, count, type.floats(), type.order());
    later.add(new Later(reading, from, array));
    return array;
  }

  /** What is still to be read. */
  List<Later> later() {
    return later;
  }

  /** Elements of the dataset at a path, and where they go. */
  static final class Later {
    private final String path;
    private final StoredFloats from;
    private final Hdf5Array into;

    Later(String path, StoredFloats from, Hdf5Array into) {
      this.path = path;
      this.from = from;
      this.into = into;
    }

    String path() {
      return path;
    }

    void read() throws IOException {
      into.fill(from.all());
    }
  }

  /** Bytes that are already counted, piece by piece. */
  void read(long address, long bytes, FileWindow.Taker taker) throws IOException {
    checkPlace(address, bytes, "data");
    window.read(base + address, bytes, taker);
  }

  /** Fills a buffer that is already counted. */
  void read(long address, ByteBuffer into, String what) throws IOException {
    checkPlace(address, into.remaining(), what);
    window.read(base + address, into);
  }

  private void checkPlace(long address, long length, String what) throws IOException {
    long size = window.size() - base;
    if (address < 0 || length < 0 || address > size || length > size - address) {
      throw new Hdf5Damage(
          "the "
              + what
              + " of "
              + length
              + " bytes at "
              + Long.toUnsignedString(address)
              + " lies outside the file, which has "
              + size);
    }
  }
}
