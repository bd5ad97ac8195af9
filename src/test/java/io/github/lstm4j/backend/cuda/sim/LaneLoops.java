package io.github.lstm4j.backend.cuda.sim;

import io.github.lstm4j.backend.cuda.sim.Instruction.Action;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/** Functions of registers, applied to every lane that takes part; whole warps run a plain loop. */
final class LaneLoops {
  private LaneLoops() {}

  static Action unary(int target, int a, LongUnaryOperator f) {
    return (warp, lanes) -> {
      var r = warp.registers;
      if (lanes == -1) {
        for (int lane = 0; lane < Warp.LANES; lane++) {
          r[target + lane] = f.applyAsLong(r[a + lane]);
        }
        return;
      }
      for (int rest = lanes; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        r[target + lane] = f.applyAsLong(r[a + lane]);
      }
    };
  }

  static Action binary(int target, int a, int b, LongBinaryOperator f) {
    return (warp, lanes) -> {
      var r = warp.registers;
      if (lanes == -1) {
        for (int lane = 0; lane < Warp.LANES; lane++) {
          r[target + lane] = f.applyAsLong(r[a + lane], r[b + lane]);
        }
        return;
      }
      for (int rest = lanes; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        r[target + lane] = f.applyAsLong(r[a + lane], r[b + lane]);
      }
    };
  }

  static Action ternary(int target, int a, int b, int c, IntegerArithmetic.TernaryOperator f) {
    return (warp, lanes) -> {
      var r = warp.registers;
      if (lanes == -1) {
        for (int lane = 0; lane < Warp.LANES; lane++) {
          r[target + lane] = f.apply(r[a + lane], r[b + lane], r[c + lane]);
        }
        return;
      }
      for (int rest = lanes; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        r[target + lane] = f.apply(r[a + lane], r[b + lane], r[c + lane]);
      }
    };
  }
}
