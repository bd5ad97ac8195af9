package io.github.lstm4j.backend.cuda.sim;

import io.github.lstm4j.backend.cuda.CudaDriver;
import io.github.lstm4j.backend.cuda.CudaDriver.DeviceInfo;

/** Which device to be, and what to check. */
public final class SimulatedCudaBuilder {
  DeviceInfo device =
      new DeviceInfo(
          0,
          "Simulated GPU",
          90,
          4,
          48 << 10,
          true,
          40 << 20,
          Double.POSITIVE_INFINITY,
          8L << 30,
          12060);
  boolean hasGemm = true;
  boolean checkUninitialised = true;
  boolean checkRaces = true;
  boolean shuffle;
  long seed;
  long instructionLimit = 1L << 30;

  SimulatedCudaBuilder() {}

  /** Whether cuBLAS is there; by default it is. */
  public SimulatedCudaBuilder gemm(boolean present) {
    hasGemm = present;
    return this;
  }

  /** What {@link CudaDriver#device} says; its memory is the limit of what can be allocated. */
  public SimulatedCudaBuilder device(DeviceInfo info) {
    device = info;
    return this;
  }

  /** Limits the memory, in bytes; by default 8 GiB. */
  public SimulatedCudaBuilder memory(long bytes) {
    return changed(device.computeCapability(), device.sharedBytesPerBlock(), bytes);
  }

  /** Sets the compute capability, major·10 + minor; by default 90. */
  public SimulatedCudaBuilder computeCapability(int value) {
    return changed(value, device.sharedBytesPerBlock(), device.totalMemory());
  }

  /** Shared memory a block may use, in bytes; by default 48 KiB. */
  public SimulatedCudaBuilder sharedMemoryLimit(int bytes) {
    return changed(device.computeCapability(), bytes, device.totalMemory());
  }

  /** Bytes of its L2 cache, by which work is cut; by default 40 MiB. */
  public SimulatedCudaBuilder cacheBytes(int bytes) {
    var d = device;
    return device(
        new DeviceInfo(
            d.index(),
            d.name(),
            d.computeCapability(),
            d.multiprocessors(),
            d.sharedBytesPerBlock(),
            d.cooperative(),
            bytes,
            d.longestLaunch(),
            d.totalMemory(),
            d.driverVersion()));
  }

  /** Seconds that a launch may take; by default there is no limit. */
  public SimulatedCudaBuilder longestLaunch(double seconds) {
    var d = device;
    return device(
        new DeviceInfo(
            d.index(),
            d.name(),
            d.computeCapability(),
            d.multiprocessors(),
            d.sharedBytesPerBlock(),
            d.cooperative(),
            d.cacheBytes(),
            seconds,
            d.totalMemory(),
            d.driverVersion()));
  }

  private SimulatedCudaBuilder changed(int computeCapability, int sharedBytes, long memory) {
    var d = device;
    return device(
        new DeviceInfo(
            d.index(),
            d.name(),
            computeCapability,
            d.multiprocessors(),
            sharedBytes,
            d.cooperative(),
            d.cacheBytes(),
            d.longestLaunch(),
            memory,
            d.driverVersion()));
  }

  /** Whether reading memory that was never written is an error; by default it is. */
  public SimulatedCudaBuilder checkUninitialised(boolean on) {
    checkUninitialised = on;
    return this;
  }

  /**
   * Whether unordered accesses of several threads to one word are an error; by default they are.
   */
  public SimulatedCudaBuilder checkRaces(boolean on) {
    checkRaces = on;
    return this;
  }

  /**
   * Runs work as late as possible and in a random order that streams and events allow, blocks and
   * warps of a kernel in a random order too. By default all runs at once and in order.
   */
  public SimulatedCudaBuilder shuffle(long withSeed) {
    shuffle = true;
    seed = withSeed;
    return this;
  }

  /** Warp instructions after which a block is taken to hang; by default 2³⁰. */
  public SimulatedCudaBuilder instructionLimit(long instructions) {
    instructionLimit = instructions;
    return this;
  }

  /** The device. */
  public SimulatedCuda build() {
    return new SimulatedCuda(this);
  }
}
