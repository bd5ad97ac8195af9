package io.github.lstm4j.layers;

import io.github.lstm4j.random.Philox;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The initial values of all weights that share a stream of random numbers. Nothing is drawn before
 * somebody asks, so that weights which a file sets at once cost no draw and no memory; and what is
 * drawn is drawn in the order of the weights, so that it is the same whoever asks first.
 */
final class InitialValues {
  private Philox random;
  private boolean drawn;
  private final Queue<Draw> waiting = new ArrayDeque<>();

  InitialValues(Philox random) {
    this.random = random;
  }

  /** One weight's. */
  private static final class Draw {
    private final Function<Philox, float[]> how;
    private float[] values;

    Draw(Function<Philox, float[]> how) {
      this.how = how;
    }
  }

  /** Puts a weight behind the others. Returns what draws its values, and theirs before. */
  synchronized Supplier<float[]> add(Function<Philox, float[]> how) {
    Draw draw = new Draw(how);
    waiting.add(draw);
    return () -> values(draw);
  }

  /** Whether something was drawn. */
  synchronized boolean hasDrawn() {
    return drawn;
  }

  /** Lets all be drawn from there; nothing was drawn yet. */
  synchronized void redraw(Philox other) {
    random = other;
  }

  private synchronized float[] values(Draw wanted) {
    while (wanted.values == null) {
      Draw first = waiting.element(); // stays if its draw fails
      drawn = true;
      first.values = first.how.apply(random);
      waiting.remove();
    }
    return wanted.values;
  }
}
