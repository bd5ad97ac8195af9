package io.github.lstm4j.io.hdf5;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** What packs the chunks of a dataset, in the order in which it was done (chapter IV.A.2.l). */
final class Filters {
  private static final int DEFLATE = 1;
  private static final int SHUFFLE = 2;
  private static final int FLETCHER32 = 3;
  private static final int LZF = 32000;
  private static final int CHECKSUM_BYTES = 4;
  private static final Map<Integer, String> OTHERS =
      Map.of(
          4, "szip",
          5, "nbit",
          6, "scaleoffset",
          307, "bzip2",
          32001, "blosc",
          32004, "lz4",
          32008, "bitshuffle",
          32015, "zstd",
          32026, "blosc2");

  private final List<Integer> ids;
  private final List<Integer> shuffles = new ArrayList<>(); // the size of an element, or 0

  private Filters(List<Integer> ids) {
    this.ids = ids;
  }

  /**
   * The filters that a dataset has.
   *
   * @param c its message; null for none
   * @throws Hdf5Damage if there is one that is not known
   */
  static Filters of(Cursor c) throws IOException {
    Filters filters = new Filters(new ArrayList<>());
    if (c == null) {
      return filters;
    }
    int version = c.u8();
    if (version != 1 && version != 2) {
      throw new Hdf5Damage("filters of version " + version + " are unknown");
    }
    int count = c.u8();
    c.skip(version == 1 ? 6 : 0);
    for (int i = 0; i < count; i++) {
      int id = c.u16();
      int nameBytes = version == 1 || id >= 256 ? c.u16() : 0;
      c.skip(2);
      int values = c.u16();
      String name = c.text(nameBytes);
      int first = values > 0 ? (int) Math.min(Integer.MAX_VALUE, c.u32()) : 0;
      c.skip(4L * Math.max(0, values - 1) + (version == 1 && values % 2 == 1 ? 4 : 0));
      if (id != DEFLATE && id != SHUFFLE && id != FLETCHER32 && id != LZF) {
        throw new Hdf5Damage(
            "its chunks are packed with the filter "
                + id
                + " ("
                + OTHERS.getOrDefault(id, name.isEmpty() ? "unknown" : name)
                + "), which is not supported; supported: gzip, shuffle, fletcher32, lzf");
      }
      filters.ids.add(id);
      filters.shuffles.add(id == SHUFFLE ? first : 0);
    }
    return filters;
  }

  /** Whether there is none. */
  boolean isEmpty() {
    return ids.isEmpty();
  }

  /**
   * A chunk as it was before it was packed.
   *
   * @param skipped bit i: filter i was not applied
   * @param bytes the size it must have
   */
  byte[] decode(byte[] packed, long skipped, int bytes) throws IOException {
    byte[] data = packed;
    int sums = (int) ids.stream().filter(id -> id == FLETCHER32).count();
    long most = bytes + (long) CHECKSUM_BYTES * sums;
    for (int i = ids.size() - 1; i >= 0; i--) {
      if (((skipped >> i) & 1) != 0) {
        continue;
      }
      data =
          switch (ids.get(i)) {
            case DEFLATE -> inflate(data, most);
            case LZF -> lzf(data, most);
            case SHUFFLE -> unshuffle(data, shuffles.get(i));
            default -> fletcher32(data);
          };
    }
    if (data.length != bytes) {
      throw new Hdf5Damage(
          "a chunk unpacks to " + data.length + " bytes, but its shape needs " + bytes);
    }
    return data;
  }

  private static Hdf5Damage tooMuch(long most) {
    return new Hdf5Damage("a chunk unpacks to more than the " + most + " bytes of its shape");
  }

  private static byte[] inflate(byte[] packed, long most) throws IOException {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(packed);
      byte[] out = new byte[(int) Math.min(most, Integer.MAX_VALUE - 16)];
      int n = 0;
      while (n < out.length && !inflater.finished()) {
        int got = inflater.inflate(out, n, out.length - n);
        if (got == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
          throw new Hdf5Damage("a chunk's packed bytes end too early");
        }
        n += got;
      }
      if (!inflater.finished() && inflater.inflate(new byte[1]) > 0) {
        throw tooMuch(most);
      }
      return n == out.length ? out : Arrays.copyOf(out, n);
    } catch (DataFormatException e) {
      throw new Hdf5Damage("a chunk's packed bytes are damaged (" + reason(e) + ")");
    } finally {
      inflater.end();
    }
  }

  private static String reason(DataFormatException e) {
    return e.getMessage() == null ? "no deflate stream" : e.getMessage();
  }

  /** LibLZF, as in h5py: runs of literals, and references to what came before. */
  private static byte[] lzf(byte[] in, long most) throws IOException {
    byte[] out = new byte[(int) Math.min(most, Integer.MAX_VALUE - 16)];
    int n = 0;
    for (int at = 0; at < in.length; ) {
      int control = in[at++] & 0xFF;
      boolean literals = control < 32;
      int length = literals ? control + 1 : control >> 5;
      if (!literals && length == 7 && at < in.length) {
        length += in[at++] & 0xFF;
      }
      length += literals ? 0 : 2;
      if (literals ? length > in.length - at : at >= in.length) {
        throw new Hdf5Damage("a chunk's packed bytes end too early");
      }
      if (length > out.length - n) {
        throw tooMuch(most);
      }
      if (literals) {
        System.arraycopy(in, at, out, n, length);
        at += length;
      } else {
        int from = n - (((control & 31) << 8) | (in[at++] & 0xFF)) - 1;
        if (from < 0) {
          throw new Hdf5Damage("a chunk's packed bytes are damaged (a reference before the start)");
        }
        for (int i = 0; i < length; i++) { // may overlap what it makes
          out[n + i] = out[from + i];
        }
      }
      n += length;
    }
    return n == out.length ? out : Arrays.copyOf(out, n);
  }

  /** All first bytes of the elements come first, then all second ones, …; a rest stays as it is. */
  private static byte[] unshuffle(byte[] data, int elementBytes) {
    if (elementBytes <= 1) {
      return data;
    }
    byte[] out = data.clone();
    int count = data.length / elementBytes;
    for (int b = 0, at = 0; b < elementBytes && count > 0; b++) {
      for (int i = 0; i < count; i++) {
        out[i * elementBytes + b] = data[at++];
      }
    }
    return out;
  }

  /** Checks and takes off the sum of the big-endian 16-bit words, as HDF5 makes it. */
  private static byte[] fletcher32(byte[] data) throws IOException {
    int n = data.length - CHECKSUM_BYTES;
    if (n < 0) {
      throw new Hdf5Damage("a chunk is too short for its checksum (fletcher32)");
    }
    long low = 0;
    long high = 0;
    for (int i = 0; i < n; i += 2) {
      int word = ((data[i] & 0xFF) << 8) | (i + 1 < n ? data[i + 1] & 0xFF : 0);
      low = (low + word) % 65535;
      high = (high + low) % 65535;
    }
    long stored = 0;
    for (int i = 0; i < CHECKSUM_BYTES; i++) {
      stored |= (data[n + i] & 0xFFL) << (8 * i);
    }
    if (stored % 65536 % 65535 != low || (stored >> 16) % 65535 != high) {
      throw new Hdf5Damage("a chunk's checksum (fletcher32) does not match; the file is damaged");
    }
    return Arrays.copyOf(data, n);
  }
}
