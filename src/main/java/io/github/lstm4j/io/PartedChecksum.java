package io.github.lstm4j.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.CRC32;

/**
 * The CRC-32 of bytes that are met in parts, in any order, by any threads: a part is summed while
 * the processor's cache has it, and what nobody met at the end.
 *
 * <p>Sums of neighbours are joined as zlib's {@code crc32_combine} does: to append n bytes
 * multiplies what is before them by x⁸ⁿ, modulo the polynomial.
 */
final class PartedChecksum {
  private static final int POLYNOMIAL = 0xEDB88320; // reflected: the highest bit is 1
  private static final int ONE = 1 << 31;

  /** x⁸, x¹⁶, x³², …: what appends 1, 2, 4, … bytes. */
  private static final int[] POWERS = new int[Long.SIZE - 1];

  static {
    POWERS[0] = ONE >>> 8;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = product(POWERS[i - 1], POWERS[i - 1]);
    }
  }

  private record Part(long at, long bytes, int sum) {}

  private final Queue<Part> parts = new ConcurrentLinkedQueue<>();

  /** Sums bytes nobody met. */
  interface Rest {
    int sum(long from, long bytes) throws IOException;
  }

  /** Takes note of bytes, from the buffer's position to its limit; both stay. */
  void add(long at, ByteBuffer bytes) {
    parts.add(new Part(at, bytes.remaining(), sum(bytes.duplicate())));
  }

  static int sum(ByteBuffer bytes) {
    CRC32 sum = new CRC32();
    sum.update(bytes);
    return (int) sum.getValue();
  }

  /** That of the first so many bytes. */
  int of(long size, Rest rest) throws IOException {
    int sum = 0;
    long done = 0;
    List<Part> inOrder = new ArrayList<>(parts);
    inOrder.sort(Comparator.comparingLong(Part::at));
    for (Part part : inOrder) {
      long before = part.at - done;
      if (before >= 0) { // else it overlaps the one before
        sum = before == 0 ? sum : joined(sum, rest.sum(done, before), before);
        sum = joined(sum, part.sum, part.bytes);
        done = part.at + part.bytes;
      }
    }
    return joined(sum, rest.sum(done, size - done), size - done);
  }

  /** Of two parts, the sum of both. */
  static int joined(int first, int second, long secondBytes) {
    int appended = first;
    for (long n = secondBytes; n != 0; n &= n - 1) {
      appended = product(POWERS[Long.numberOfTrailingZeros(n)], appended);
    }
    return appended ^ second;
  }

  private static int product(int a, int b) {
    int product = 0;
    for (; a != 0; a <<= 1) {
      product ^= a < 0 ? b : 0;
      b = (b & 1) != 0 ? (b >>> 1) ^ POLYNOMIAL : b >>> 1;
    }
    return product;
  }
}
