package io.github.lstm4j.compile;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Lowering;
import io.github.lstm4j.layers.Stateful;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.layers.WeightLock;
import io.github.lstm4j.runtime.Binding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a training step does with gradients that are given to it: what {@link Plan.Mode#SHARE} has
 * left out of {@link Plan.Mode#TRAIN}.
 */
public final class UpdatePlan {
  private final Program program;
  private final Map<Weight, Value> variables;
  private final List<Value> gradients = new ArrayList<>();
  private final Value scalars;
  private final WeightLock.Set locks;

  /**
   * For the trained weights of a goal.
   *
   * @param accumulates whether the gradients are only added to those of the step that updates
   */
  public UpdatePlan(Goal goal, boolean accumulates) {
    Lowering to = new Lowering(true, false, 0, Stateful::states);
    for (Weight weight : goal.trained()) {
      gradients.add(to.graph().input(weight.path() + ".gradient", weight.shape(), false));
    }
    UpdateSteps steps = new UpdateSteps(to, goal, gradients);
    if (accumulates) {
      steps.accumulate();
    } else {
      steps.update();
    }
    Regularization.afterUpdate(to, goal.trained());
    scalars = to.scalarsIfUsed();
    program = new Program("update", to.graph(), List.of());
    variables = new LinkedHashMap<>(to.variables());
    locks = Locks.of(program, variables, Set.of());
  }

  /** Where the gradients go in, for each trained weight in order. */
  public List<Value> gradients() {
    return gradients;
  }

  /** What changes from step to step. */
  public Value scalars() {
    return scalars;
  }

  /** What must be held while it runs. */
  public WeightLock.Set locks() {
    return locks;
  }

  /** Binds it to a backend's memory. */
  public Binding bind(Backend backend) {
    return new Binding(backend, program, variables);
  }
}
