package io.github.lstm4j.backend.cuda.sim;

import io.github.lstm4j.backend.cuda.sim.Instruction.Action;
import java.util.Locale;
import java.util.function.LongBinaryOperator;

/** Loads, stores and atomics of one instruction, every access checked. */
final class MemoryAccess {
  /** Where shared memory lies among the addresses: apart from what is global. */
  static final long SHARED_BASE = 0x1000_0000L;

  /** Where each thread's local memory lies. */
  static final long LOCAL_BASE = 0x2000_0000L;

  /** State spaces; a generic address says itself which it is in. */
  enum Space {
    GLOBAL,
    SHARED,
    LOCAL,
    GENERIC
  }

  /**
   * Where the address comes from.
   *
   * @param slot the register that holds it
   * @param narrow whether that register has 32 bits
   * @param offset added to it
   */
  record Address(int slot, boolean narrow, long offset) {}

  /** Where an access lies that goes on later. */
  record Place(Allocation at, int offset) {}

  private final DeviceMemory memory;
  private final Space space;
  private final PtxType type;
  private final Address address;
  private final Ordering ordering;
  private final int localBytes;

  // the place of the access at hand; the allocation stays, most accesses of an instruction hit one
  private Allocation at;
  private int offset;

  /**
   * @param ordering how the access is ordered by itself
   */
  MemoryAccess(
      DeviceMemory memory,
      Space space,
      PtxType type,
      Address address,
      Ordering ordering,
      int localBytes) {
    this.memory = memory;
    this.space = space;
    this.type = type;
    this.address = address;
    this.localBytes = localBytes;
    this.ordering = ordering;
  }

  /** Loads consecutive elements to registers. */
  Action load(int... targets) {
    return (warp, lanes) -> {
      for (int rest = lanes; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        locate(warp, lane, targets.length);
        for (int target : targets) {
          warp.registers[target + lane] = readNext(warp, lane);
        }
      }
    };
  }

  /** Stores registers to consecutive elements. */
  Action store(int... sources) {
    return (warp, lanes) -> {
      for (int rest = lanes; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        locate(warp, lane, sources.length);
        for (int source : sources) {
          writeNext(warp, lane, warp.registers[source + lane]);
        }
      }
    };
  }

  /**
   * Replaces an element by a function of it and a register, at once; {@code target} gets the old.
   */
  Action atomic(int target, int source, LongBinaryOperator function) {
    return (warp, lanes) -> {
      for (int rest = lanes; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        locate(warp, lane, 1);
        beginAtomic(warp, lane);
        long old = type.integer(at.get(offset, type.size));
        write(warp, lane, function.applyAsLong(old, warp.registers[source + lane]), true);
        if (target >= 0) {
          warp.registers[target + lane] = old;
        }
      }
    };
  }

  /** Compare and swap. */
  Action compareAndSwap(int target, int expected, int replacement) {
    return (warp, lanes) -> {
      for (int rest = lanes; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        locate(warp, lane, 1);
        beginAtomic(warp, lane);
        long old = type.integer(at.get(offset, type.size));
        boolean equal = old == type.integer(warp.registers[expected + lane]);
        write(warp, lane, equal ? warp.registers[replacement + lane] : old, true);
        warp.registers[target + lane] = old;
      }
    };
  }

  /** Reads an element and goes on to the next. */
  long readNext(Warp warp, int lane) {
    long value = read(warp, lane);
    offset += type.size;
    return value;
  }

  /** Writes an element and goes on to the next. */
  void writeNext(Warp warp, int lane, long value) {
    write(warp, lane, value, false);
    offset += type.size;
  }

  Place place() {
    return new Place(at, offset);
  }

  void goTo(Place place) {
    at = place.at;
    offset = place.offset;
  }

  /** Something will be written here, nobody knows when. */
  void makeVoid(Warp warp, int lane, int size) {
    if (checksRaces(warp)) {
      long conflict = at.history.write(offset, size, warp, lane, since(warp), false);
      if (conflict != AccessHistory.NONE) {
        throw race(warp, lane, conflict, "copies to", "accessed");
      }
    }
    at.forget(offset, size);
  }

  /** Nobody has written what {@link #makeVoid} left. */
  void requireVoid(Warp warp, int lane, int size) {
    for (int i = 0; i < size; i++) {
      if (at.isWritten(offset + i, 1)) {
        throw fault(
            warp,
            lane,
            String.format(
                Locale.ROOT,
                "offset %d of %s was written while a cp.async to it was under way",
                offset + i,
                at.site));
      }
    }
  }

