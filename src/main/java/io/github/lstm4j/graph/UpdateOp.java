package io.github.lstm4j.graph;

import io.github.lstm4j.optimizers.UpdateRule;
import java.util.ArrayList;
import java.util.List;

/** What happens to gradients and weights once the gradients are there. */
public sealed interface UpdateOp extends Op {
  /** The gradients that it reads. */
  List<Value> gradients();

  /** {@code g = clip(g, −limit, limit)}, in place. */
  record ClipValue(float limit, Value gradient) implements UpdateOp {
    @Override
    public List<Value> gradients() {
      return List.of(gradient);
    }

    @Override
    public List<Value> inputs() {
      return List.of(gradient);
    }

    @Override
    public List<Value> outputs() {
      return List.of(gradient);
    }
  }

  /**
   * {@code g = g·limit / max(‖g‖, limit)} in place, the norm over all gradients together; for a
   * clip per gradient there is one op for each.
   *
   * @param norms (n + 1) scratch: the sum of squares of each gradient, then the factor
   */
  record ClipNorm(float limit, List<Value> gradients, Value norms) implements UpdateOp {
    @Override
    public List<Value> inputs() {
      return gradients;
    }

    @Override
    public List<Value> outputs() {
      List<Value> list = new ArrayList<>(gradients);
      list.add(norms);
      return list;
    }
  }

  /** {@code sum += g}: a step of those whose gradients make one update. */
  record AddGradient(Value gradient, Value sum) implements UpdateOp {
    @Override
    public List<Value> gradients() {
      return List.of(gradient);
    }

    @Override
    public List<Value> inputs() {
      return List.of(gradient, sum);
    }

    @Override
    public List<Value> outputs() {
      return List.of(sum);
    }
  }

  /** {@code g = (g + sum) / steps}, {@code sum = 0}: the last of these steps. */
  record MeanGradient(int steps, Value gradient, Value sum) implements UpdateOp {
    @Override
    public List<Value> gradients() {
      return List.of(gradient);
    }

    @Override
    public List<Value> inputs() {
      return List.of(gradient, sum);
    }

    @Override
    public List<Value> outputs() {
      return List.of(gradient, sum);
    }
  }

  /** {@code w −= w·rate·lr}, in place. */
  record Decay(float rate, Value weight, Value scalars) implements UpdateOp {
    @Override
    public List<Value> gradients() {
      return List.of();
    }

    @Override
    public List<Value> inputs() {
      return List.of(weight, scalars);
    }

    @Override
    public List<Value> outputs() {
      return List.of(weight);
    }
  }

  /**
   * {@code average = m·average + (1 − m)·w}, m being {@link Scalars#AVERAGING}; then {@code w =
   * average} in a step that has {@link Scalars#OVERWRITE}.
   */
  record Average(Value weight, Value average, Value scalars) implements UpdateOp {
    @Override
    public List<Value> gradients() {
      return List.of();
    }

    @Override
    public List<Value> inputs() {
      return List.of(weight, average, scalars);
    }

    @Override
    public List<Value> outputs() {
      return List.of(weight, average);
    }
  }

  /** Moves a weight along its gradient by {@link UpdateRule}; weight and slots in place. */
  record Update(UpdateRule rule, Value weight, Value gradient, List<Value> slots, Value scalars)
      implements UpdateOp {
    @Override
    public List<Value> gradients() {
      return List.of(gradient);
    }

    @Override
    public List<Value> inputs() {
      List<Value> list = new ArrayList<>(slots);
      list.add(weight);
      list.add(gradient);
      list.add(scalars);
      return list;
    }

    @Override
    public List<Value> outputs() {
      List<Value> list = new ArrayList<>(slots);
      list.add(weight);
      return list;
    }
  }
}
