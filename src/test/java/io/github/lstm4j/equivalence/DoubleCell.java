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
   * @param inner what it keeps beside them, or nothing: in, h₋·R where that lies apart
   * @param seenH (G,U) what each gate sees of h₋
   * @param before the old states, (states,U)
   */
  double[][] forward(double[][] z, double[][] inner, double[][] seenH, double[][] before);

  /**
   * dZ (G,U); the gradients of the cell's own weights are added to.
   *
   * @param z as {@link #forward} left it
   * @param inner as {@link #forward} left it; out: the gradient of h₋·R where that lies apart, else
   *     that of what the gates beyond {@code recurrentGates} saw of h₋
   * @param d in: the gradients of the new states; out: those of the old ones, but for what comes to
   *     h through what the gates see of it
   */
  double[][] backward(
      double[][] z,
      double[][] inner,
      double[][] seenH,
      double[][] before,
      double[][] after,
      double[][] d);
}
