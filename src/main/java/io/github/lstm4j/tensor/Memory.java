package io.github.lstm4j.tensor;

import java.util.Locale;

/** Arrays of float32, or words on why there is no room for one. */
public final class Memory {
  /** The longest array that all JVMs can make. */
  public static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

  private Memory() {}

  /**
   * Zeros.
   *
   * @param owner what they are for, as errors call it: {@code lstm.kernel}
   * @throws TooLargeException if an array cannot be so long, or the heap has no room
   */
  public static float[] floats(String owner, Shape shape) {
    try {
      return floats(shape.size(), "the shape " + shape);
    } catch (TooLargeException e) {
      throw e.of(owner);
    }
  }

  /**
   * Zeros.
   *
   * @param what begins errors: {@code predict (None, 10, 2)}
   * @throws TooLargeException if an array cannot be so long, or the heap has no room
   */
  public static float[] floats(long count, String what) {
    if (count > LONGEST_ARRAY) {
      throw new TooLargeException(
          what
              + " needs "
              + text(count * Float.BYTES)
              + "; one array holds at most "
              + text((long) LONGEST_ARRAY * Float.BYTES));
    }
    try {
      return new float[(int) count];
    } catch (OutOfMemoryError e) {
      Runtime heap = Runtime.getRuntime();
      long used = heap.totalMemory() - heap.freeMemory();
      throw new TooLargeException(
          what
              + " needs "
              + text(count * Float.BYTES)
              + ", but of the heap's "
              + text(heap.maxMemory())
              + " there are "
              + text(Math.max(0, heap.maxMemory() - used))
              + " left; give Java more by -Xmx",
          e);
    }
  }

  /** A number of bytes for people: {@code 1.5 KiB}, {@code 64.0 MiB}, {@code 23.8 GiB}. */
  public static String text(long bytes) {
    double b = bytes;
    if (b < 1 << 20) {
      return String.format(Locale.ROOT, "%.1f KiB", b / 1024);
    }
    return b < 1 << 30
        ? String.format(Locale.ROOT, "%.1f MiB", b / (1 << 20))
        : String.format(Locale.ROOT, "%.1f GiB", b / (1 << 30));
  }
}
