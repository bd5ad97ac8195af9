package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.tensor.Memory;
import io.github.lstm4j.tensor.TooLargeException;

/**
 * Part of an array that begins, as far as one can arrange it in Java, where a line of the cache
 * does: a vector as long as a line then lies within one, and is read up to twice as fast.
 *
 * <p>G1 lets an array of half a region or more begin with a region, where it stays. Smaller ones
 * share such an array, which lives as long as one of them. With other collectors chance decides.
 */
public final class Aligned {
  private static final int LINE = 16;

  /** The header is a quarter of a line. */
  private static final int FIRST = LINE - 4;

  /** What is smaller than a page is worth no effort. */
  private static final int SMALL = 1024;

  private static final int HALF_A_REGION = halfARegion(Runtime.getRuntime().maxMemory());

  private static float[] shared = {};
  private static int used;

  private final float[] values;
  private final int at;

  /** Memory that is there, wherever it lies. */
  Aligned(float[] values, int at) {
    this.values = values;
    this.at = at;
  }

  /** In floats: G1 makes about 2048 regions, of 1 to 32 MiB, a power of two each. */
  private static int halfARegion(long heap) {
    long region = 1 << 20;
    while (region < heap / 2048 && region < 32 << 20) {
      region *= 2;
    }
    return (int) (region / 2 / Float.BYTES);
  }

  /**
   * Room for so many floats, all 0.
   *
   * @param user whose it will be, for the message if there is no more
   * @throws TooLargeException if an array cannot be so long, or the heap has no room
   */
  public static Aligned floats(long size, String user) {
    if (size < SMALL) {
      return new Aligned(new float[(int) size], 0);
    }
    Aligned part = FIRST + size < HALF_A_REGION ? shared((int) size, user) : null;
    return part != null ? part : new Aligned(Memory.floats(FIRST + size, user), FIRST);
  }

  /** Part of an array that others share; null if there is no room for another such array. */
  private static synchronized Aligned shared(int size, String user) {
    if (used + size > shared.length) {
      try {
        shared = Memory.floats(HALF_A_REGION, user);
      } catch (TooLargeException e) {
        return null; // less may still find room, or be refused by its own size
      }
      used = FIRST;
    }
    Aligned part = new Aligned(shared, used);
    used += (size + LINE - 1) / LINE * LINE;
    return part;
  }

  /** The array, of which other parts may belong to others. */
  public float[] values() {
    return values;
  }

  /** The index where it begins. */
  public int at() {
    return at;
  }
}
