package io.github.lstm4j.backend.cuda.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a block of a cooperative launch sees global memory, as badly as PTX's memory model allows:
 * its stores arrive late and in any order, its plain loads may find what its L1 cache held before,
 * and what its threads know of other blocks' accesses is only what these released and they
 * acquired.
 *
 * <p>A release (st.release, red.release, or a fence before a strong store) lets arrive what comes
 * before it for the thread that makes it: the thread's own stores, those of its warp before a warp
 * barrier, and those of the block before the block's barrier; not those of others. An acquire
 * (ld.acquire, or a strong load before a fence) empties the cache. Scopes smaller than the device
 * order nothing here.
 */
final class BlockView {
  private static final int SECTOR_WORDS = 8; // what a load brings into the cache

  private final SharedView launch;
  private final int number;

  private final Map<Long, Store> stores = new LinkedHashMap<>();
  private final Map<Long, Sector> cache = new HashMap<>();

  private Knowledge common;

  // by thread of the block, null for nothing
  private final Knowledge[] own; // since the last barrier
  private final Knowledge[] found; // by strong loads, before a fence
  private final Knowledge[] fenced; // what strong stores publish

  /** A store to a word that has not arrived. */
  private static final class Store {
    Allocation at;
    int value;
    int mask; // bytes
    int who;
    int stamp;
    Knowledge publishes;
  }

  /** Words as they were when one of them was loaded. */
  private static final class Sector {
    final int[] words = new int[SECTOR_WORDS];
    final boolean[] written = new boolean[SECTOR_WORDS];
  }

  BlockView(SharedView launch, int number) {
    this.launch = launch;
    this.number = number;
    common = new Knowledge(launch.blocks);
    own = new Knowledge[launch.stride];
    found = new Knowledge[launch.stride];
    fenced = new Knowledge[launch.stride];
  }

  // ---------------------------------------------------------------- what threads know

  /** Whether an access of another block is past for a thread of this one. */
  boolean knows(int thread, int block, int other, int stamp) {
    return knowledge(thread).covers(block, other, stamp);
  }

  /** Whether all accesses of another block up to a stamp are. */
  boolean knowsBlock(int thread, int block, int stamp) {
    return knowledge(thread).coversBlock(block, stamp);
  }

  private Knowledge knowledge(int thread) {
    Knowledge known = own[thread % launch.stride];
    return known == null ? common : known;
  }

  /** All threads of the block have come to a barrier: each knows what all know. */
  void meet() {
    for (int i = 0; i < own.length; i++) {
      if (own[i] != null) {
        common.join(own[i]);
        own[i] = null;
      }
    }
  }

  /** As {@link #meet}, of some threads of a warp. */
  void meet(int firstThread, int lanes) {
    Knowledge all = null;
    for (int lane = 0; lane < Warp.LANES; lane++) {
      var known = ((lanes >>> lane) & 1) == 0 ? null : own[(firstThread + lane) % launch.stride];
      if (known != null) {
        all = all == null ? known.copy() : all;
        all.join(known);
      }
    }
    for (int lane = 0; all != null && lane < Warp.LANES; lane++) {
      if (((lanes >>> lane) & 1) != 0) {
        own[(firstThread + lane) % launch.stride] = all;
      }
    }
  }

  /** What a thread can vouch for now; its later accesses get later stamps. */
  private Knowledge vouchedFor(Warp warp, int lane) {
    int who = warp.firstThread + lane;
    var known = knowledge(who).copy();
    known.learnBlock(number, warp.blockStamp - 1);
    if (warp.stamp > warp.blockStamp) { // a warp barrier came since
      for (int i = 0; i < Warp.LANES; i++) {
        known.learnThread(warp.firstThread + i, warp.stamp - 1);
      }
    }
    known.learnThread(who, warp.recordStamp);
    warp.recordStamp = launch.clock.getAsInt();
    return known;
  }

  private void acquire(int who, Knowledge known) {
    cache.clear();
    if (known != null) {
      var all = knowledge(who).copy();
      all.join(known);
      own[who % launch.stride] = all;
    }
  }

