package io.github.lstm4j.backend.cuda.sim;

import io.github.lstm4j.backend.cuda.sim.Instruction.Action;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * {@code mma.sync}: D(16,8) = A(16,K)·B(K,8) + C, which the 32 threads of a warp hold in pieces as
 * PTX ISA 9.7.14 draws them. Inputs are cut to their type, products exact, sums float32 in the
 * order of k. With g = lane / 4 and q = lane % 4, in registers of 32 bits:
 *
 * <ul>
 *   <li>A, TF32, K = 8: row g + 8·(i % 2), k = q + 4·(i / 2) in register i
 *   <li>B, TF32: k = q + 4·i, column g
 *   <li>A, bf16, K = 16: row g + 8·(i % 2), k = 2q + 8·(i / 2), and k + 1 in the upper half
 *   <li>B, bf16: k = 2q + 8·i and k + 1, column g
 *   <li>C, D: row g + 8·(i / 2), column 2q + i % 2
 * </ul>
 *
 * <p>float16 lies as bfloat16 does. {@code ldmatrix} loads matrices (8,8) of 16 bits, each to one
 * register: row g, columns 2q and 2q + 1.
 */
final class MatrixFragments {
  private static final int ROWS = 16;
  private static final int COLUMNS = 8;

  private MatrixFragments() {}

  /**
   * @param shape the instruction's modifiers
   * @param fragments the slots of D, A, B and C
   * @return null if there is no such product
   */
  static Action product(String shape, int[]... fragments) {
    return switch (shape) {
      case "sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32" -> product(8, null, fragments);
      case "sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32" ->
          product(16, PtxType.BF16, fragments);
      case "sync.aligned.m16n8k16.row.col.f32.f16.f16.f32" -> product(16, PtxType.F16, fragments);
      default -> null;
    };
  }

  /**
   * {@code ldmatrix}: of as many matrices as there are targets; lane 8i + r says where row r of the
   * i-th is.
   *
   * @param shape the instruction's modifiers
   * @return null if there is no such load
   */
  static Action load(String shape, int[] targets, MemoryAccess rows) {
    boolean transposed = shape.contains(".trans.");
    String known =
        "sync.aligned.m8n8.x" + targets.length + (transposed ? ".trans" : "") + ".shared.b16";
    if (!shape.equals(known) || targets.length == 3 || targets.length > 4) {
      return null;
    }
    return (warp, lanes) -> {
      requireAll(lanes);
      var m = new long[8 * targets.length][8];
      for (int lane = 0; lane < m.length; lane++) {
        rows.locate(warp, lane, 8);
        for (int column = 0; column < 8; column++) {
          m[lane][column] = rows.readNext(warp, lane);
        }
      }
      for (int i = 0; i < targets.length; i++) {
        for (int lane = 0; lane < Warp.LANES; lane++) {
          int g = lane / 4;
          int pair = 2 * (lane % 4);
          long low = transposed ? m[8 * i + pair][g] : m[8 * i + g][pair];
          long high = transposed ? m[8 * i + pair + 1][g] : m[8 * i + g][pair + 1];
          warp.registers[targets[i] + lane] = low | (high << 16);
        }
      }
    };
  }

  private static void requireAll(int lanes) {
    if (lanes != -1) {
      throw new DeviceCheckError("divergence: a matrix takes all 32 threads of a warp");
    }
  }

  private static float wide(LongUnaryOperator widen, int half) {
    return Float.intBitsToFloat((int) widen.applyAsLong(half));
  }

  /** Of pairs of halves of a type, or, if it is null, of TF32. */
  private static Action product(int depth, PtxType half, int[][] fragments) {
    var widen = half == null ? null : Conversion.of(List.of(), PtxType.F32, half);
    int[] d = fragments[0];
    int[] inA = fragments[1];
    int[] inB = fragments[2];
    int[] c = fragments[3];
    if (d.length != 4 || inA.length != 4 || inB.length != 2 || c.length != 4) {
      return null;
    }
    return (warp, lanes) -> {
      requireAll(lanes);
      var r = warp.registers;
      var a = new float[ROWS][depth];
      var b = new float[depth][COLUMNS];
      for (int lane = 0; lane < Warp.LANES; lane++) {
        int g = lane / 4;
        int q = lane % 4;
        for (int i = 0; i < 4; i++) {
          int bits = (int) r[inA[i] + lane];
          int row = g + 8 * (i % 2);
          if (half != null) {
            a[row][2 * q + 8 * (i / 2)] = wide(widen, bits & 0xFFFF);
            a[row][2 * q + 8 * (i / 2) + 1] = wide(widen, bits >>> 16);
          } else {
            a[row][q + 4 * (i / 2)] = Float.intBitsToFloat(bits & ~0x1FFF);
          }
        }
        for (int i = 0; i < 2; i++) {
          int bits = (int) r[inB[i] + lane];
          if (half != null) {
            b[2 * q + 8 * i][g] = wide(widen, bits & 0xFFFF);
            b[2 * q + 8 * i + 1][g] = wide(widen, bits >>> 16);
          } else {
            b[q + 4 * i][g] = Float.intBitsToFloat(bits & ~0x1FFF);
          }
        }
      }
      var sums = new float[ROWS][COLUMNS];
      for (int lane = 0; lane < Warp.LANES; lane++) {
        for (int i = 0; i < 4; i++) {
          sums[lane / 4 + 8 * (i / 2)][2 * (lane % 4) + i % 2] =
              Float.intBitsToFloat((int) r[c[i] + lane]);
        }
      }
      for (int row = 0; row < ROWS; row++) {
        for (int k = 0; k < depth; k++) {
          for (int column = 0; column < COLUMNS; column++) {
            sums[row][column] += a[row][k] * b[k][column]; // exact: 22 bits of mantissa at most
          }
        }
      }
      for (int lane = 0; lane < Warp.LANES; lane++) {
        for (int i = 0; i < 4; i++) {
          r[d[i] + lane] =
              Float.floatToRawIntBits(sums[lane / 4 + 8 * (i / 2)][2 * (lane % 4) + i % 2])
                  & 0xFFFF_FFFFL;
        }
      }
    };
  }
}
