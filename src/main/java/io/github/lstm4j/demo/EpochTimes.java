package io.github.lstm4j.demo;

import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Measures how long each epoch takes, its validation included. */
final class EpochTimes implements Callback {
  private final List<Double> seconds = new ArrayList<>();
  private long began;

  @Override
  public void onEpochBegin(Training training, int epoch) {
    began = System.nanoTime();
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    seconds.add((System.nanoTime() - began) * 1e-9);
  }

  /** The number of epochs that ran. */
  int epochs() {
    return seconds.size();
  }

  /** The median; of an even number of epochs the upper one. */
  double median() {
    return seconds.stream().sorted().toList().get(seconds.size() / 2);
  }
}
