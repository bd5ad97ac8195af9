package io.github.lstm4j.cli;

import io.github.lstm4j.callbacks.ProgressBar;
import io.github.lstm4j.io.Printable;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What the commands print to. Names and texts come from files: those that would steer the terminal
 * are shown instead ({@link Printable#lines}).
 *
 * @param out standard output, or what takes its place
 * @param standard whether it is standard output
 */
record Console(PrintStream out, boolean standard) {

  static Console of(PrintStream out) {
    return new Console(new Shown(out), out == System.out);
  }

  /** A progress bar there. */
  ProgressBar progressBar() {
    return standard ? ProgressBar.toStandardOutput() : new ProgressBar(out, false);
  }

  /** All of {@link PrintStream}'s texts go through these two. */
  private static final class Shown extends PrintStream {
    private final PrintStream to;

    Shown(PrintStream to) {
      super(to, true, StandardCharsets.UTF_8);
      this.to = to;
    }

    @Override
    public void print(String text) {
      to.print(Printable.lines(String.valueOf(text)));
    }

    @Override
    public void println(String text) {
      to.println(Printable.lines(String.valueOf(text)));
    }
  }
}
