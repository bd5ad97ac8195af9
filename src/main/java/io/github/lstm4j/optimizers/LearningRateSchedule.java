package io.github.lstm4j.optimizers;

/**
 * A learning rate that depends on how far a training is, as Keras's {@code optimizers.schedules}.
 * What a step is says who asks: a {@code LearningRateScheduler} counts epochs, from 0.
 */
@FunctionalInterface
public interface LearningRateSchedule {
  /**
   * The learning rate.
   *
   * @param step at least 0
   */
  double at(long step);

  /**
   * Keras's {@code ExponentialDecay}: {@code initial · decayRate^(step / decaySteps)}.
   *
   * @param decaySteps after how many steps the rate has fallen by {@code decayRate}; above 0
   * @param decayRate above 0
   */
  static LearningRateSchedule exponentialDecay(
      double initialLearningRate, double decaySteps, double decayRate) {
    return exponentialDecay(initialLearningRate, decaySteps, decayRate, false);
  }

  /**
   * As {@link #exponentialDecay(double, double, double)}.
   *
   * @param staircase whether the rate falls every {@code decaySteps} steps only
   */
  static LearningRateSchedule exponentialDecay(
      double initialLearningRate, double decaySteps, double decayRate, boolean staircase) {
    requireRate("initialLearningRate", initialLearningRate);
    requireAboveZero("decaySteps", decaySteps);
    requireAboveZero("decayRate", decayRate);
    return step -> {
      double p = step / decaySteps;
      return initialLearningRate * Math.pow(decayRate, staircase ? Math.floor(p) : p);
    };
  }

  /**
   * Keras's {@code CosineDecay}: half a cosine from {@code initial} to {@code alpha · initial},
   * which then stays.
   *
   * @param decaySteps over how many steps; above 0
   * @param alpha what is left of the rate in the end, from 0 to 1
   */
  static LearningRateSchedule cosineDecay(
      double initialLearningRate, double decaySteps, double alpha) {
    return cosineDecay(initialLearningRate, decaySteps, alpha, initialLearningRate, 0);
  }

  /**
   * As {@link #cosineDecay(double, double, double)}, after a straight line from {@code initial} to
   * {@code warmupTarget}, from which the cosine then begins.
   *
   * @param warmupSteps over how many steps; at least 0
   */
  static LearningRateSchedule cosineDecay(
      double initialLearningRate,
      double decaySteps,
      double alpha,
      double warmupTarget,
      double warmupSteps) {
    requireRate("initialLearningRate", initialLearningRate);
    requireRate("warmupTarget", warmupTarget);
    requireRate("warmupSteps", warmupSteps);
    requireAboveZero("decaySteps", decaySteps);
    if (!(alpha >= 0 && alpha <= 1)) {
      throw new IllegalArgumentException("schedule: alpha must lie in [0, 1], got " + alpha);
    }
    return step -> {
      if (step < warmupSteps) {
        return initialLearningRate + (warmupTarget - initialLearningRate) * step / warmupSteps;
      }
      double done = Math.min(step - warmupSteps, decaySteps) / decaySteps;
      double cosine = (1 + Math.cos(Math.PI * done)) / 2;
      return warmupTarget * ((1 - alpha) * cosine + alpha);
    };
  }

  private static void requireRate(String name, double value) {
    if (!(value >= 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException("schedule: " + name + " must be at least 0, got " + value);
    }
  }

  private static void requireAboveZero(String name, double value) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(
          "schedule: " + name + " must be greater than 0, got " + value);
    }
  }
}
