package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.RecurrentOp;

/** What a cell computes between the matrix products of {@link StepByStep}. */
interface StepKernels {
  /**
   * The {@code s}-th processed step: from the gates before activation, without bias, to the states
   * after it, the output, and what the gates of the next step see of h under recurrent dropout.
   */
  void forward(int s);

  /**
   * The {@code s}-th processed step, coming from later ones: the gates become dZ, and the states'
   * gradients those of the states before, but for what comes through the gates.
   */
  void backward(int s, RecurrentOp.RecurrentGrad gradient);

  /**
   * Whether what {@link #backward} leaves of h's gradient is added to, and not only overwritten.
   */
  boolean passesBy();

  /** The gradients of the cell's weights beside kernel, recurrent kernel and bias, from all dZ. */
  void weightGradients(RecurrentOp.RecurrentGrad gradient);
}
