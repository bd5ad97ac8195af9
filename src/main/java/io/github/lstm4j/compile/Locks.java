package io.github.lstm4j.compile;

import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.layers.WeightLock;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Who reads and who changes weights while a program runs. */
final class Locks {
  private Locks() {}

  /**
   * What is to be held.
   *
   * @param own weights that nobody else sees
   */
  static WeightLock.Set of(Program program, Map<Weight, Value> variables, Set<Weight> own) {
    Set<Value> written = new HashSet<>();
    program.ops().forEach(op -> op.outputs().forEach(v -> written.add(v.owner())));
    Set<WeightLock> read = new HashSet<>();
    Set<WeightLock> change = new HashSet<>();
    variables.forEach(
        (weight, value) -> {
          if (!own.contains(weight)) {
            (written.contains(value) ? change : read).add(weight.lock());
          }
        });
    return WeightLock.Set.of(read, change);
  }
}
