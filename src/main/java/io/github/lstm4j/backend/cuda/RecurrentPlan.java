package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.RecurrentOp;

/**
 * How a device takes whole sequences through a cell, and back: a strategy, which {@link
 * RecurrentPlans} chooses for an op by its cell, its shape and the {@link Target}.
 */
sealed interface RecurrentPlan permits LstmGrid, OneBlock, StepByStep {
  /**
   * What a listing says of it.
   *
   * @param whose the sequence, forward or back
   */
  Route route(String whose);

  /** Adds the launches of the op. */
  void forward();

  /** Adds the launches of the op's gradient. */
  void backward(RecurrentOp.RecurrentGrad gradient);
}
