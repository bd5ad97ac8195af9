package io.github.lstm4j.optimizers;

import io.github.lstm4j.names.Arguments;
import java.util.List;

/**
 * A learning rate that depends on how far a training is, as Keras's {@code optimizers.schedules}.
 * What a step is says who asks: an {@link Optimizer} counts training steps, a {@code
 * LearningRateScheduler} epochs, both from 0.
 *
 * <pre>{@code
 * Optimizer.adam(1e-3f).withLearningRate(LearningRateSchedule.exponentialDecay(1e-3, 1000, 0.9));
 * }</pre>
 */
public sealed interface LearningRateSchedule {
  /**
   * The learning rate.
   *
   * @param step at least 0
   */
  double at(long step);

  /**
   * The same rate throughout.
   *
   * @param rate at least 0
   */
  record Constant(float rate) implements LearningRateSchedule {
    /** Checks the rate. */
    public Constant {
      if (!(rate >= 0)) {
        throw new IllegalArgumentException("learningRate must be at least 0, got " + rate);
      }
    }

    @Override
    public double at(long step) {
      return rate;
    }
  }

  /**
   * {@code initial · decayRate^(step / decaySteps)}.
   *
   * @param decaySteps after how many steps the rate has fallen by {@code decayRate}; above 0
   * @param decayRate above 0
   * @param staircase whether the rate falls every {@code decaySteps} steps only
   */
  record ExponentialDecay(
      double initialLearningRate, double decaySteps, double decayRate, boolean staircase)
      implements LearningRateSchedule {
    /** Checks the parameters. */
    public ExponentialDecay {
      requireRate("initialLearningRate", initialLearningRate);
      requireAboveZero("decaySteps", decaySteps);
      requireAboveZero("decayRate", decayRate);
    }

    @Override
    public double at(long step) {
      double p = step / decaySteps;
      return initialLearningRate * Math.pow(decayRate, staircase ? Math.floor(p) : p);
    }
  }

  /**
   * Half a cosine from {@code initial} to {@code alpha · initial}, which then stays; with a warm-up
   * it begins at {@code warmupTarget}, after a straight line from {@code initial} to that.
   *
   * @param decaySteps over how many steps, after the warm-up; above 0
   * @param alpha what is left of the rate in the end, from 0 to 1
   * @param warmupTarget null for no warm-up
   * @param warmupSteps over how many steps; at least 0
   */
  record CosineDecay(
      double initialLearningRate,
      double decaySteps,
      double alpha,
      Double warmupTarget,
      double warmupSteps)
      implements LearningRateSchedule {
    /** Checks the parameters. */
    public CosineDecay {
      requireRate("initialLearningRate", initialLearningRate);
      requireRate("warmupSteps", warmupSteps);
      requireAboveZero("decaySteps", decaySteps);
      requireFraction("alpha", alpha);
      if (warmupTarget != null) {
        requireRate("warmupTarget", warmupTarget);
      }
    }

    @Override
    public double at(long step) {
      double up = warmupTarget == null ? 0 : warmupSteps;
      double from = warmupTarget == null ? initialLearningRate : warmupTarget;
      if (step < up) {
        return initialLearningRate + (from - initialLearningRate) * step / up;
      }
      double done = Math.min(step - up, decaySteps) / decaySteps;
      return from * ((1 - alpha) * cosine(done) + alpha);
    }
  }

  /**
   * Half cosines one after the other: SGDR, <a href="https://arxiv.org/abs/1608.03983">Loshchilov
   * and Hutter 2016</a>.
   *
   * @param firstDecaySteps how long the first one is; above 0
   * @param tMul how many times as long each next one is; at least 1
   * @param mMul how many times as high each next one begins; at least 0
   * @param alpha the least rate as a fraction of the initial one, from 0 to 1
   */
  record CosineDecayRestarts(
      double initialLearningRate, double firstDecaySteps, double tMul, double mMul, double alpha)
      implements LearningRateSchedule {
    /** Checks the parameters. */
    public CosineDecayRestarts {
      requireRate("initialLearningRate", initialLearningRate);
      requireAboveZero("firstDecaySteps", firstDecaySteps);
      if (!(tMul >= 1 && Double.isFinite(tMul))) {
        throw new IllegalArgumentException("schedule: tMul must be at least 1, got " + tMul);
      }
      requireRate("mMul", mMul);
      requireFraction("alpha", alpha);
    }

    @Override
    public double at(long step) {
      double done = step / firstDecaySteps;
      double restarts = Math.floor(done);
      double within = done - restarts;
      if (tMul != 1) {
        restarts = Math.floor(Math.log(1 - done * (1 - tMul)) / Math.log(tMul));
        double before = (1 - Math.pow(tMul, restarts)) / (1 - tMul);
        within = (done - before) / Math.pow(tMul, restarts);
      }
      double decayed = (1 - alpha) * Math.pow(mMul, restarts) * cosine(within) + alpha;
      return initialLearningRate * decayed;
    }
  }

