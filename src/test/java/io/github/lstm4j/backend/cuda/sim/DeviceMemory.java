package io.github.lstm4j.backend.cuda.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * The memory of the simulated device. Every access is checked: within one live allocation, aligned,
 * and, for reads, written before. New memory is filled with 0xFF bytes (NaN as float32), and an
 * address is never used again, so that a stale pointer cannot hit newer data.
 */
final class DeviceMemory {
  /** Allocations begin at multiples of this, as on a device. */
  static final int ALIGNMENT = 256;

  private static final long FIRST_ADDRESS = 0x7F00_0000_0000L;

  /** Whether reading what was never written is an error. */
  final boolean checkUninitialised;

  /** Whether unordered accesses by several threads are an error. */
  final boolean checkRaces;

  private final TreeMap<Long, Allocation> allocations = new TreeMap<>();

  /** How often memory of the device was changed by kernels. */
  long changes;

  private long nextAddress = FIRST_ADDRESS;
  private long allocated;
  private long peak;

  DeviceMemory(boolean checkUninitialised, boolean checkRaces) {
    this.checkUninitialised = checkUninitialised;
    this.checkRaces = checkRaces;
  }

  /** Allocates; {@code site} is told when it leaks or is misused. */
  Allocation allocate(long bytes, String site) {
    if (bytes > Integer.MAX_VALUE - 64) {
      throw new DeviceCheckError("the simulated device holds no allocation of " + bytes + " bytes");
    }
    var allocation = new Allocation(nextAddress, (int) bytes, site);
    allocations.put(nextAddress, allocation);
    // a gap behind each allocation: one past the end never belongs to the next
    nextAddress += (bytes + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    allocated += bytes;
    peak = Math.max(peak, allocated);
    return allocation;
  }

  /** Frees what begins at an address; false if nothing alive does. */
  boolean free(long address) {
    var allocation = allocations.get(address);
    if (allocation == null || allocation.freed()) {
      return false;
    }
    allocation.free();
    allocated -= allocation.length;
    return true;
  }

  long allocatedBytes() {
    return allocated;
  }

  long peakBytes() {
    return peak;
  }

  List<Allocation> live() {
    var live = new ArrayList<Allocation>();
    for (var allocation : allocations.values()) {
      if (!allocation.freed()) {
        live.add(allocation);
      }
    }
    return live;
  }

  /** The live allocation that holds a whole range. */
  Allocation find(long address, long size) {
    var entry = allocations.floorEntry(address);
    var allocation = entry == null ? null : entry.getValue();
    if (allocation != null && !allocation.freed() && allocation.holds(address, size)) {
      return allocation;
    }
    throw new DeviceCheckError(
        String.format(
            Locale.ROOT,
            "%d bytes at %s are not within allocated memory: %s",
            size,
            hex(address),
            whatIsAt(address, allocation)));
  }

  private static String whatIsAt(long address, Allocation before) {
    if (before == null) {
      return address == 0 ? "a null pointer" : "nothing was ever allocated there";
    }
    long past = address - before.start;
    return String.format(
        Locale.ROOT,
        "offset %d of %d bytes%s, allocated at %s",
        past,
        before.length,
        before.freed() ? ", which were freed (use after free)" : "",
        before.site);
  }

  /** A range for reading: allocated, and all of it written. */
  Allocation readable(long address, long size) {
    var allocation = find(address, size);
    if (checkUninitialised) {
      int bad = allocation.firstUnwritten((int) (address - allocation.start), (int) size);
      if (bad >= 0) {
        throw uninitialised(allocation, bad);
      }
    }
    return allocation;
  }

  static DeviceCheckError uninitialised(Allocation allocation, int offset) {
    return new DeviceCheckError(
        String.format(
            Locale.ROOT,
            "read of memory that was never written: offset %d of %d bytes, allocated at %s",
            offset,
            allocation.length,
            allocation.site));
  }

  static String hex(long address) {
    return "0x" + Long.toHexString(address);
  }
}
