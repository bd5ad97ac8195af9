package io.github.lstm4j.backend.cuda.sim;

import io.github.lstm4j.backend.cuda.sim.Instruction.Action;

/** Instructions that exchange values between the threads of a warp. */
final class WarpOperations {
  /** What a thread gets from one that takes no part: undefined, and NaN as a float32. */
  private static final long POISON = 0xFFFF_FFFFL;

  private WarpOperations() {}

  /**
   * {@code shfl.sync}: a value from another lane.
   *
   * @param mode up, down, bfly or idx
   * @param predicate the slot that says whether the lane was in range, or -1
   * @return null if there is no such mode
   */
  static Action shuffle(String mode, int target, int predicate, int value, int by, int clamp) {
    var source = source(mode);
    if (source == null) {
      return null;
    }
    return (warp, lanes) -> {
      var r = warp.registers;
      var before = new long[Warp.LANES];
      System.arraycopy(r, value, before, 0, Warp.LANES);
      var distance = new long[Warp.LANES];
      System.arraycopy(r, by, distance, 0, Warp.LANES);
      for (int rest = lanes; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        int c = (int) r[clamp + lane];
        int segment = (c >> 8) & 31;
        int limit = (lane & segment) | (c & 31 & ~segment);
        int from = source.lane(lane, (int) distance[lane] & 31, lane & segment, segment);
        boolean inRange = mode.equals("up") ? from >= limit : from <= limit;
        int picked = inRange ? from : lane;
        r[target + lane] = ((lanes >>> picked) & 1) != 0 ? before[picked] : POISON;
        if (predicate >= 0) {
          r[predicate + lane] = inRange ? 1 : 0;
        }
      }
    };
  }

  private static SourceLane source(String mode) {
    return switch (mode) {
      case "up" -> (lane, by, first, segment) -> lane - by;
      case "down" -> (lane, by, first, segment) -> lane + by;
      case "bfly" -> (lane, by, first, segment) -> lane ^ by;
      case "idx" -> (lane, by, first, segment) -> first | (by & ~segment);
      default -> null;
    };
  }

  /**
   * {@code vote.sync}: what the predicates of all lanes say together.
   *
   * @param mode all, any, uni or ballot
   * @return null if there is no such mode
   */
  static Action vote(String mode, int target, int predicate) {
    LaneVote result =
        switch (mode) {
          case "all" -> (set, lanes) -> set == lanes ? 1 : 0;
          case "any" -> (set, lanes) -> set != 0 ? 1 : 0;
          case "uni" -> (set, lanes) -> set == 0 || set == lanes ? 1 : 0;
          case "ballot" -> (set, lanes) -> set & 0xFFFF_FFFFL;
          default -> null;
        };
    if (result == null) {
      return null;
    }
    return (warp, lanes) -> {
      long value = result.of(warp.where(predicate, false) & lanes, lanes);
      spread(warp, lanes, target, value);
    };
  }

  /** {@code activemask}: the lanes that execute it. */
  static Action activeMask(int target) {
    return (warp, lanes) -> spread(warp, lanes, target, lanes & 0xFFFF_FFFFL);
  }

  private static void spread(Warp warp, int lanes, int target, long value) {
    for (int rest = lanes; rest != 0; rest &= rest - 1) {
      warp.registers[target + Integer.numberOfTrailingZeros(rest)] = value;
    }
  }

  @FunctionalInterface
  private interface SourceLane {
    int lane(int lane, int by, int firstOfSegment, int segment);
  }

  @FunctionalInterface
  private interface LaneVote {
    long of(int set, int lanes);
  }
}
