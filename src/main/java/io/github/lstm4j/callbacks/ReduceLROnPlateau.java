package io.github.lstm4j.callbacks;

import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.CallbackState;
import io.github.lstm4j.training.Training;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Lowers the learning rate when a value has not improved for some epochs, as Keras's {@code
 * ReduceLROnPlateau}. The logs get the epoch's rate as {@code learning_rate}, and so do callbacks
 * that come after this one.
 *
 * <pre>{@code
 * new ReduceLROnPlateau("val_loss").factor(0.2).patience(5).minLr(1e-5f);
 * }</pre>
 */
public final class ReduceLROnPlateau implements Callback {
  private static final String NAME = "ReduceLROnPlateau";

  private final Monitor monitor;
  private double factor = 0.1;
  private int patience = 10;
  private int cooldown;
  private float minLearningRate;
  private int wait;
  private int cooling; // epochs

  /**
   * @param monitor the key of the value: {@code val_loss}. A training whose logs cannot have it is
   *     refused before its first epoch
   */
  public ReduceLROnPlateau(String monitor) {
    this.monitor = new Monitor(NAME, monitor);
    minDelta(1e-4);
  }

  /** What the learning rate is multiplied by, from 0 to less than 1; default 0.1. */
  public ReduceLROnPlateau factor(double lower) {
    require(lower >= 0 && lower < 1, "factor must lie in [0, 1), got " + lower);
    factor = lower;
    return this;
  }

  /** After how many epochs without improvement; default 10. */
  public ReduceLROnPlateau patience(int epochs) {
    require(epochs >= 0, "patience must be at least 0, got " + epochs);
    patience = epochs;
    return this;
  }

  /** Which values are better: {@code min}, {@code max}, or {@code auto}, the default. */
  public ReduceLROnPlateau mode(String mode) {
    monitor.mode(mode);
    return this;
  }

  /** How much less (or more) counts as an improvement; default 1e-4. */
  public ReduceLROnPlateau minDelta(double delta) {
    monitor.minDelta(delta);
    return this;
  }

  /** For how many epochs after a reduction nothing is counted; default 0. */
  public ReduceLROnPlateau cooldown(int epochs) {
    require(epochs >= 0, "cooldown must be at least 0, got " + epochs);
    cooldown = epochs;
    return this;
  }

  /** What the learning rate does not fall below; default 0. */
  public ReduceLROnPlateau minLr(float rate) {
    require(rate >= 0 && Float.isFinite(rate), "minLr must be at least 0, got " + rate);
    minLearningRate = rate;
    return this;
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException(NAME + ": " + problem);
    }
  }

  @Override
  public void onTrainBegin(Training training) {
    training.requireSettableRate(NAME);
    monitor.begin(training);
    monitor.best(null);
    wait = 0;
    cooling = 0;
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    float rate = training.model().learningRate();
    logs.put("learning_rate", (double) rate);
    if (monitor.passes(logs)) {
      return;
    }
    if (cooling > 0) {
      cooling--;
      wait = 0;
    }
    if (monitor.improves(logs)) {
      wait = 0;
    } else if (cooling == 0) {
      wait++;
      if (wait >= patience && rate > minLearningRate) {
        training.model().setLearningRate((float) Math.max(rate * factor, minLearningRate));
        cooling = cooldown;
        wait = 0;
      }
    }
  }

  @Override
  public String stateName() {
    return NAME + "(" + monitor.key() + ")";
  }

  @Override
  public CallbackState state() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("best", monitor.best());
    values.put("wait", wait);
    values.put("cooling", cooling);
    return CallbackState.of(values);
  }

  @Override
  public void restore(Training training, CallbackState state) {
    monitor.best(state.number("best"));
    wait = state.whole("wait");
    cooling = state.whole("cooling");
  }
}
