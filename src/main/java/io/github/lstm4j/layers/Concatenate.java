package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Its inputs one behind the other along an axis: mostly the features of one behind those of the
 * next. All other axes must be as long. If any input is masked, so is the result: along the
 * timesteps mask behind mask, along the features a timestep counts if it does in any input.
 *
 * <pre>{@code
 * KerasTensor a = new Input(5, 2).output();
 * KerasTensor b = new Input(5, 3).output();
 * System.out.println(new Concatenate().apply(a, b).shape()); // (None, 5, 5)
 * KerasTensor c = new Input(1, 2).output();
 * System.out.println(new Concatenate(1).apply(a, c).shape()); // (None, 6, 2)
 * }</pre>
 */
public final class Concatenate extends Layer {
  private int axis = -1;

  /** Of the last axis. */
  public Concatenate() {}

  /**
   * @param axis counted with the batch as 0, or from the end if negative; not the batch
   */
  public Concatenate(int axis) {
    this.axis = axis;
  }

  int axis() {
    return axis;
  }

  @Override
  protected void configure(Config c) {
    axis = c.integer("axis", axis);
  }

  @Override
  public List<Shape> computeOutputShapes(List<Shape> inputs) {
    Shape first = inputs.get(0);
    int at = MemoryAxes.checked(label(), new int[] {axis}, first)[0];
    Shape joined = first;
    for (Shape next : inputs.subList(1, inputs.size())) {
      boolean fits = next.rank() == first.rank();
      for (int i = 0; fits && i < first.rank(); i++) {
        int m = joined.dim(i);
        int n = next.dim(i);
        if (i != at) {
          fits = m == n || m == Shape.UNKNOWN || n == Shape.UNKNOWN;
          joined = joined.with(i, m == Shape.UNKNOWN ? n : m);
        } else {
          joined = joined.with(i, m == Shape.UNKNOWN || n == Shape.UNKNOWN ? Shape.UNKNOWN : m + n);
        }
      }
      if (!fits) {
        throw wrongInput("inputs that differ in axis " + axis + " alone", next, "beside " + first);
      }
    }
    return List.of(joined);
  }

  @Override
  public boolean runsStepwise() {
    return inputShape().rank() == 2 || MemoryAxes.of(axis, inputShape().rank()) != 0;
  }

  @Override
  public Signal lower(List<Signal> in, Lowering to) {
    Graph graph = to.graph();
    int at = MemoryAxes.of(axis, in.get(0).value().shape().rank());
    Value y = graph.concat(in.stream().map(Signal::value).toList(), at, name());
    List<Value> masks = new ArrayList<>(in.stream().map(Signal::mask).toList());
    if (masks.stream().noneMatch(Objects::nonNull)) {
      return new Signal(y, null);
    }
    if (at == 0) {
      for (int i = 0; i < masks.size(); i++) {
        if (masks.get(i) == null) {
          masks.set(i, ones(graph, in.get(i).value()));
        }
      }
      return new Signal(y, graph.concat(masks, 0, name() + ".mask"));
    }
    if (masks.contains(null)) {
      return new Signal(y, null); // one input counts everywhere
    }
    Value mask = masks.get(0);
    for (Value m : masks.subList(1, masks.size())) {
      mask = graph.binary(Combine.MAX, mask, m, name() + ".mask");
    }
    return new Signal(y, mask);
  }

  private Value ones(Graph graph, Value x) {
    Tensor ones = Tensor.zeros(x.dim(0), x.dim(1));
    Arrays.fill(ones.data(), 1);
    Value constant = graph.constant(name() + ".ones", ones);
    return graph.reshape(constant, ones.shape(), true, name() + ".unmasked");
  }
}
