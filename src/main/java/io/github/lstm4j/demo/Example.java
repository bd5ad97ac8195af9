package io.github.lstm4j.demo;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.training.Callback;
import java.io.PrintStream;

/** Something that is learnt in a minute or two, and how well, beside what is simpler. */
public interface Example {
  /** The model, compiled, not bound to a backend yet. */
  Model model();

  /** How many samples go through it at once. */
  int batchSize();

  /**
   * Trains the model and tells how good it is; the last line printed begins with "Result:".
   *
   * @param model made by {@link #model}, bound to a backend
   * @param progress is told how the training goes
   * @return a page about it
   */
  HtmlPage run(Model model, PrintStream out, Callback progress);
}
