package io.github.lstm4j.model;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.runtime.Backends;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * What runs a model: what the user said, else for each program what is likely to run it fastest.
 * Training alone stays where a GPU took it over: a smaller last batch is not worth the way of the
 * weights and what the optimizer keeps.
 */
final class BackendChoice {
  private final Supplier<Backend> best;
  private final BiFunction<Program, Boolean, Backend> bestFor;
  private final Set<String> kinds = new HashSet<>(); // of programs that the log has
  private Backend said;
  private Backend last;
  private boolean trainsOnGpu;

  BackendChoice() {
    this(Backends::best, Backends::best);
  }

  /**
   * @param best what is there
   * @param bestFor what runs a program fastest; and whether it is the first of its kind
   */
  BackendChoice(Supplier<Backend> best, BiFunction<Program, Boolean, Backend> bestFor) {
    this.best = best;
    this.bestFor = bestFor;
  }

  synchronized void set(Backend chosen) {
    said = chosen;
  }

  /** What was said, else what ran last, else the best there is. */
  synchronized Backend get() {
    return said != null ? said : last != null ? last : best.get();
  }

  synchronized Backend get(Program program) {
    if (said != null) {
      return said;
    }
    boolean training = program.ops().stream().anyMatch(UpdateOp.class::isInstance);
    last =
        training && trainsOnGpu
            ? best.get()
            : bestFor.apply(program, kinds.add(program.name().split(" ", 2)[0]));
    trainsOnGpu |= training && !last.name().equals("cpu");
    return last;
  }
}
