package io.github.lstm4j.inspect;

import io.github.lstm4j.compile.Plan;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Tensor;

/**
 * How much each of a model's outputs changes with each number of its input: ∂y/∂x, the gradient
 * that training would send back, of one output alone (Simonyan, Vedaldi and Zisserman, 2014).
 */
public final class Saliency {
  private Saliency() {}

  /**
   * The derivatives of one output by all inputs.
   *
   * @param x what {@code predict} takes, as one batch
   * @param output the output's number, from 0; of a model that returns a sequence, at its last
   *     timestep
   * @return (samples, timesteps, features), or as x is; for a model that begins with an Embedding,
   *     by the vectors that its ids stand for: (samples, timesteps, vector)
   * @throws IllegalArgumentException if the model does not take x, or has no such output
   */
  public static Tensor of(Model model, Tensor x, int output) {
    try (Probe probe = Probe.of(model, Plan.Mode.SALIENCY, x)) {
      Plan plan = probe.plan();
      Tensor ask = Tensor.zeros(Plan.outside(plan.outputGradient()));
      int width = ask.shape().last();
      if (output < 0 || output >= width) {
        throw new IllegalArgumentException(
            model.name() + ": expected an output from 0 to " + (width - 1) + ", got " + output);
      }
      int perSample = ask.size() / x.dim(0);
      for (int b = 0; b < x.dim(0); b++) {
        ask.data()[(b + 1) * perSample - width + output] = 1;
      }
      probe.write(plan.outputGradient(), ask);
      probe.run();
      Value gradient = plan.inputGradient();
      return gradient == null ? none(plan) : batchFirst(probe.read(gradient), gradient);
    }
  }

  /** The output does not depend on the input at all. */
  private static Tensor none(Plan plan) {
    return Tensor.zeros(Plan.outside(plan.inputs().get(0)));
  }

  /** (T,B,…) as it lies in memory to (B,T,…). */
  private static Tensor batchFirst(Tensor read, Value gradient) {
    if (read.shape().rank() < 3 || gradient.timeMajor()) {
      return read;
    }
    int timesteps = read.dim(0);
    int batch = read.dim(1);
    int width = read.size() / timesteps / batch;
    Tensor d = Tensor.zeros(read.shape().with(0, batch).with(1, timesteps));
    for (int t = 0; t < timesteps; t++) {
      for (int b = 0; b < batch; b++) {
        int from = (t * batch + b) * width;
        System.arraycopy(read.data(), from, d.data(), (b * timesteps + t) * width, width);
      }
    }
    return d;
  }
}
