package io.github.lstm4j.callbacks;

import io.github.lstm4j.io.Terminal;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;

/**
 * Prints how a training goes: on a terminal a bar that moves, with loss, metrics, samples per
 * second and the time that is left; elsewhere a line an epoch.
 */
public final class ProgressBar implements Callback {
  private static final int WIDTH = 24;
  private static final int NARROWEST = 5;
  private static final int ANY = Integer.MAX_VALUE;
  private static final long REDRAW_NANOS = 100_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private final int columns;
  private long epochStart;
  private long lastDraw;
  private int epoch;

  /**
   * @param terminal whether {@code out} can move its cursor back
   */
  public ProgressBar(PrintStream out, boolean terminal) {
    this(out, terminal, ANY);
  }

  /**
   * @param terminal whether {@code out} can move its cursor back
   * @param columns how long a line may be: the bar is shorter, or missing, in a narrow terminal
   */
  public ProgressBar(PrintStream out, boolean terminal, int columns) {
    this.out = out;
    this.terminal = terminal;
    this.columns = columns;
  }

  /** To standard output, as a bar as wide as fits if that is a terminal. */
  public static ProgressBar toStandardOutput() {
    boolean terminal = Terminal.isThere();
    return new ProgressBar(System.out, terminal, terminal ? Terminal.columns() : ANY);
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
              + line(
                  head(training),
                  training.steps() == BatchSource.UNKNOWN ? -1 : (double) done / training.steps(),
                  progress(training, done, seconds) + text(training.logs()),
                  speed(training.samplesSeen() / seconds))
              + "\u001b[K");
      out.flush();
    }
  }

  @Override
  public void onEpochEnd(Training training, int ended, Map<String, Double> logs) {
    double seconds = (System.nanoTime() - epochStart) * 1e-9;
    String steps =
        String.format(
            Locale.ROOT, " %d/%d - %s", training.steps(), training.steps(), time(seconds));
    String speed = speed(training.samplesSeen() / seconds);
    out.println(
        terminal
            ? "\r" + line(head(training), 1, steps + text(logs), speed) + "\u001b[K"
            : head(training) + steps + text(logs) + speed);
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
    return String.format(Locale.ROOT, " %d/%d - ETA %s", done, training.steps(), time(left));
  }

  private String head(Training training) {
    return "Epoch " + (epoch + 1) + "/" + training.epochs();
  }

  /**
   * A line of a terminal. Where it is too long the bar is shorter; then the speed is left out, then
   * the bar, then the end: a line that wraps could not be drawn over.
   *
   * @param part of the epoch that is done; negative draws no bar
   */
  private String line(String head, double part, String numbers, String speed) {
    int room = columns - 1 - head.length() - numbers.length() - " []".length();
    int withSpeed = Math.min(WIDTH, room - speed.length());
    if (part < 0 || withSpeed >= NARROWEST) {
      return cut(head + (part < 0 ? "" : bar(part, withSpeed)) + numbers + speed);
    }
    return cut(head + (room >= NARROWEST ? bar(part, Math.min(WIDTH, room)) : "") + numbers);
  }

  private String cut(String line) {
    return line.length() < columns ? line : line.substring(0, Math.max(0, columns - 2)) + "…";
  }

  private static String bar(double part, int width) {
    int filled = (int) (width * part);
    return " [" + "=".repeat(filled) + ".".repeat(width - filled) + "]";
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
