package io.github.lstm4j.backend.cuda.sim;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;

/** The registers that say who a thread is. */
final class SpecialRegisters {
  private SpecialRegisters() {}

  static boolean isKnown(String name) {
    return name.matches("%(n?tid|n?ctaid)(\\.[xyz])|%nctaid\\.[xyz]")
        || name.matches("%(laneid|warpid|nwarpid|clock|clock64|lanemask_(eq|lt|le|gt|ge))");
  }

  /**
   * What a register says.
   *
   * @param thread its number in the block
   * @param block its number in the grid
   */
  static long value(String name, LaunchShape shape, int thread, int block) {
    int lane = thread % Warp.LANES;
    return switch (name) {
      case "%laneid" -> lane;
      case "%warpid" -> thread / Warp.LANES;
      case "%nwarpid" -> shape.warps();
      case "%clock", "%clock64" -> 0;
      case "%lanemask_eq" -> 1L << lane;
      case "%lanemask_lt" -> (1L << lane) - 1;
      case "%lanemask_le" -> (2L << lane) - 1;
      case "%lanemask_gt" -> -(2L << lane) & 0xFFFF_FFFFL;
      case "%lanemask_ge" -> -(1L << lane) & 0xFFFF_FFFFL;
      default -> {
        int dot = name.indexOf('.');
        int axis = name.charAt(dot + 1) - 'x';
        yield switch (name.substring(0, dot)) {
          case "%tid" -> LaunchShape.coordinate(shape.block(), thread, axis);
          case "%ctaid" -> LaunchShape.coordinate(shape.grid(), block, axis);
          case "%ntid" -> extent(shape.block(), axis);
          default -> extent(shape.grid(), axis);
        };
      }
    };
  }

  private static int extent(Dim3 extent, int axis) {
    return axis == 0 ? extent.x() : axis == 1 ? extent.y() : extent.z();
  }
}
