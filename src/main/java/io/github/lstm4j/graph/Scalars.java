package io.github.lstm4j.graph;

import io.github.lstm4j.optimizers.Optimizer;

/** What changes from step to step lies in one small input, so that a program stays the same. */
public final class Scalars {
  /** The learning rate. */
  public static final int LEARNING_RATE = 0;

  /** How much of the old average stays in {@link UpdateOp.Average}. */
  public static final int AVERAGING = 1;

  /** The number of the step for {@link DropoutOp.Draw}, an int as raw bits. */
  public static final int STEP = 2;

  /** Whether {@link UpdateOp.Average} sets the weight too: 1 or 0. */
  public static final int OVERWRITE = 3;

  /** The first of the rule's up to three factors, {@code UpdateRule.factors}. */
  public static final int FACTORS = 4;

  /** The number of elements. */
  public static final int SIZE = 7;

  private Scalars() {}

  /**
   * Those of a training step.
   *
   * @param step from 0
   */
  public static float[] of(Optimizer optimizer, long step) {
    float[] scalars = new float[SIZE];
    float rate = optimizer.learningRate(step);
    long updates = step / optimizer.gradientAccumulationSteps(); // that were made before
    scalars[LEARNING_RATE] = rate;
    scalars[STEP] = Float.intBitsToFloat((int) step);
    Optimizer.Ema ema = optimizer.ema();
    if (ema != null) {
      int every = ema.overwriteFrequency();
      scalars[AVERAGING] = updates == 0 ? 0 : ema.momentum();
      scalars[OVERWRITE] = every > 0 && (updates + 1) % every == 0 ? 1 : 0;
    }
    float[] factors = optimizer.rule().factors(rate, updates + 1);
    System.arraycopy(factors, 0, scalars, FACTORS, factors.length);
    return scalars;
  }
}
