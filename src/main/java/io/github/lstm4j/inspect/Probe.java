package io.github.lstm4j.inspect;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.compile.Plan;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.runtime.Binding;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A plan of a model for one look, on the model's backend and with its weights. Stateful layers
 * begin with copies of what they carry, so that the model is as before.
 */
final class Probe implements AutoCloseable {
  private final Plan plan;
  private final Binding binding;

  /**
   * Binds a plan and writes the input.
   *
   * @throws IllegalArgumentException if the model does not take the input
   */
  static Probe of(Model model, Plan.Mode mode, Tensor x) {
    List<Tensor> carried = model.graph() == null ? List.of() : model.graph().carried();
    model.call(x); // refuses what all commands refuse, in the same words, and builds the model
    model.resetStates();
    model.graph().carry(carried);
    return new Probe(model, mode, x);
  }

  private Probe(Model model, Plan.Mode mode, Tensor x) {
    LayerGraph graph = model.graph();
    int timesteps = graph.hasTimesteps(0) ? x.dim(1) : Shape.UNKNOWN;
    plan = Plan.of(new Plan.Key(mode, x.dim(0), List.of(timesteps)), graph, model.seed(), null);
    Map<Weight, Weight> instead = new HashMap<>();
    for (Layer layer : graph.layers()) {
      for (Weight state : layer.states()) {
        Weight copy = Weight.slot(state.name(), state.shape());
        copy.assign(state.value());
        instead.put(state, copy);
      }
    }
    Backend backend = model.backend();
    binding = plan.bind(backend, instead);
    write(plan.inputs().get(0), x);
  }

  Plan plan() {
    return plan;
  }

  /** Sets an input, as users have it: (B,T,…). */
  void write(Value input, Tensor values) {
    binding.write(input, values.data(), 0);
  }

  void run() {
    plan.locks().hold();
    try {
      binding.run();
    } finally {
      plan.locks().release();
    }
  }

  /** A kept value, (B,T,…) if it is marked as time-major. */
  Tensor read(Value value) {
    Tensor tensor = Tensor.zeros(Plan.outside(value));
    binding.read(value, tensor.data(), 0);
    return tensor;
  }

  @Override
  public void close() {
    binding.close();
  }
}
