package io.github.lstm4j.backend.cuda.sim;

import io.github.lstm4j.backend.cuda.sim.Instruction.Action;

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
      case "sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32" -> product(8, false, fragments);
      case "sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32" -> product(16, true, fragments);
      default -> null;
    };
  }

  private static Action product(int depth, boolean bfloat, int[][] fragments) {
    int[] d = fragments[0];
    int[] inA = fragments[1];
    int[] inB = fragments[2];
    int[] c = fragments[3];
    if (d.length != 4 || inA.length != 4 || inB.length != 2 || c.length != 4) {
      return null;
    }
    return (warp, lanes) -> {
      if (lanes != -1) {
        throw new DeviceCheckError("divergence: a matrix product takes all 32 threads of a warp");
      }
      var r = warp.registers;
      var a = new float[ROWS][depth];
      var b = new float[depth][COLUMNS];
      for (int lane = 0; lane < Warp.LANES; lane++) {
        int g = lane / 4;
        int q = lane % 4;
        for (int i = 0; i < 4; i++) {
          int bits = (int) r[inA[i] + lane];
          int row = g + 8 * (i % 2);
          if (bfloat) {
            a[row][2 * q + 8 * (i / 2)] = Float.intBitsToFloat(bits << 16);
            a[row][2 * q + 8 * (i / 2) + 1] = Float.intBitsToFloat(bits & 0xFFFF_0000);
          } else {
            a[row][q + 4 * (i / 2)] = Float.intBitsToFloat(bits & ~0x1FFF);
          }
        }
        for (int i = 0; i < 2; i++) {
          int bits = (int) r[inB[i] + lane];
          if (bfloat) {
            b[2 * q + 8 * i][g] = Float.intBitsToFloat(bits << 16);
            b[2 * q + 8 * i + 1][g] = Float.intBitsToFloat(bits & 0xFFFF_0000);
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
