package io.github.lstm4j.io.keras;

import io.github.lstm4j.io.hdf5.Hdf5Array;
import io.github.lstm4j.io.keras.legacy.KerasVersion;
import io.github.lstm4j.io.keras.legacy.LegacyWeights;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.optimizers.UpdateRule;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An optimizer's variables as Keras 1 and 2 list them: mostly the number of steps, then one slot of
 * all weights after the other; from Keras 2.11 on group by group, as Keras 3.
 */
final class LegacyOptimizer {
  private LegacyOptimizer() {}

  /**
   * Sets a compiled model's.
   *
   * @param vars by their names, in the file's order
   * @param weights the file's, whose order Keras 1 does not keep
   * @throws IllegalArgumentException if they are none of its own
   */
  static void read(Map<String, Hdf5Array> vars, LegacyWeights weights, Model model) {
    KerasVersion version = weights.version();
    Optimizer optimizer = model.optimizer();
    List<Hdf5Array> arrays = new ArrayList<>();
    long iterations = 0;
    boolean first = true;
    for (Map.Entry<String, Hdf5Array> variable : vars.entrySet()) {
      Hdf5Array array = variable.getValue();
      boolean number = array.shape().rank() == 0;
      if (number && (first || variable.getKey().contains("iter"))) {
        iterations = OptimizerState.count(array);
      } else if (!number) { // else the rate, which the configuration says
        arrays.add(array);
      }
      first = false;
    }
    int slots = optimizer.slotGroups().stream().mapToInt(List::size).sum();
    if (slots == 0) { // of SGD: those of a momentum of 0 say nothing
      if (iterations > 0) {
        model.restoreOptimizer(
            iterations, model.trainableWeights().stream().map(w -> List.<Tensor>of()).toList());
      }
      return;
    }
    if (arrays.isEmpty()) {
      return; // not trained yet
    }
    if (optimizer.rule() instanceof UpdateRule.Nadam) {
      throw new IllegalArgumentException("Nadam of Keras before 3 has another schedule");
    }
    boolean grouped = !version.isBefore(2, 11) || optimizer.rule() instanceof UpdateRule.Ftrl;
    List<Map<Weight, Tensor>> found;
    try {
      found = slots(arrays, grouped, model, weights);
    } catch (IllegalArgumentException other) {
      if (!(optimizer.rule() instanceof UpdateRule.Adam)) {
        throw other;
      }
      found = slots(withoutPlaceholders(arrays, slots), grouped, model, weights);
    }
    List<List<Tensor>> state = new ArrayList<>();
    for (Weight weight : model.trainableWeights()) {
      state.add(found.stream().map(slot -> slot.get(weight)).toList());
    }
    model.restoreOptimizer(iterations, state);
  }

  /** What each slot has for each weight. */
  private static List<Map<Weight, Tensor>> slots(
      List<Hdf5Array> arrays, boolean grouped, Model model, LegacyWeights weights) {
    List<List<UpdateRule.Slot>> groups = model.optimizer().slotGroups();
    int slots = groups.stream().mapToInt(List::size).sum();
    if (arrays.size() % slots != 0) {
      throw new IllegalArgumentException(
          "expected " + slots + " arrays for each weight, got " + arrays.size() + " in all");
    }
    int each = arrays.size() / slots;
    int from = 0;
    List<Map<Weight, Tensor>> found = new ArrayList<>();
    for (List<UpdateRule.Slot> group : groups) {
      for (int slot = 0; slot < group.size(); slot++) {
        List<Hdf5Array> one = new ArrayList<>();
        for (int weight = 0; weight < each; weight++) {
          one.add(
              arrays.get(from + (grouped ? weight * group.size() + slot : slot * each + weight)));
        }
        found.add(LegacyMatch.ofTrained(inOrder(one, weights), model, weights.theano()));
      }
      from += group.size() * each;
    }
    return found;
  }

  /** The arrays in the order of the weights: Keras 1 sorted them by the weights' names. */
  private static List<Hdf5Array> inOrder(List<Hdf5Array> sorted, LegacyWeights weights) {
    if (!weights.version().isBefore(2, 0)) {
      return sorted;
    }
    List<String> names =
        weights.layers().values().stream().flatMap(l -> l.keySet().stream()).toList();
    if (names.size() != sorted.size()) {
      throw new IllegalArgumentException(
          "expected arrays of " + names.size() + " weights, got " + sorted.size());
    }
    List<String> byName = names.stream().sorted().toList();
    return names.stream().map(name -> sorted.get(byName.indexOf(name))).toList();
  }

  /** Without what Adam has in the place of AMSGrad's slot: single numbers. */
  private static List<Hdf5Array> withoutPlaceholders(List<Hdf5Array> arrays, int slots) {
    int kept = arrays.size() / (slots + 1) * slots;
    boolean numbers =
        arrays.subList(kept, arrays.size()).stream().allMatch(a -> a.shape().size() == 1);
    return numbers ? arrays.subList(0, kept) : arrays;
  }
}
