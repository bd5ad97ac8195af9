package io.github.lstm4j.layers;

import java.util.List;

/** What may carry states from run to run. */
public interface Stateful {
  /** Zero states for {@code batch} sequences, to be carried from run to run; mostly none. */
  List<Weight> newStates(int batch);

  /** The states that it carries from batch to batch by itself: it is stateful. Mostly none. */
  List<Weight> states();
}