  /**
   * A fence of the scope of the device: makes strong loads before acquire, strong stores after
   * release.
   */
  void fence(Warp warp, int lane) {
    int who = warp.firstThread + lane;
    acquire(who, found[who % launch.stride]);
    found[who % launch.stride] = null;
    arrive(warp, lane);
    fenced[who % launch.stride] = vouchedFor(warp, lane);
  }

  // ---------------------------------------------------------------- loads

  /** Loads, ordered by itself or not; null where nothing was written yet. */
  Long load(Warp warp, int lane, Allocation at, int offset, int size, Ordering ordering) {
    if (ordering != Ordering.WEAK) {
      long word = word(at, offset);
      var known = stores.containsKey(word) ? null : launch.published(word);
      int who = warp.firstThread + lane;
      if (ordering.acquires()) {
        acquire(who, known);
      } else if (known != null) {
        find(who, known);
      }
    }
    long value = 0;
    for (int done = 0; done < size; ) {
      int in = (offset + done) & 3;
      int bytes = Math.min(size - done, 4 - in);
      Long part = part(at, offset + done, bytes, ordering);
      if (part == null) {
        return null;
      }
      value |= part << (8 * done);
      done += bytes;
    }
    return value;
  }

  private void find(int who, Knowledge known) {
    Knowledge before = found[who % launch.stride];
    found[who % launch.stride] = before == null ? known : joined(before, known);
  }

  private static Knowledge joined(Knowledge a, Knowledge b) {
    var both = a.copy();
    both.join(b);
    return both;
  }

  /** Some bytes of a word. */
  private Long part(Allocation at, int offset, int bytes, Ordering ordering) {
    int in = offset & 3;
    int first = offset - in;
    int needed = ((1 << bytes) - 1) << in;
    var store = stores.isEmpty() ? null : stores.get(word(at, offset));
    int mine = store == null ? 0 : store.mask;
    int value = store == null ? 0 : store.value;
    if ((needed & ~mine) != 0) {
      Integer there = there(at, first, in, bytes, ordering);
      if (there == null) {
        return null;
      }
      int keep = bits(mine);
      value = (value & keep) | (there & ~keep);
    }
    return (value >>> (8 * in)) & (0xFFFF_FFFFL >>> (32 - 8 * bytes));
  }

  /** A word of memory, or as the cache has it; null if the bytes were not written. */
  private Integer there(Allocation at, int first, int in, int bytes, Ordering ordering) {
    if (ordering == Ordering.WEAK && bytes == 4 && first + 4 <= at.length) {
      long sectorAt = (at.start + first) / (4 * SECTOR_WORDS);
      int index = (int) ((at.start + first) / 4 % SECTOR_WORDS);
      var sector = cache.get(sectorAt);
      if (sector == null || (launch.random != null && launch.random.nextInt(8) == 0)) {
        sector = sector(at, sectorAt * 4 * SECTOR_WORDS);
        cache.put(sectorAt, sector);
      }
      return sector.written[index] ? (Integer) sector.words[index] : null;
    }
    if (!at.isWritten(first + in, bytes)) {
      return null;
    }
    return (int) (at.get(first + in, bytes) << (8 * in));
  }

  private static Sector sector(Allocation at, long address) {
    var sector = new Sector();
    for (int i = 0; i < SECTOR_WORDS; i++) {
      long offset = address + 4L * i - at.start;
      if (offset >= 0 && offset + 4 <= at.length) {
        sector.words[i] = (int) at.get((int) offset, 4);
        sector.written[i] = at.isWritten((int) offset, 4);
      }
    }
    return sector;
  }

  // ---------------------------------------------------------------- stores

  void store(
      Warp warp, int lane, Allocation at, int offset, int size, long value, Ordering ordering) {
    int who = warp.firstThread + lane;
    Knowledge publishes = null;
    if (ordering.releases()) {
      arrive(warp, lane);
      publishes = vouchedFor(warp, lane);
    } else if (ordering != Ordering.WEAK) {
      publishes = fenced[who % launch.stride];
    }
    for (int done = 0; done < size; ) {
      int in = (offset + done) & 3;
      int bytes = Math.min(size - done, 4 - in);
      put(warp, who, at, offset + done - in, in, bytes, (int) (value >>> (8 * done)), publishes);
      if (ordering.releases()) {
        arriveAlone(word(at, offset + done));
      }
      done += bytes;
    }
  }

