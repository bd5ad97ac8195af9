package io.github.lstm4j.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
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

  private record Part(long bytes, int sum) {}

  private final NavigableMap<Long, Part> parts = new ConcurrentSkipListMap<>();

  /** Sums bytes nobody met. */
  interface Rest {
    int sum(long from, long bytes) throws IOException;
  }

  /** Takes note of bytes, from the buffer's position to its limit; both stay. */
  void add(long at, ByteBuffer bytes) {
    parts.put(at, new Part(bytes.remaining(), sum(bytes.duplicate())));
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
    for (Map.Entry<Long, Part> next : parts.entrySet()) {
      long at = next.getKey();
      Part part = next.getValue();
      if (at >= done) { // else it overlaps the one before
        sum = joined(sum, rest.sum(done, at - done), at - done);
        sum = joined(sum, part.sum, part.bytes);
        done = at + part.bytes;
      }
    }
    return joined(sum, rest.sum(done, size - done), size - done);
  }

  /** Of two parts, the sum of both. */
  static int joined(int first, int second, long secondBytes) {
    int power = ONE;
    int square = ONE >>> 8; // x⁸, then x¹⁶, x³², …
    for (long n = secondBytes; n > 0; n >>>= 1) {
      power = (n & 1) != 0 ? product(square, power) : power;
      square = product(square, square);
    }
    return product(power, first) ^ second;
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
