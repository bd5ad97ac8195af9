package io.github.lstm4j.callbacks;

import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;

/** Stops a training as soon as the loss is NaN or infinite. */
public final class TerminateOnNaN implements Callback {
  @Override
  public void onBatchEnd(Training training, int step) {
    double loss = training.logs().get("loss");
    if (!Double.isFinite(loss)) {
      training.stop("Step " + (step + 1) + ": the loss is " + loss + "; training ends");
    }
  }
}
