package io.github.lstm4j.io;

import java.io.IOException;
import java.util.function.Supplier;

/**
 * How many bytes the reading of one file may fill: what is unpacked, decoded or built of it, all
 * together. A file of some kilobytes can state gigabytes; with a budget it ends in an error that
 * says so, before the memory is asked for.
 *
 * <p>By default it is half of Java's largest heap ({@code -Xmx}): a model needs its weights twice
 * while it is loaded. The system property {@value #PROPERTY} sets another number of bytes, and
 * every reader takes one of its own.
 */
public final class ReadBudget {
  /** The system property that sets the default, in bytes. */
  public static final String PROPERTY = "lstm4j.maxFileBytes";

  private final String file;
  private final long limit;
  private long left; // of any threads

  /**
   * A budget for one file.
   *
   * @param file what errors call the file
   * @param limit in bytes
   * @throws IllegalArgumentException if the limit is not positive
   */
  public ReadBudget(String file, long limit) {
    if (limit <= 0) {
      throw new IllegalArgumentException("a budget must be at least 1 byte, got " + limit);
    }
    this.file = file;
    this.limit = limit;
    this.left = limit;
  }

  /**
   * The default limit in bytes.
   *
   * @throws IllegalArgumentException if the system property is no positive number
   */
  public static long standard() {
    String set = System.getProperty(PROPERTY);
    if (set == null) {
      return Math.max(1, Runtime.getRuntime().maxMemory() / 2);
    }
    try {
      long bytes = Long.parseLong(set.strip());
      if (bytes > 0) {
        return bytes;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "-D" + PROPERTY + ": expected a number of bytes of at least 1, got " + set);
  }

  /**
   * Takes bytes from what is left.
   *
   * @param what the part of the file that needs them, for the error
   * @throws IOException if there are not so many left
   */
  public void take(long bytes, String what) throws IOException {
    take(bytes, () -> what);
  }

  /** As {@link #take(long, String)}, where what names it is put together only for an error. */
  public synchronized void take(long bytes, Supplier<String> what) throws IOException {
    if (bytes < 0 || bytes > left) {
      check(bytes, what.get());
    }
    left -= bytes;
  }

  /** As {@link #take}, but leaves them there: for what is not kept. */
  public synchronized void check(long bytes, String what) throws IOException {
    if (bytes < 0 || bytes > left) {
      throw new IOException(
          file
              + ": "
              + Printable.text(what)
              + " needs "
              + (bytes < 0 ? "more than " + Long.MAX_VALUE : Long.toString(bytes))
              + " bytes in memory, but of the "
              + limit
              + " that this file may fill "
              + left
              + " are left; if you trust the file, set -D"
              + PROPERTY
              + " to a larger number of bytes, and -Xmx with it");
    }
  }

  /** How many bytes are left. */
  public synchronized long left() {
    return left;
  }

  /**
   * Gives back what was taken for nothing.
   *
   * @param leftBefore how many bytes were {@link #left} before
   */
  public synchronized void giveBack(long leftBefore) {
    left = leftBefore;
  }
}
