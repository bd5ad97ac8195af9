package io.github.lstm4j.callbacks;

import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.CallbackState;
import io.github.lstm4j.training.Training;
import java.util.Map;

/**
 * Puts the optimizer's moving averages in the weights' place while a validation runs, as Keras's
 * {@code SwapEMAWeights}; with {@link #swapOnEpoch} also from an epoch's end to the next one's
 * begin, so that callbacks behind it, such as {@code ModelCheckpoint}, save them.
 *
 * <pre>{@code
 * model.compile(Optimizer.adam(1e-3f).withEma(0.99f), Loss.meanSquaredError());
 * model.fit(x, y, Fit.epochs(9).validationSplit(0.2).callbacks(new SwapEMAWeights()));
 * }</pre>
 */
public final class SwapEMAWeights implements Callback {
  private static final String SWAPPED = "swapped";

  private boolean swapOnEpoch;
  private boolean swapped;

  /** Whether the averages stay in the weights' place between epochs; default false. */
  public SwapEMAWeights swapOnEpoch(boolean swap) {
    swapOnEpoch = swap;
    return this;
  }

  private void swap(Training training, boolean to) {
    if (swapped != to) {
      training.model().exchangeAverages();
      swapped = to;
      training.weightsAreAverages(to);
    }
  }

  @Override
  public void onTrainBegin(Training training) {
    swapped = false;
    Optimizer optimizer = training.model().optimizer();
    if (optimizer.ema() == null) {
      throw new IllegalStateException(
          "SwapEMAWeights: "
              + optimizer.name()
              + " keeps no averages of the weights; give it withEma(0.99f)");
    }
  }

  @Override
  public void onEpochBegin(Training training, int epoch) {
    swap(training, false);
  }

  @Override
  public void onTestBegin(Training training) {
    swap(training, true);
  }

  @Override
  public void onTestEnd(Training training) {
    swap(training, false);
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    swap(training, swapOnEpoch);
  }

  @Override
  public CallbackState state() {
    return CallbackState.of(Map.of(SWAPPED, swapped ? 1 : 0));
  }

  @Override
  public void restore(Training training, CallbackState state) {
    swapped = state.whole(SWAPPED) == 1;
    training.weightsAreAverages(swapped);
  }
}
