package io.github.lstm4j.cli;

import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * SIGINT (Ctrl-C) and SIGTERM let a training end its epoch; another one, more than a second later,
 * ends the program at once. Told after the callbacks that save.
 */
final class Interruption implements Callback, AutoCloseable {
  private static final int OF_SIGNALS = 128; // what shells add to a signal's number

  private final Queue<Runnable> undo = new ConcurrentLinkedQueue<>();
  private volatile String name; // of the signal that came
  private volatile int number;
  private int epochs;
  private boolean stopped;

  /** From now on. */
  Interruption() {
    for (String signal : Signals.ENDING) {
      undo.add(Signals.take(signal, this::came));
    }
  }

  /**
   * The next one does what it would have done, if it is another: one that goes to a whole group of
   * processes comes twice, also from what started us ({@code timeout}, {@link Launcher}).
   */
  private void came(String signal, int signalNumber) {
    if (name == null) {
      number = signalNumber;
      name = "SIG" + signal;
      CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS).execute(this::close);
    }
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    if (name != null && training.stopReason() == null && epoch + 1 < training.epochs()) {
      stopped = true;
      epochs = epoch + 1;
      training.stop("Interrupted by " + name);
    }
  }

  /** Whether a signal ended the training before its time. */
  boolean hasStopped() {
    return stopped;
  }

  /** What is to be said. */
  String text(int of) {
    return "Interrupted by " + name + " after epoch " + epochs + " of " + of;
  }

  /** What the program is to end with, as shells expect it. */
  int exitCode() {
    return OF_SIGNALS + number;
  }

  @Override
  public void close() {
    for (Runnable one = undo.poll(); one != null; one = undo.poll()) {
      one.run();
    }
  }
}
