package io.github.lstm4j.backend.cuda;

import static jcuda.driver.JCudaDriver.cuMemAllocHost;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.driver.JCudaDriver.cuThreadExchangeStreamCaptureMode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import jcuda.driver.CUstreamCaptureMode;

/**
 * Native memory for the arguments of launches. A block holds the {@code void*[]} that {@code
 * cuLaunchKernel} wants, followed by the values it points to, 8 bytes each; JCuda then passes one
 * address instead of converting every argument at every launch.
 */
final class ArgumentMemory {
  private static final int SLAB = 1 << 16;
  private static final int GRAIN = 64;

  private final List<Address> slabs = new ArrayList<>();
  private final Map<Integer, List<Block>> vacant = new HashMap<>();
  private ByteBuffer slab;
  private int used = SLAB;

  /** Writes the arguments of a launch into a block of their own. */
  Block marshal(String kernel, Object... arguments) {
    int count = arguments.length;
    Block block = take(Math.max(1, count) * 2 * Long.BYTES);
    for (int i = 0; i < count; i++) {
      int value = block.offset + (count + i) * Long.BYTES;
      block.slab.putLong(block.offset + i * Long.BYTES, block.slabAddress + value);
      Object argument = arguments[i];
      if (argument instanceof Long v) {
        block.slab.putLong(value, v);
      } else if (argument instanceof Integer v) {
        block.slab.putInt(value, v);
      } else if (argument instanceof Float v) {
        block.slab.putFloat(value, v);
      } else {
        give(block);
        throw CudaCalls.misuse(
            String.format(
                Locale.ROOT,
                "%s: argument %d must be a Long, an Integer or a Float, but is %s",
                kernel,
                i,
                argument == null ? "null" : argument.getClass().getName()));
      }
    }
    return block;
  }

  /** Takes a block back. */
  void give(Block block) {
    vacant.computeIfAbsent(block.bytes, bytes -> new ArrayList<>()).add(block);
  }

  /** Frees everything. */
  void close() {
    slabs.forEach(address -> cuMemFreeHost(address));
    slabs.clear();
  }

  private Block take(int needed) {
    int bytes = (needed + GRAIN - 1) / GRAIN * GRAIN;
    List<Block> same = vacant.get(bytes);
    if (same != null && !same.isEmpty()) {
      return same.remove(same.size() - 1);
    }
    if (used + bytes > SLAB) {
      addSlab();
    }
    Block block = new Block(slab, slabs.get(slabs.size() - 1).value(), used, bytes);
    used += bytes;
    return block;
  }

  private void addSlab() {
    Address address = new Address();
    // A launch may be prepared while a stream records. Memory that the recording does not know of
    // cannot harm it, but CUDA wants to be told that we know what we do.
    int[] mode = {CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED};
    CudaCalls.check(cuThreadExchangeStreamCaptureMode(mode), "cuThreadExchangeStreamCaptureMode");
    try {
      CudaCalls.check(cuMemAllocHost(address, SLAB), "cuMemAllocHost of launch arguments");
    } finally {
      cuThreadExchangeStreamCaptureMode(mode);
    }
    slabs.add(address);
    slab = address.getByteBuffer(0, SLAB).order(ByteOrder.nativeOrder());
    used = 0;
  }

  /** A part of a slab. */
  static final class Block {
    private final ByteBuffer slab;
    private final long slabAddress;
    private final int offset;
    private final int bytes;
    private final Address pointer;

    Block(ByteBuffer slab, long slabAddress, int offset, int bytes) {
      this.slab = slab;
      this.slabAddress = slabAddress;
      this.offset = offset;
      this.bytes = bytes;
      this.pointer = new Address(slabAddress + offset);
    }

    /** The {@code void*[]}. */
    Address pointer() {
      return pointer;
    }
  }
}
