package io.github.lstm4j.compile;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Lowering;
import io.github.lstm4j.layers.Stateful;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.runtime.Binding;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The end of a training step whose gradients were computed elsewhere: what {@link Plan.Mode#TRAIN}
 * and {@link Plan.Mode#ACCUMULATE} do after theirs.
 */
public final class UpdatePlan {
  private final Program program;
  private final Map<Weight, Value> variables;
  private final Map<Weight, Value> gradients = new LinkedHashMap<>();
  private final Value scalars;

  /**
   * Compiles.
   *
   * @param moving the weights that have a gradient
   * @param accumulates whether the gradients are only added to those of the step that updates
   */
  public UpdatePlan(Goal goal, Set<Weight> moving, boolean accumulates) {
    Lowering to = new Lowering(true, false, 0, Stateful::states);
    List<Value> given = new ArrayList<>();
    for (Weight w : goal.trained()) {
      Value gradient =
          moving.contains(w) ? to.graph().input("d." + w.path(), w.shape(), false) : null;
      given.add(gradient);
      if (gradient != null) {
        gradients.put(w, gradient);
      }
    }
    UpdateSteps steps = new UpdateSteps(to, goal, given);
    if (accumulates) {
      steps.accumulate();
    } else {
      steps.update();
    }
    Regularization.afterUpdate(to, goal.trained());
    program = new Program(accumulates ? "accumulate" : "update", to.graph(), List.of());
    variables = variables(to);
    scalars = to.scalarsIfUsed();
  }

  /** The weights of a graph, and its constants as weights that nobody changes. */
  static Map<Weight, Value> variables(Lowering to) {
    Map<Weight, Value> all = new LinkedHashMap<>(to.variables());
    to.graph()
        .constants()
        .forEach(
            (value, content) -> {
              Weight constant = Weight.slot(value.name(), content.shape());
              constant.adopt(content);
              all.put(constant, value);
            });
    return Collections.unmodifiableMap(all);
  }

  /** Where the gradients go in. */
  public Map<Weight, Value> gradients() {
    return Collections.unmodifiableMap(gradients);
  }

  /** What changes from step to step, or null if the program reads none of it. */
  public Value scalars() {
    return scalars;
  }

  /** Binds it to a backend's memory. */
  public Binding bind(Backend backend) {
    return new Binding(backend, program, variables);
  }
}