  private void put(
      Warp warp,
      int who,
      Allocation at,
      int first,
      int in,
      int bytes,
      int value,
      Knowledge publishes) {
    long word = word(at, first);
    var store = stores.remove(word); // so that the youngest is the last
    if (store == null) {
      store = new Store();
    }
    int mask = ((1 << bytes) - 1) << in;
    store.value = (store.value & ~bits(mask)) | ((value << (8 * in)) & bits(mask));
    store.mask |= mask;
    store.at = at;
    store.who = who;
    store.stamp = warp.recordStamp;
    store.publishes = publishes;
    stores.put(word, store);
    var sector = cache.get(word / SECTOR_WORDS);
    if (sector != null) { // written through
      int index = (int) (word % SECTOR_WORDS);
      sector.words[index] = (sector.words[index] & ~bits(mask)) | (store.value & bits(mask));
      sector.written[index] |= store.mask == 0xF;
    }
  }

  /**
   * An atomic is about to change a word in memory itself: what the word told before goes on being
   * told.
   */
  void atomic(Warp warp, int lane, Allocation at, int offset, Ordering ordering) {
    int who = warp.firstThread + lane;
    long word = word(at, offset);
    arriveAlone(word);
    var before = launch.published(word);
    if (ordering.acquires()) {
      acquire(who, before);
    } else if (before != null) {
      find(who, before);
    }
    Knowledge after = fenced[who % launch.stride];
    if (ordering.releases()) {
      arrive(warp, lane);
      after = vouchedFor(warp, lane);
    }
    launch.publish(word, before == null ? after : after == null ? before : joined(before, after));
    cache.remove(word / SECTOR_WORDS);
  }

  /** What comes before now for a thread arrives. */
  private void arrive(Warp warp, int lane) {
    int who = warp.firstThread + lane;
    int inWarp = who - lane;
    var words = new ArrayList<Long>();
    stores.forEach(
        (word, s) -> {
          boolean sameWarp = s.who >= inWarp && s.who < inWarp + Warp.LANES;
          if (s.who == who || s.stamp < warp.blockStamp || (sameWarp && s.stamp < warp.stamp)) {
            words.add(word);
          }
        });
    words.forEach(this::arriveAlone);
  }

  private void arriveAlone(long word) {
    var store = stores.remove(word);
    if (store == null) {
      return;
    }
    int first = (int) (4 * word - store.at.start);
    for (int i = 0; i < 4; i++) {
      if (((store.mask >>> i) & 1) != 0) {
        store.at.set(first + i, 1, store.value >>> (8 * i));
        store.at.markWritten(first + i, 1);
      }
    }
    launch.publish(word, store.publishes);
    launch.memory.changes++;
  }

  /** Some stores arrive, or none. */
  void drainSome() {
    if (launch.random == null || stores.isEmpty() || launch.random.nextInt(4) != 0) {
      return;
    }
    for (long word : List.copyOf(stores.keySet())) {
      if (launch.random.nextInt(4) == 0) {
        arriveAlone(word);
      }
    }
  }

  /** The last store arrives, before those that were made before it. */
  void drainYoungest() {
    long youngest = -1;
    for (long word : stores.keySet()) {
      youngest = word;
    }
    if (youngest >= 0) {
      arriveAlone(youngest);
    }
  }

  void drainAll() {
    List.copyOf(stores.keySet()).forEach(this::arriveAlone);
  }

  private static long word(Allocation at, int offset) {
    return (at.start + offset) / 4;
  }

  /** All bits of the bytes of a mask. */
  private static int bits(int mask) {
    return ((mask & 1) != 0 ? 0xFF : 0)
        | ((mask & 2) != 0 ? 0xFF00 : 0)
        | ((mask & 4) != 0 ? 0xFF_0000 : 0)
        | ((mask & 8) != 0 ? 0xFF00_0000 : 0);
  }
}
