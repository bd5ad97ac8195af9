package io.github.lstm4j.compile;

import io.github.lstm4j.graph.ObjectiveOp.LossValue;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Lowering;
import io.github.lstm4j.losses.Loss.Reduction;
import java.util.List;

/** What a model must be like for each of several processes to train on a share of every batch. */
final class Share {
  private Share() {}

  /**
   * Refuses what would not be that of the whole batch.
   *
   * @param gradients by each trained weight, null where no loss depends on it
   * @param penalty null without
   */
  static void check(
      Lowering to, Goal goal, List<Value> gradients, List<LossValue> losses, Value penalty) {
    to.kept()
        .keySet()
        .forEach(
            weight ->
                refuse(
                    weight.name()
                        + " is measured on the whole batch, of which each has a share; freeze the"
                        + " layer with trainable(false), or use LayerNormalization"));
    for (int i = 0; i < gradients.size(); i++) {
      if (gradients.get(i) == null) {
        refuse(
            "no loss depends on "
                + goal.trained().get(i).path()
                + "; freeze its layer with trainable(false)");
      }
    }
    if (losses.size() > 1 || penalty != null) {
      losses.stream()
          .filter(loss -> !isMeanOfSamples(loss))
          .forEach(
              loss ->
                  refuse(
                      loss.loss().name()
                          + " with a mask, an ignored class or the reduction "
                          + loss.loss().reduction().kerasName()
                          + " beside "
                          + (penalty == null ? "other losses" : "a regularizer")
                          + ": their shares of a batch differ"));
    }
  }

  /** Whether a share's part of the loss is its part of the samples. */
  private static boolean isMeanOfSamples(LossValue loss) {
    return loss.mask() == null
        && loss.loss().ignoreClass() == null
        && loss.loss().reduction() == Reduction.SUM_OVER_BATCH_SIZE;
  }

  private static void refuse(String what) {
    throw new IllegalArgumentException("fit: allReduce or devices: " + what);
  }
}
