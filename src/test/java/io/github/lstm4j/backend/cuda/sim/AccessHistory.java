package io.github.lstm4j.backend.cuda.sim;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Who last read and wrote each word of an allocation: the race check.
 *
 * <p>Time is counted in stamps, drawn anew at each launch, block and barrier. Two accesses by
 * different threads conflict if one of them writes and nothing orders them: threads of different
 * blocks are never ordered within a launch, in a cooperative one by releases and acquires (see
 * {@link BlockView}), those of one block by a block barrier, those of one warp by a warp barrier
 * too. The finding does not depend on the order in which threads happened to run.
 *
 * <p>Words are the unit until a narrower access comes, from then on bytes are, page by page.
 */
final class AccessHistory {
  /** No conflict. */
  static final long NONE = 0;

  private static final int PAGE_SHIFT = 12;
  private static final int PAGE_BYTES = 1 << PAGE_SHIFT;

  // a record: stamp (32 bits), kind (2 bits), global number of the thread (30 bits); 0 is no record
  private static final int KIND_SHIFT = 30;
  private static final long WHO_MASK = (1L << KIND_SHIFT) - 1;

  /** How many threads of a launch can be told apart. */
  static final long MAX_THREADS = WHO_MASK + 1;

  private static final int SINGLE = 0;
  private static final int SEVERAL_IN_WARP = 1;
  private static final int SEVERAL_IN_BLOCK = 2;
  private static final int SEVERAL_BLOCKS = 3;
  private static final int ATOMIC = 3;

  private final Page[] pages;

  AccessHistory(int bytes) {
    pages = new Page[(bytes + PAGE_BYTES - 1) >> PAGE_SHIFT];
  }

  /** The global number of the thread of a conflicting record. */
  static int who(long record) {
    return (int) (record & WHO_MASK);
  }

  /**
   * A thread reads {@code size} bytes.
   *
   * @param ordered whether it is no race with what is ordered likewise
   * @param since the first stamp that can conflict
   * @return the record of a conflicting write, or {@link #NONE}
   */
  long read(int offset, int size, Warp warp, int lane, int since, boolean ordered) {
    var page = page(offset, size);
    int who = warp.firstThread + lane;
    int first = (offset & (PAGE_BYTES - 1)) >> page.shift;
    int last = ((offset + size - 1) & (PAGE_BYTES - 1)) >> page.shift;
    long fresh = record(warp.recordStamp, SINGLE, who);
    for (int i = first; i <= last; i++) {
      long writer = page.writers[i];
      boolean both = ordered && kind(writer) == ATOMIC;
      if (writer != 0 && !both && conflicts(SINGLE, writer, warp, who, since)) {
        return writer;
      }
      long reader = page.readers[i];
      if (!ordered && reader != fresh) {
        page.readers[i] = merged(reader, fresh, warp, who, since);
        if (warp.view != null && kind(page.readers[i]) == SEVERAL_BLOCKS) {
          page.remember(i, reader, fresh, warp);
        }
      }
    }
    return NONE;
  }

  /**
   * A thread writes {@code size} bytes.
   *
   * @param ordered whether it is no race with what is ordered likewise
   * @return the record of a conflicting read or write, or {@link #NONE}
   */
  long write(int offset, int size, Warp warp, int lane, int since, boolean ordered) {
    var page = page(offset, size);
    int who = warp.firstThread + lane;
    int first = (offset & (PAGE_BYTES - 1)) >> page.shift;
    int last = ((offset + size - 1) & (PAGE_BYTES - 1)) >> page.shift;
    long conflict = NONE;
    for (int i = first; i <= last; i++) {
      long writer = page.writers[i];
      boolean both = ordered && kind(writer) == ATOMIC;
      if (writer != 0 && !both && conflicts(SINGLE, writer, warp, who, since)) {
        conflict = writer;
      }
      long reader = page.readers[i];
      if (reader != 0 && conflicts(kind(reader), reader, warp, who, since)) {
        return reader;
      }
      if (kind(reader) == SEVERAL_BLOCKS && stamp(reader) >= since && warp.view != null) {
        long unknown = page.unknownReader(i, warp, who, since);
        if (unknown != NONE) {
          return unknown;
        }
      }
      page.writers[i] = record(warp.recordStamp, ordered ? ATOMIC : SINGLE, who);
    }
    return conflict;
  }

