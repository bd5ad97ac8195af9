package io.github.lstm4j.tasks;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.losses.Loss;

/**
 * What a model for a task has to end in, and what it learns by.
 *
 * @param units the outputs of the last layer
 * @param activation of the last layer
 * @param loss what the outputs mean is learnt by, unless another is asked for
 * @param per what there is one output vector for
 * @param padding what the features of those timesteps equal that only fill up a short sequence, to
 *     be masked; null if all sequences are equally long
 */
public record Head(int units, Activation activation, Loss loss, Per per, Float padding) {
  /** What there is one output vector for. */
  public enum Per {
    /** A sample: (batch, units). */
    SAMPLE,
    /** Each timestep, given those up to it: (batch, timesteps, units). */
    TIMESTEP,
    /**
     * Each timestep, given what is left of the whole sample in one vector: an encoder and a
     * decoder. (batch, timesteps, units).
     */
    RECONSTRUCTED_TIMESTEP
  }

  /** Whether a loss takes the same outputs and targets. */
  public boolean takes(Loss other) {
    return other.sparse() == loss.sparse()
        && other.fromLogits() == loss.fromLogits()
        && other.quantiles().equals(loss.quantiles())
        && (other.kind() == loss.kind() || !other.kind().isCrossentropy());
  }

  /** As many numbers as the model thinks right, learnt by their squared error. */
  static Head ofNumbers(int units) {
    return new Head(units, Activation.LINEAR, Loss.meanSquaredError(), Per.SAMPLE, null);
  }

  /** These quantiles of each of as many numbers, side by side. */
  static Head ofQuantiles(int numbers, float... quantiles) {
    int units = numbers * quantiles.length;
    return new Head(units, Activation.LINEAR, Loss.quantile(quantiles), Per.SAMPLE, null);
  }
}
