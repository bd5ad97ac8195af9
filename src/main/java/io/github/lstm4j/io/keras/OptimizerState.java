package io.github.lstm4j.io.keras;

import io.github.lstm4j.io.hdf5.Hdf5Array;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.optimizers.LearningRateSchedule;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.optimizers.UpdateRule;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * An optimizer's variables, as Keras 3 orders them: the number of steps; the learning rate, unless
 * it goes by a schedule; the slots, group by group; and what Nadam multiplies up, which follows
 * from the steps.
 */
final class OptimizerState {
  private static final long MOST_ITERATIONS = 1L << 53;

  private OptimizerState() {}

  static List<Hdf5Array> write(Model model) {
    Optimizer optimizer = model.optimizer();
    List<Hdf5Array> vars = new ArrayList<>();
    vars.add(Hdf5Array.scalar(Hdf5Array.Type.INT32, model.iterations()));
    if (hasRate(optimizer)) {
      vars.add(Hdf5Array.scalar(optimizer.learningRate()));
    }
    List<List<Weight>> slots = model.optimizerSlots();
    forEachSlot(
        optimizer,
        slots.size(),
        (weight, slot) -> vars.add(Hdf5Array.of(slots.get(weight).get(slot).value())));
    if (optimizer.rule() instanceof UpdateRule.Nadam nadam) {
      long updates = model.iterations() / optimizer.gradientAccumulationSteps();
      vars.add(Hdf5Array.scalar((float) nadam.product(updates)));
    }
    return vars;
  }

  private static boolean hasRate(Optimizer optimizer) {
    return optimizer.schedule() instanceof LearningRateSchedule.Constant;
  }

  /** Visits the slots in Keras's order, by the numbers of the weight and of its slot. */
  private static void forEachSlot(
      Optimizer optimizer, int weights, BiConsumer<Integer, Integer> visit) {
    int first = 0;
    for (List<UpdateRule.Slot> group : optimizer.slotGroups()) {
      for (int weight = 0; weight < weights; weight++) {
        for (int i = 0; i < group.size(); i++) {
          visit.accept(weight, first + i);
        }
      }
      first += group.size();
    }
  }

  /**
   * Checks the numbers that are no matter of the model's weights.
   *
   * @throws IllegalArgumentException if they are none: the file is damaged
   */
  static void requireNumbers(List<Hdf5Array> vars, Model model) {
    if (!vars.isEmpty()) {
      count(vars.get(0));
    }
    if (hasRate(model.optimizer()) && vars.size() > 1) {
      rate(vars.get(1));
    }
  }

  /**
   * Sets a compiled model's.
   *
   * @throws IllegalArgumentException if they are none of its own
   */
  static void read(List<Hdf5Array> vars, Model model) {
    Optimizer optimizer = model.optimizer();
    int before = hasRate(optimizer) ? 2 : 1;
    if (vars.size() < before || (vars.size() == before && count(vars.get(0)) == 0)) {
      return; // not trained yet
    }
    int slots = optimizer.slotGroups().stream().mapToInt(List::size).sum();
    int weights = model.trainableWeights().size();
    int after = optimizer.rule() instanceof UpdateRule.Nadam ? 1 : 0;
    int expected = before + slots * weights + after;
    if (vars.size() != expected) {
      throw new IllegalArgumentException(
          optimizer.name() + ": expected " + expected + " variables, got " + vars.size());
    }
    long iterations = count(vars.get(0));
    Tensor[][] found = new Tensor[weights][slots];
    int[] next = {before};
    forEachSlot(
        optimizer, weights, (weight, slot) -> found[weight][slot] = vars.get(next[0]++).tensor());
    float rate = hasRate(optimizer) ? rate(vars.get(1)) : 0;
    model.restoreOptimizer(iterations, Arrays.stream(found).map(List::of).toList());
    if (hasRate(optimizer)) {
      model.setLearningRate(rate);
    }
  }

  /** A number of steps. */
  static long count(Hdf5Array iterations) {
    double count =
        iterations.shape().size() != 1 // of whatever rank
            ? Double.NaN
            : iterations.type() == Hdf5Array.Type.FLOAT32
                ? iterations.tensor().data()[0]
                : iterations.integers()[0];
    if (!(count >= 0 && count <= MOST_ITERATIONS && count == (long) count)) {
      throw new IllegalArgumentException(
          "optimizer: expected a number of iterations, at least 0, got " + said(iterations));
    }
    return (long) count;
  }

  private static float rate(Hdf5Array rate) {
    float value = rate.shape().size() == 1 ? rate.tensor().data()[0] : Float.NaN;
    if (!(value >= 0 && Float.isFinite(value))) {
      throw new IllegalArgumentException(
          "optimizer: expected a learning rate, at least 0, got " + said(rate));
    }
    return value;
  }

  private static String said(Hdf5Array variable) {
    return variable.shape().size() != 1
        ? "an array of shape " + variable.shape()
        : variable.type() == Hdf5Array.Type.FLOAT32
            ? String.valueOf(variable.tensor().data()[0])
            : String.valueOf(variable.integers()[0]);
  }
}
