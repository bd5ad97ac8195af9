package io.github.lstm4j.callbacks;

import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;

/**
 * Prints how a training goes: on a terminal a bar that moves, with loss, metrics, samples per
 * second and the time that is left; elsewhere a line an epoch.
 */
public final class ProgressBar implements Callback {
  private static final int WIDTH = 24;
  private static final long REDRAW_NANOS = 100_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private long epochStart;
  private long lastDraw;
  private int epoch;

  /**
   * @param terminal whether {@code out} can move its cursor back
   */
  public ProgressBar(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** To standard output, as a bar if that is a terminal. */
  public static ProgressBar toStandardOutput() {
    return new ProgressBar(System.out, isTerminal());
  }

  /** Before Java 22 there is a console only on a terminal; since then it says whether it is one. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException beforeJava22) {
      return true;
    }
  }

  @Override
  public void onEpochBegin(Training training, int newEpoch) {
    epoch = newEpoch;
    epochStart = System.nanoTime();
    lastDraw = epochStart;
  }

  @Override
  public void onBatchEnd(Training training, int step) {
    long now = System.nanoTime();
    if (terminal && now - lastDraw >= REDRAW_NANOS) {
      lastDraw = now;
      int done = step + 1;
      double seconds = (now - epochStart) * 1e-9;
      out.print(
          "\r"
              + head(training)
              + progress(training, done, seconds)
              + text(training.logs())
              + speed(training.samplesSeen() / seconds)
              + "\u001b[K");
      out.flush();
    }
  }

  @Override
  public void onEpochEnd(Training training, int ended, Map<String, Double> logs) {
    double seconds = (System.nanoTime() - epochStart) * 1e-9;
    out.println(
        (terminal ? "\r" : "")
            + head(training)
            + (terminal ? bar(1, 1) : "")
            + String.format(
                Locale.ROOT, " %d/%d - %s", training.steps(), training.steps(), time(seconds))
            + text(logs)
            + speed(training.samplesSeen() / seconds)
            + (terminal ? "\u001b[K" : ""));
    if (training.stopReason() != null) {
      out.println(training.stopReason());
    }
    out.flush();
  }

  /** How far the epoch is, and how long it will take; without an end in sight the steps so far. */
  private static String progress(Training training, int done, double seconds) {
    if (training.steps() == BatchSource.UNKNOWN) {
      return String.format(Locale.ROOT, " %d/? - %s", done, time(seconds));
    }
    double left = seconds / done * (training.steps() - done);
    return bar(done, training.steps())
        + String.format(Locale.ROOT, " %d/%d - ETA %s", done, training.steps(), time(left));
  }

  private String head(Training training) {
    return "Epoch " + (epoch + 1) + "/" + training.epochs();
  }

  private static String bar(int done, int all) {
    int filled = (int) ((long) WIDTH * done / Math.max(all, 1));
    return " [" + "=".repeat(filled) + ".".repeat(WIDTH - filled) + "]";
  }

  private static String text(Map<String, Double> logs) {
    StringBuilder s = new StringBuilder();
    logs.forEach((k, v) -> s.append(String.format(Locale.ROOT, " - %s: %.4g", k, v)));
    return s.toString();
  }

  private static String speed(double samplesPerSecond) {
    return String.format(Locale.ROOT, " - %,.0f samples/s", samplesPerSecond);
  }

  /** 83 ms, 4.2 s, 3:07. */
  private static String time(double seconds) {
    if (seconds < 1) {
      return String.format(Locale.ROOT, "%.0f ms", seconds * 1e3);
    }
    return seconds < 60
        ? String.format(Locale.ROOT, "%.1f s", seconds)
        : String.format(Locale.ROOT, "%d:%02d", (int) seconds / 60, (int) seconds % 60);
  }
}
