package io.github.lstm4j.callbacks;

import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.CallbackState;
import io.github.lstm4j.training.Training;
import java.util.LinkedHashMap;
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
  private Double baseline;
  private int startFromEpoch;
  private boolean restoreBestWeights;
  private int wait;
  private int bestEpoch;
  private String stopped; // why, or null
  private List<Tensor> bestWeights;

  /**
   * @param monitor the key of the value: {@code val_loss}. A training whose logs cannot have it is
   *     refused before its first epoch
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

  /** How much less (or more) counts as an improvement; default 0: anything. */
  public EarlyStopping minDelta(double delta) {
    monitor.minDelta(delta);
    return this;
  }

  /**
   * Which values are better: {@code min}, {@code max}, or {@code auto}, the default: as the metric
   * of that name says. A value that another callback puts into the logs needs one of the first two.
   */
  public EarlyStopping mode(String mode) {
    monitor.mode(mode);
    return this;
  }

  /** A value that must be surpassed: epochs that do not count as ones without improvement. */
  public EarlyStopping baseline(double value) {
    baseline = value;
    return this;
  }

  /** The epoch, counted from 0, with which watching begins; default 0. */
  public EarlyStopping startFromEpoch(int epoch) {
    if (epoch < 0) {
      throw new IllegalArgumentException(
          "EarlyStopping: startFromEpoch must be at least 0, got " + epoch);
    }
    startFromEpoch = epoch;
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
    monitor.begin(training);
    monitor.best(null);
    wait = 0;
    bestEpoch = 0;
    stopped = null;
    bestWeights = null;
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    if (epoch < startFromEpoch || monitor.passes(logs)) {
      return;
    }
    wait++;
    if (monitor.improves(logs)) {
      bestEpoch = epoch;
      if (restoreBestWeights) {
        bestWeights = training.model().getWeights();
      }
      if (baseline == null || monitor.isBetter(monitor.best(), baseline)) {
        wait = 0;
      }
    } else if (wait >= patience && epoch > 0) {
      stopped =
          "Epoch "
              + (epoch + 1)
              + ": early stopping; the best epoch was "
              + (bestEpoch + 1)
              + " with "
              + monitor;
      training.stop(stopped);
    }
  }

  @Override
  public void onTrainEnd(Training training) {
    if (bestWeights != null) {
      training.model().setWeights(bestWeights);
      bestWeights = null; // the model has them
    }
  }

  @Override
  public String stateName() {
    return "EarlyStopping(" + monitor.key() + ")";
  }

  @Override
  public CallbackState state() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("best", monitor.best());
    values.put("best_epoch", bestEpoch);
    values.put("wait", wait);
    values.put("stopped", stopped);
    return new CallbackState(values, bestWeights == null ? List.of() : bestWeights);
  }

  @Override
  public void restore(Training training, CallbackState state) {
    monitor.best(state.number("best"));
    bestEpoch = state.whole("best_epoch");
    wait = state.whole("wait");
    if (restoreBestWeights && monitor.best() != null) {
      // where the training had ended they were put back
      bestWeights = state.tensors().isEmpty() ? training.model().getWeights() : state.tensors();
    }
    stopped = state.text("stopped");
    if (stopped != null) {
      training.stop(stopped);
    }
  }
}
