package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.Map;

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

  /** How many floats of values that the op writes forward it keeps, where that is not all. */
  Map<Value, Long> keeps();

  /** Adds the launches of the op. */
  void forward();

  /** Adds the launches of the op's gradient. */
  void backward(RecurrentOp.RecurrentGrad gradient);
}
