package io.github.lstm4j.compile;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Lowering;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.optimizers.Optimizer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * What a training step does once it has the gradients, in Keras's order
 * (keras/src/optimizers/base_optimizer.py, {@code _backend_apply_gradients}).
 */
final class UpdateSteps {
  /** A weight that moves; one that no loss depends on stays, as in Keras. */
  private record Moving(Weight weight, Value value, Value gradient, List<Value> slots) {}

  private final Lowering to;
  private final Graph graph;
  private final Optimizer optimizer;
  private final List<Moving> moving = new ArrayList<>();
  private final List<UpdateOp.AddGradient> sums = new ArrayList<>();
  private final List<UpdateOp.Average> averages = new ArrayList<>();

  /**
   * @param gradients by each trained weight, null where no loss depends on it
   */
  UpdateSteps(Lowering to, Goal goal, List<Value> gradients) {
    this.to = to;
    this.graph = to.graph();
    this.optimizer = goal.optimizer();
    for (int i = 0; i < gradients.size(); i++) {
      Weight weight = goal.trained().get(i);
      Value w = to.variable(weight);
      Value g = gradients.get(i);
      Iterator<Weight> slots = goal.slots().get(i).iterator(); // as Optimizer.slotGroups has them
      if (optimizer.ema() != null) {
        averages.add(new UpdateOp.Average(w, to.variable(slots.next()), to.scalars()));
      }
      Value sum = optimizer.gradientAccumulationSteps() > 1 ? to.variable(slots.next()) : null;
      if (g != null) {
        if (sum != null) {
          sums.add(new UpdateOp.AddGradient(g, sum));
        }
        List<Value> ofRule = new ArrayList<>();
        slots.forEachRemaining(s -> ofRule.add(to.variable(s)));
        moving.add(new Moving(weight, w, g, ofRule));
      }
    }
  }

  /** A step that only adds its gradients to the sum. */
  void accumulate() {
    sums.forEach(graph::add);
    averages.forEach(graph::add);
  }

  /** A step that moves the weights. */
  void update() {
    int steps = optimizer.gradientAccumulationSteps();
    sums.forEach(s -> graph.add(new UpdateOp.MeanGradient(steps, s.gradient(), s.sum())));
    clip();
    for (Moving m : moving) {
      if (optimizer.decays(m.weight.name(), m.weight.path())) {
        graph.add(new UpdateOp.Decay(optimizer.weightDecay(), m.value, to.scalars()));
      }
    }
    for (Moving m : moving) { // in a row: a device takes them in one piece
      graph.update(optimizer.rule(), m.value, m.gradient, m.slots, to.scalars());
    }
    averages.forEach(graph::add);
  }

  private void clip() {
    List<Value> gradients = moving.stream().map(Moving::gradient).toList();
    Optimizer.Clip clip = optimizer.clip();
    if (clip.value() > 0) {
      gradients.forEach(g -> graph.add(new UpdateOp.ClipValue(clip.value(), g)));
    } else if (clip.norm() > 0) {
      graph.clipNorm(clip.norm(), gradients, false);
    } else if (clip.globalNorm() > 0) {
      graph.clipNorm(clip.globalNorm(), gradients, true);
    }
  }
}
