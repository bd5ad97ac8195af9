package io.github.lstm4j.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** How many floats a vector of this package holds. */
final class Lanes {
  /**
   * The one kind of vector this package uses. It must stay one: as soon as two sizes pass through
   * the Vector API's methods, Java 17's compiler no longer knows which is meant, keeps vectors on
   * the heap, and everything becomes some twenty times slower.
   */
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  private Lanes() {}
}
