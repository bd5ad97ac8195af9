package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import java.util.Locale;

/**
 * How the blocks of one launch share the units and samples of an LSTM that is too large for one
 * block: {@code kernels/lstm_persistent2.cuh}.
 *
 * @param math what the products round to: TF32 or bfloat16
 * @param width the kernel's number of units, of which those beyond U count as zeros
 * @param units of a block
 * @param blocks along the units
 * @param slices along the samples
 * @param rows samples of a slice, a multiple of 16
 */
record GridTiling(MathMode math, int width, int units, int blocks, int slices, int rows) {
  private static final int THREADS = 256;
  private static final int WARPS = THREADS / 32;
  private static final int SHORTEST = 4; // timesteps that make up for reading the weights
  private static final int LEAST_UNITS = 129; // fewer have room in one block
  private static final int MOST_UNITS = 1024;
  private static final int MOST_ROWS = 64;

  /** Of the kernels that there are: width, units of a block with TF32, with bfloat16. */
  private static final int[][] WIDTHS = {
    {256, 8, 8}, {512, 16, 16}, {768, 8, 16}, {MOST_UNITS, 8, 16}
  };

  // what a step is estimated by, of an H100: seconds, bytes a second of L2, flop a second
  private static final double EXCHANGE = 1.7e-6;
  private static final double L2 = 5.5e12;
  private static final double TENSOR_CORES = 2.4e14;
  private static final double TWO_LAUNCHES = 4e-6;
  private static final double PRODUCT = 2e14;

  /** A tiling, or the reason why there is none. */
  record Choice(GridTiling tiling, double seconds, String reason) {}

  /** For an op, or for its gradient. */
  static Choice choose(Target target, MathMode math, SequencePlaces at, boolean backward) {
    String reason = refusal(target, math, at);
    if (!reason.isEmpty()) {
      return new Choice(null, 0, reason);
    }
    GridTiling tiling = of(target, math, at.b, at.u, backward);
    if (tiling == null) {
      return new Choice(
          null, 0, "a grid of blocks for its units and batch does not fit the device at once");
    }
    double seconds = tiling.seconds(at.b, at.u, backward);
    double other = secondsOfStep(at.b, at.u, backward);
    if (seconds >= other) {
      return new Choice(
          null,
          0,
          String.format(
              Locale.ROOT,
              "a step of a grid of blocks is estimated at %.1f µs, two launches at %.1f",
              seconds * 1e6,
              other * 1e6));
    }
    return new Choice(tiling, at.t * seconds, "");
  }

  private static String refusal(Target target, MathMode math, SequencePlaces at) {
    if (at.u < LEAST_UNITS || at.u > MOST_UNITS) {
      return "a grid of blocks takes " + LEAST_UNITS + " to " + MOST_UNITS + " units";
    } else if (math == MathMode.FP32) {
      return "a grid of blocks multiplies in TF32 or bfloat16 only";
    } else if (target.computeCapability() < 80 || !target.cooperative()) {
      return "a grid of blocks needs sm_80 and cooperative launches";
    } else if (at.t < SHORTEST) {
      return "fewer than " + SHORTEST + " timesteps";
    } else if (!(at.op.cell() instanceof CellSpec.Lstm lstm)
        || lstm.peephole() == Peephole.FULL_OUTPUT) {
      return "a grid of blocks is for LSTMs without a full peephole matrix";
    }
    return at.op.droppedH() == null ? "" : "a grid of blocks knows no recurrent dropout";
  }

  /** As many slices as the device holds, each as small as it can be; null if it holds none. */
  static GridTiling of(Target target, MathMode math, int batch, int units, boolean backward) {
    int i = 0;
    while (WIDTHS[i][0] < units) {
      i++;
    }
    int ofBlock = WIDTHS[i][math == MathMode.TF32 ? 1 : 2];
    int blocks = PlanBuilder.blocks(units, ofBlock);
    int slices = Math.min(target.multiprocessors() / blocks, PlanBuilder.blocks(batch, 16));
    if (slices == 0) {
      return null;
    }
    int rows = 16 * PlanBuilder.blocks(PlanBuilder.blocks(batch, slices), 16);
    GridTiling tiling =
        new GridTiling(math, WIDTHS[i][0], ofBlock, blocks, PlanBuilder.blocks(batch, rows), rows);
    boolean fits = rows <= MOST_ROWS && tiling.sharedBytes(backward) <= target.sharedBytes();
    return fits ? tiling : null;
  }

  /** What the kernels' header says. */
  private int sharedBytes(boolean backward) {
    int columns = backward ? units : 4 * units;
    return Float.BYTES * rows * (WARPS * (columns + 8) + (backward ? 10 : 6) * units);
  }

  /** What the blocks hand to one another, in words: two places for h, or dZ, of a step. */
  long handed(int batch, boolean backward) {
    return 2 * handedBytes(batch, backward) / Integer.BYTES;
  }

  private long handedBytes(int batch, boolean backward) {
    long bytes = math == MathMode.TF32 ? 4 : 2;
    return bytes * batch * blocks * units * (backward ? 4 : 1);
  }

  /** The flags by which blocks tell of themselves, in words. */
  int flags() {
    return 8 * blocks * slices;
  }

  LaunchConfig launch(boolean backward) {
    return LaunchConfig.of(Dim3.of(blocks, slices), Dim3.of(THREADS))
        .withShared(sharedBytes(backward))
        .together();
  }

  /** A step: the exchange, what all blocks read of the others, and the products. */
  private double seconds(int b, int u, boolean backward) {
    double bytes = (double) blocks * handedBytes(b, backward);
    return EXCHANGE + bytes / L2 + 8.0 * b * u * u / TENSOR_CORES;
  }

  /** A product and a kernel, which read all weights anew. */
  private static double secondsOfStep(int b, int u, boolean backward) {
    double states = 4.0 * b * u * (backward ? 16 : 8);
    return TWO_LAUNCHES + (16.0 * u * u + states) / L2 + 8.0 * b * u * u / PRODUCT;
  }

  /** The blocks, for a listing. */
  String text() {
    return String.format(
        Locale.ROOT,
        "%d blocks of %d units in %d slice%s of %d samples",
        blocks * slices,
        units,
        slices,
        slices == 1 ? "" : "s",
        rows);
  }
}
