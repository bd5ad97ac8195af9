package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;

/** The equations of a cell in double, for one sample at one timestep. */
interface DoubleCell {
  /** The activation of a gate. */
  Activation activation(int gate);

  /**
   * The new states.
   *
   * @param z (G,U) the gates before activation; the cell adds its own terms
   * @param before the old states, (states,U)
   */
  double[][] forward(double[][] z, double[][] before);

  /**
   * dZ (G,U); the gradients of the cell's weights are added to.
   *
   * @param z as {@link #forward} left it
   * @param d in: the gradients of the new states; out: those of the old ones, but for what comes to
   *     h through z
   */
  double[][] backward(double[][] z, double[][] before, double[][] after, double[][] d);
}
