package io.github.lstm4j.backend.cuda.sim;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import java.util.Locale;

/** Grid and block of a launch, and how their threads are numbered. */
record LaunchShape(Dim3 grid, Dim3 block) {
  int blocks() {
    return Math.multiplyExact(Math.multiplyExact(grid.x(), grid.y()), grid.z());
  }

  int threads() {
    return block.x() * block.y() * block.z();
  }

  int warps() {
    return (threads() + Warp.LANES - 1) / Warp.LANES;
  }

  /** How far the global numbers of two blocks' first threads are apart: whole warps. */
  int blockStride() {
    return warps() * Warp.LANES;
  }

  /** The coordinate of a linear index along axis 0 (x), 1 or 2. */
  static int coordinate(Dim3 extent, int index, int axis) {
    return switch (axis) {
      case 0 -> index % extent.x();
      case 1 -> index / extent.x() % extent.y();
      default -> index / extent.x() / extent.y();
    };
  }

  /** A thread by its global number, in words. */
  String describe(int who) {
    return "thread "
        + coordinates(block, who % blockStride())
        + " of block "
        + coordinates(grid, who / blockStride());
  }

  static String coordinates(Dim3 extent, int index) {
    return String.format(
        Locale.ROOT,
        "(%d,%d,%d)",
        coordinate(extent, index, 0),
        coordinate(extent, index, 1),
        coordinate(extent, index, 2));
  }
}