  private static boolean conflicts(int kind, long record, Warp warp, int who, int since) {
    int stamp = stamp(record);
    if (stamp < since) {
      return false;
    }
    int other = who(record);
    boolean elsewhere = other < warp.blockFirst || other >= warp.blockEnd;
    if (warp.view != null) {
      if (elsewhere) {
        return !warp.view.knows(who, warp.blockOf(other), other, stamp);
      }
    } else if (kind == SEVERAL_BLOCKS || elsewhere) {
      return true;
    }
    if (stamp < warp.blockStamp) {
      return false;
    }
    if (kind == SEVERAL_IN_BLOCK || other >>> 5 != who >>> 5) {
      return true;
    }
    return stamp >= warp.stamp && (kind == SEVERAL_IN_WARP || other != who);
  }

  private static long merged(long old, long fresh, Warp warp, int who, int since) {
    int stamp = stamp(old);
    if (old == 0 || stamp < since) {
      return fresh;
    }
    int other = who(old);
    int kind = kind(old);
    if (kind == SEVERAL_BLOCKS || other < warp.blockFirst || other >= warp.blockEnd) {
      return record(warp.recordStamp, SEVERAL_BLOCKS, who);
    }
    if (stamp < warp.blockStamp) {
      return fresh;
    }
    if (kind == SEVERAL_IN_BLOCK || other >>> 5 != who >>> 5) {
      return record(warp.recordStamp, SEVERAL_IN_BLOCK, who);
    }
    if (stamp < warp.stamp || (kind == SINGLE && other == who)) {
      return fresh;
    }
    return record(warp.recordStamp, SEVERAL_IN_WARP, who);
  }

  private static long record(int stamp, int kind, int who) {
    return ((long) stamp << 32) | ((long) kind << KIND_SHIFT) | who;
  }

  private static int stamp(long record) {
    return (int) (record >>> 32);
  }

  private static int kind(long record) {
    return (int) (record >>> KIND_SHIFT) & 3;
  }

  private Page page(int offset, int size) {
    int number = offset >> PAGE_SHIFT;
    var page = pages[number];
    if (page == null) {
      page = pages[number] = new Page();
    }
    if (size < Integer.BYTES && page.shift != 0) {
      page.split();
    }
    return page;
  }

  private static final class Page {
    private int shift = 2;
    private long[] readers = new long[PAGE_BYTES >> 2];
    private long[] writers = new long[PAGE_BYTES >> 2];

    /** By element that several blocks of a cooperative launch read: when each did last. */
    private final Map<Integer, int[]> readersOfBlocks = new HashMap<>();

    /** A block reads what another read before. */
    void remember(int element, long before, long now, Warp warp) {
      int[] last = readersOfBlocks.computeIfAbsent(element, i -> new int[warp.shape.blocks()]);
      if (last.length != warp.shape.blocks()) { // of another launch
        last = new int[warp.shape.blocks()];
        readersOfBlocks.put(element, last);
      }
      if (kind(before) != SEVERAL_BLOCKS) {
        last[warp.blockOf(who(before))] = stamp(before);
      }
      last[warp.blockOf(who(now))] = stamp(now);
    }

    /** A record of a read by another block that the thread knows nothing of, or none. */
    long unknownReader(int element, Warp warp, int thread, int since) {
      int[] last = readersOfBlocks.get(element);
      for (int b = 0; last != null && b < last.length; b++) {
        if (b != warp.blockOf(thread)
            && last[b] >= since
            && !warp.view.knowsBlock(thread, b, last[b])) {
          return record(last[b], SEVERAL_BLOCKS, b * (warp.blockEnd - warp.blockFirst));
        }
      }
      return NONE;
    }

    void split() {
      shift = 0;
      readersOfBlocks.clear();
      readers = repeated(readers);
      writers = repeated(writers);
    }

    private static long[] repeated(long[] words) {
      var bytes = new long[PAGE_BYTES];
      for (int i = 0; i < words.length; i++) {
        Arrays.fill(bytes, 4 * i, 4 * i + 4, words[i]);
      }
      return bytes;
    }
  }
}
