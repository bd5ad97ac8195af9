package io.github.lstm4j.cli;

import io.github.lstm4j.callbacks.ProgressBar;
import java.io.PrintStream;

/**
 * What the commands print to.
 *
 * @param out standard output, or what takes its place
 */
record Console(PrintStream out) {

  /** A progress bar there. */
  ProgressBar progressBar() {
    return out == System.out ? ProgressBar.toStandardOutput() : new ProgressBar(out, false);
  }
}
