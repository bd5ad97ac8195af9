package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.cuda.CudaDriver.DeviceInfo;

/**
 * What a program is compiled for: what decides how a device is best given its work.
 *
 * @param computeCapability major·10 + minor
 * @param multiprocessors their number
 * @param sharedBytes the most shared memory that a block can have
 * @param cooperative whether all blocks of a launch can run at once and wait for one another
 * @param cacheBytes of the L2 cache
 * @param longestLaunch seconds that a launch may take; infinite where there is no limit
 * @param cublas whether matrix products run in cuBLAS, else in the kernel of {@code
 *     kernels/gemm.cu}
 */
record Target(
    int computeCapability,
    int multiprocessors,
    int sharedBytes,
    boolean cooperative,
    int cacheBytes,
    double longestLaunch,
    boolean cublas) {
  /** What listings and estimates are made for, which need no device: an H100 with cuBLAS. */
  static final Target H100 =
      new Target(90, 132, 227 << 10, true, 50 << 20, Double.POSITIVE_INFINITY, true);

  /** A device that is there. */
  static Target of(DeviceInfo device, boolean cublas) {
    return new Target(
        device.computeCapability(),
        device.multiprocessors(),
        device.sharedBytesPerBlock(),
        device.cooperative(),
        device.cacheBytes(),
        device.longestLaunch(),
        cublas);
  }
}
