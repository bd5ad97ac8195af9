package io.github.lstm4j.graph;

/** What changes from step to step lies in one small input, so that a program stays the same. */
public final class Scalars {
  /** The learning rate. */
  public static final int LEARNING_RATE = 0;

  /** The rule's step size, {@code Optimizer.stepSize}. */
  public static final int STEP_SIZE = 1;

  /** The number of the step for {@link DropoutOp.Draw}, an int as raw bits. */
  public static final int STEP = 2;

  /** The number of elements. */
  public static final int SIZE = 4;

  private Scalars() {}
}
