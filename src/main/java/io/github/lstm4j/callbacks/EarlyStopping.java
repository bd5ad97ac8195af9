package io.github.lstm4j.callbacks;

import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.util.List;
import java.util.Map;

/**
 * Stops a training when a value has not improved for some epochs, as Keras's {@code EarlyStopping}.
 *
 * <pre>{@code
 * Fit.epochs(100).callbacks(new EarlyStopping("val_loss").patience(5).restoreBestWeights(true));
 * }</pre>
 */
public final class EarlyStopping implements Callback {
  private final Monitor monitor;
  private int patience;
  private boolean restoreBestWeights;
  private int wait;
  private int bestEpoch;
  private List<Tensor> bestWeights;

  /**
   * @param monitor the key of the value: {@code val_loss}
   */
  public EarlyStopping(String monitor) {
    this.monitor = new Monitor("EarlyStopping", monitor);
  }

  /** How many epochs without improvement are borne; default 0. */
  public EarlyStopping patience(int epochs) {
    if (epochs < 0) {
      throw new IllegalArgumentException(
          "EarlyStopping: patience must be at least 0, got " + epochs);
    }
    patience = epochs;
    return this;
  }

  /** How much less counts as an improvement; default 0: anything less. */
  public EarlyStopping minDelta(double delta) {
    monitor.minDelta(delta);
    return this;
  }

  /** Whether the weights of the best epoch are put back at the end; default false. */
  public EarlyStopping restoreBestWeights(boolean restore) {
    restoreBestWeights = restore;
    return this;
  }

  /** The epoch of the best value, counted from 0. */
  public int bestEpoch() {
    return bestEpoch;
  }

  @Override
  public void onTrainBegin(Training training) {
    monitor.reset();
    wait = 0;
    bestEpoch = 0;
    bestWeights = null;
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    wait++;
    if (monitor.improves(logs)) {
      wait = 0;
      bestEpoch = epoch;
      if (restoreBestWeights) {
        bestWeights = training.model().getWeights();
      }
    } else if (wait >= patience && epoch > 0) {
      training.stop(
          "Epoch "
              + (epoch + 1)
              + ": early stopping; the best epoch was "
              + (bestEpoch + 1)
              + " with "
              + monitor);
    }
  }

  @Override
  public void onTrainEnd(Training training) {
    if (bestWeights != null) {
      training.model().setWeights(bestWeights);
    }
  }
}
