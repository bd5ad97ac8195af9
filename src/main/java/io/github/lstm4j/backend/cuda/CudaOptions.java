package io.github.lstm4j.backend.cuda;

/**
 * How a CUDA backend runs programs.
 *
 * @param graph whether a step is recorded once as a CUDA graph and replayed; the same bits either
 *     way
 * @param math how matrix products round their inputs; float32 by default
 */
public record CudaOptions(boolean graph, CudaDriver.MathMode math) {
  /** Graphs, and float32 throughout. */
  public static final CudaOptions DEFAULT = new CudaOptions(true, CudaDriver.MathMode.FP32);

  /** A copy with or without graphs. */
  public CudaOptions withGraph(boolean use) {
    return new CudaOptions(use, math);
  }

  /** A copy with another rounding. */
  public CudaOptions withMath(CudaDriver.MathMode mode) {
    return new CudaOptions(graph, mode);
  }
}
