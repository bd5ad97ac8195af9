package io.github.lstm4j.equivalence;

import java.util.function.Consumer;

/**
 * One comparison to make.
 *
 * @param op the group it belongs to in the table
 * @param options what is varied beside the shapes
 * @param shapes the sizes
 * @param seed of its random numbers
 * @param optional whether a slow backend may leave it out
 * @param content builds the graph
 */
record Case(
    String op,
    String options,
    String shapes,
    long seed,
    boolean optional,
    Consumer<Scene> content) {
  Scene scene() {
    Scene scene = new Scene(seed);
    content.accept(scene);
    return scene.written();
  }

  @Override
  public String toString() {
    return op + " [" + options + "] " + shapes + " seed " + seed;
  }
}
