package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.SequenceSpec;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Takes a cell through a sequence by writing its ops once for each timestep. */
final class Unrolled {
  private final Cell cell;
  private final Graph graph;
  private final SequenceSpec order;
  private final String name;

  private Unrolled(Cell cell, SequenceSpec order, Lowering to, String name) {
    this.cell = cell;
    this.graph = to.graph();
    this.order = order;
    this.name = name;
  }

  /** As {@link FusedCell#sequence}. */
  static RecurrentOp.Results sequence(
      Cell cell, Signal in, List<Value> initial, SequenceSpec order, Lowering to, String name) {
    return new Unrolled(cell, order, to, name).sequence(in, initial, to);
  }

  private RecurrentOp.Results sequence(Signal in, List<Value> initial, Lowering to) {
    int timesteps = in.value().dim(0);
    int batch = in.value().dim(1);
    Value mask = in.mask();
    // what lies in a masked row may be NaN, and NaN·0 is not 0
    Value x = mask == null ? in.value() : graph.maskRows(in.value(), mask, name + ".unmasked");
    List<Value> counts =
        mask == null
            ? List.of()
            : graph.unstack(
                graph.reshape(mask, Shape.of(timesteps, batch, 1), name + ".mask"),
                name + ".counts");
    List<Value> states =
        initial.isEmpty() ? zeros(batch) : initial.stream().map(this::own).toList();
    Cell.Step step = cell.begin(to, batch);
    List<Value> inputs = graph.unstack(cell.inputs(x, to), name + ".x");
    Value zero = graph.constant(0);
    Value[] outputs = new Value[timesteps];
    Value last = zero;
    for (int s = 0; s < timesteps; s++) {
      int t = order.timeOf(s, timesteps);
      List<Value> next = checked(step.next(inputs.get(t), states), batch);
      if (mask == null) {
        states = next;
        last = next.get(0);
      } else {
        Value counted = counts.get(t);
        last = graph.where(counted, next.get(0), order.zeroOutputForMask() ? zero : last, name);
        states = kept(counted, next, states);
      }
      outputs[t] = last;
    }
    return new RecurrentOp.Results(graph.stack(Arrays.asList(outputs), name), last, states);
  }

  /** A state that is carried on is overwritten before the way back reads what it was. */
  private Value own(Value initial) {
    if (initial.kind() != Value.Kind.VARIABLE) {
      return initial;
    }
    Value copy = graph.temporary(name + ".initial", initial.shape());
    graph.add(new ElementwiseOp.Copy(initial, copy));
    return copy;
  }

  private List<Value> zeros(int batch) {
    List<Value> zeros = new ArrayList<>();
    for (int size : cell.stateSizes()) {
      zeros.add(graph.constant(name + ".zeros", Tensor.zeros(batch, size)));
    }
    return zeros;
  }

  /** The new states where the timestep counts, else the old ones. */
  private List<Value> kept(Value counts, List<Value> next, List<Value> before) {
    List<Value> kept = new ArrayList<>();
    for (int i = 0; i < next.size(); i++) {
      String state = name + "." + cell.stateNames().get(i);
      kept.add(graph.where(counts, next.get(i), before.get(i), state));
    }
    return kept;
  }

  private List<Value> checked(List<Value> states, int batch) {
    List<Shape> wanted = cell.stateSizes().stream().map(n -> Shape.of(batch, n)).toList();
    List<Shape> got = states.stream().map(Value::shape).toList();
    if (!got.equals(wanted)) {
      throw new IllegalArgumentException(
          name
              + ": "
              + cell.getClass().getSimpleName()
              + " must give new states "
              + cell.stateNames()
              + " of shapes "
              + wanted
              + ", got "
              + got);
    }
    return states;
  }
}