  /**
   * The first value up to and with the first boundary, the second up to the second, and so on.
   *
   * @param boundaries ascending, at least one
   * @param values one more
   */
  record PiecewiseConstantDecay(List<Double> boundaries, List<Double> values)
      implements LearningRateSchedule {
    /** Checks the parameters. */
    public PiecewiseConstantDecay {
      boundaries = List.copyOf(boundaries);
      values = List.copyOf(values);
      if (boundaries.isEmpty() || values.size() != boundaries.size() + 1) {
        throw new IllegalArgumentException(
            "schedule: expected at least one boundary and one value more than boundaries, got "
                + boundaries
                + " and "
                + values);
      }
      for (int i = 1; i < boundaries.size(); i++) {
        if (!(boundaries.get(i) > boundaries.get(i - 1))) {
          throw new IllegalArgumentException("schedule: boundaries must ascend, got " + boundaries);
        }
      }
      values.forEach(v -> requireRate("a value", v));
    }

    @Override
    public double at(long step) {
      int piece = 0;
      while (piece < boundaries.size() && step > boundaries.get(piece)) {
        piece++;
      }
      return values.get(piece);
    }
  }

  /**
   * {@code (initial − end)·(1 − step / decaySteps)^power + end}.
   *
   * @param decaySteps over how many steps; above 0
   * @param cycle whether {@code decaySteps} is doubled, trebled … once it is reached, so that the
   *     rate goes up again; else it stays at {@code end}
   */
  record PolynomialDecay(
      double initialLearningRate,
      double decaySteps,
      double endLearningRate,
      double power,
      boolean cycle)
      implements LearningRateSchedule {
    /** Checks the parameters. */
    public PolynomialDecay {
      requireRate("initialLearningRate", initialLearningRate);
      requireAboveZero("decaySteps", decaySteps);
      requireRate("endLearningRate", endLearningRate);
      requireAboveZero("power", power);
    }

    @Override
    public double at(long step) {
      double steps = decaySteps;
      double done = step;
      if (cycle) {
        steps *= step == 0 ? 1 : Math.ceil(step / decaySteps);
      } else {
        done = Math.min(done, decaySteps);
      }
      double left = Math.pow(1 - done / steps, power);
      return (initialLearningRate - endLearningRate) * left + endLearningRate;
    }
  }

  /**
   * {@code initial / (1 + decayRate·step / decaySteps)}.
   *
   * @param decaySteps above 0
   * @param decayRate above 0
   * @param staircase whether the rate falls every {@code decaySteps} steps only
   */
  record InverseTimeDecay(
      double initialLearningRate, double decaySteps, double decayRate, boolean staircase)
      implements LearningRateSchedule {
    /** Checks the parameters. */
    public InverseTimeDecay {
      requireRate("initialLearningRate", initialLearningRate);
      requireAboveZero("decaySteps", decaySteps);
      requireAboveZero("decayRate", decayRate);
    }

    @Override
    public double at(long step) {
      double p = step / decaySteps;
      return initialLearningRate / (1 + decayRate * (staircase ? Math.floor(p) : p));
    }
  }

  /** {@link ExponentialDecay} without a staircase. */
  static LearningRateSchedule exponentialDecay(
      double initialLearningRate, double decaySteps, double decayRate) {
    return new ExponentialDecay(initialLearningRate, decaySteps, decayRate, false);
  }

  /** {@link ExponentialDecay}. */
  static LearningRateSchedule exponentialDecay(
      double initialLearningRate, double decaySteps, double decayRate, boolean staircase) {
    return new ExponentialDecay(initialLearningRate, decaySteps, decayRate, staircase);
  }

  /** {@link CosineDecay} without a warm-up. */
  static LearningRateSchedule cosineDecay(
      double initialLearningRate, double decaySteps, double alpha) {
    return new CosineDecay(initialLearningRate, decaySteps, alpha, null, 0);
  }

  /** {@link CosineDecay} after a warm-up. */
  static LearningRateSchedule cosineDecay(
      double initialLearningRate,
      double decaySteps,
      double alpha,
      double warmupTarget,
      double warmupSteps) {
    return new CosineDecay(initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps);
  }

  /** {@link CosineDecayRestarts} with Keras's defaults: each twice as long, as high, down to 0. */
  static LearningRateSchedule cosineDecayRestarts(
      double initialLearningRate, double firstDecaySteps) {
    return new CosineDecayRestarts(initialLearningRate, firstDecaySteps, 2, 1, 0);
  }

  /** {@link PiecewiseConstantDecay}. */
  static LearningRateSchedule piecewiseConstantDecay(List<Double> boundaries, List<Double> values) {
    return new PiecewiseConstantDecay(
        Arguments.given("boundaries", boundaries), Arguments.given("values", values));
  }

  /** {@link PolynomialDecay} that does not cycle. */
  static LearningRateSchedule polynomialDecay(
      double initialLearningRate, double decaySteps, double endLearningRate, double power) {
    return new PolynomialDecay(initialLearningRate, decaySteps, endLearningRate, power, false);
  }

  /** {@link InverseTimeDecay} without a staircase. */
  static LearningRateSchedule inverseTimeDecay(
      double initialLearningRate, double decaySteps, double decayRate) {
    return new InverseTimeDecay(initialLearningRate, decaySteps, decayRate, false);
  }

  private static double cosine(double done) {
    return (1 + Math.cos(Math.PI * done)) / 2;
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

  private static void requireFraction(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException("schedule: " + name + " must lie in [0, 1], got " + value);
    }
  }
}
