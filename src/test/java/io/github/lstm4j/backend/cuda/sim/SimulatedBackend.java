package io.github.lstm4j.backend.cuda.sim;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.equivalence.SwitchedBackend;

/** The CUDA backend on a simulated device that checks every access and every race. */
public final class SimulatedBackend {
  private SimulatedBackend() {}

  private static final class Shared {
    static final Backend BACKEND = open();
  }

  /** One for all tests; not to be closed. */
  public static Backend shared() {
    return Shared.BACKEND;
  }

  /** A new one. */
  public static SwitchedBackend open() {
    return new SwitchedBackend(
        SimulatedCuda.builder().build(), SimulatedCuda.builder().build(), CudaOptions.DEFAULT);
  }
}