  /** Goes to the place of consecutive elements. */
  void locate(Warp warp, int lane, int elements) {
    long base = warp.registers[address.slot + lane];
    long place = (address.narrow ? base & 0xFFFF_FFFFL : base) + address.offset;
    int size = type.size * elements;
    if ((place & (size - 1)) != 0) {
      throw fault(
          warp, lane, "misaligned access of " + size + " bytes at " + DeviceMemory.hex(place));
    }
    switch (space) {
      case GLOBAL -> locateGlobal(warp, lane, place, size);
      case SHARED -> locateShared(warp, lane, place, size);
      case LOCAL -> {
        long inThread = place - LOCAL_BASE;
        if (inThread < 0 || inThread + size > localBytes) {
          throw fault(
              warp,
              lane,
              String.format(Locale.ROOT, "local memory at %d of %d bytes", inThread, localBytes));
        }
        at = warp.local;
        offset = (int) inThread + lane * localBytes;
      }
      case GENERIC -> {
        if (place >= SHARED_BASE && place < LOCAL_BASE) {
          locateShared(warp, lane, place, size);
        } else {
          locateGlobal(warp, lane, place, size);
        }
      }
    }
  }

  private void locateGlobal(Warp warp, int lane, long place, int size) {
    if (at == null || at.freed() || !at.holds(place, size)) {
      try {
        at = memory.find(place, size);
      } catch (DeviceCheckError e) {
        throw fault(warp, lane, e.getMessage());
      }
    }
    offset = (int) (place - at.start);
  }

  private void locateShared(Warp warp, int lane, long place, int size) {
    at = warp.shared;
    if (!at.holds(place, size)) {
      throw fault(
          warp,
          lane,
          String.format(
              Locale.ROOT,
              "%d bytes at %s are not within the %d bytes of shared memory",
              size,
              place >= SHARED_BASE ? place - SHARED_BASE : place,
              at.length));
    }
    offset = (int) (place - at.start);
  }

  private long read(Warp warp, int lane) {
    if (checksRaces(warp)) {
      boolean ordered = ordering != Ordering.WEAK;
      long conflict = at.history.read(offset, type.size, warp, lane, since(warp), ordered);
      if (conflict != AccessHistory.NONE) {
        throw race(warp, lane, conflict, "reads", "wrote");
      }
    }
    if (isViewed(warp)) {
      Long seen = warp.view.load(warp, lane, at, offset, type.size, ordering);
      if (seen == null && memory.checkUninitialised) {
        throw fault(warp, lane, DeviceMemory.uninitialised(at, offset).getMessage());
      }
      return type.integer(seen == null ? -1 : seen);
    }
    checkWritten(warp, lane);
    return type.integer(at.get(offset, type.size));
  }

  private void write(Warp warp, int lane, long value, boolean atomic) {
    if (checksRaces(warp)) {
      boolean ordered = atomic || ordering != Ordering.WEAK;
      long conflict = at.history.write(offset, type.size, warp, lane, since(warp), ordered);
      // two threads may write the same value
      if (conflict != AccessHistory.NONE && !same(value)) {
        throw race(warp, lane, conflict, "writes", "accessed");
      }
    }
    if (isViewed(warp) && !atomic) {
      warp.view.store(warp, lane, at, offset, type.size, value, ordering);
      return;
    }
    if (at.get(offset, type.size) != (value & (-1L >>> (64 - type.bits())))) {
      memory.changes++;
    }
    at.set(offset, type.size, value);
    at.markWritten(offset, type.size);
  }

  /** An atomic is about to change memory itself. */
  private void beginAtomic(Warp warp, int lane) {
    if (isViewed(warp)) {
      warp.view.atomic(warp, lane, at, offset, ordering);
    }
    checkWritten(warp, lane);
  }

  /** Whether the block sees the place by its view: global memory, in a cooperative launch. */
  private boolean isViewed(Warp warp) {
    return warp.view != null && at != warp.shared && at != warp.local;
  }

  private boolean checksRaces(Warp warp) {
    return memory.checkRaces && at != warp.local && (ordering == Ordering.WEAK || isViewed(warp));
  }

  private boolean same(long value) {
    return at.isWritten(offset, type.size)
        && at.get(offset, type.size) == (value & (-1L >>> (64 - type.bits())));
  }

  private void checkWritten(Warp warp, int lane) {
    if (memory.checkUninitialised && !at.isWritten(offset, type.size)) {
      throw fault(warp, lane, DeviceMemory.uninitialised(at, offset).getMessage());
    }
  }

  private int since(Warp warp) {
    return at == warp.shared ? warp.blockStart : warp.launchStart;
  }

  private DeviceCheckError race(Warp warp, int lane, long record, String does, String did) {
    return fault(
        warp,
        lane,
        String.format(
            Locale.ROOT,
            "race: it %s offset %d of %s, which %s %s without a barrier in between",
            does,
            offset,
            at.site,
            warp.shape.describe(AccessHistory.who(record)),
            did));
  }

  static DeviceCheckError fault(Warp warp, int lane, String message) {
    return new DeviceCheckError(warp.shape.describe(warp.firstThread + lane) + ": " + message);
  }
}
