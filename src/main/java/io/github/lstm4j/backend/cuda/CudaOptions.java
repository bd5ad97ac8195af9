package io.github.lstm4j.backend.cuda;

/**
 * How a CUDA backend runs programs.
 *
 * @param graph whether a step is recorded once as a CUDA graph and replayed; the same bits either
 *     way
 * @param math how matrix products round their inputs; float32 by default
 * @param persistent whether a recurrent layer may go through its whole sequence in one launch that
 *     keeps the recurrent weights on the chip, where its shape and the device allow it; otherwise
 *     it goes step by step. The two sum in different orders
 */
public record CudaOptions(boolean graph, CudaDriver.MathMode math, boolean persistent) {
  /** Graphs, float32 throughout, and whole sequences in one launch. */
  public static final CudaOptions DEFAULT = new CudaOptions(true, CudaDriver.MathMode.FP32, true);

  /** A copy with or without graphs. */
  public CudaOptions withGraph(boolean use) {
    return new CudaOptions(use, math, persistent);
  }

  /** A copy with another rounding. */
  public CudaOptions withMath(CudaDriver.MathMode mode) {
    return new CudaOptions(graph, mode, persistent);
  }

  /** A copy with or without whole sequences in one launch. */
  public CudaOptions withPersistent(boolean use) {
    return new CudaOptions(graph, math, use);
  }
}
