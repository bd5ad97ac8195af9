package io.github.lstm4j.io.onnx;

import io.github.lstm4j.layers.GlobalAveragePooling1D;
import io.github.lstm4j.layers.GlobalMaxPooling1D;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.Ops;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Operators that make one number of all along some axes. */
final class ReduceOperators {
  /** Along the last axis, which is gone then, or along the one before it. */
  private interface Reduction {
    KerasTensor of(KerasTensor x, boolean keep, int axis);
  }

  private static final Map<String, Reduction> REDUCTIONS =
      Map.of(
          "ReduceMean", Ops::mean,
          "ReduceSum", Ops::sum,
          "ReduceMax", Ops::max,
          "ReduceMin", Ops::min,
          "ReduceLogSumExp", Ops::logsumexp,
          "ReduceSumSquare", (x, keep, axis) -> Ops.sum(Ops.square(x), keep, axis),
          "ReduceL2", (x, keep, axis) -> Ops.sqrt(Ops.sum(Ops.square(x), keep, axis)),
          "ReduceL1", (x, keep, axis) -> Ops.sum(Ops.absolute(x), keep, axis));

  private ReduceOperators() {}

  static Map<String, Node.Operator> all() {
    Map<String, Node.Operator> all = new HashMap<>();
    REDUCTIONS.forEach((op, r) -> all.put(op, n -> List.of(reduced(n, r))));
    all.put("GlobalAveragePool", n -> List.of(global(n, Ops::mean, "ReduceMean")));
    all.put("GlobalMaxPool", n -> List.of(global(n, Ops::max, "ReduceMax")));
    return all;
  }

  private static Data reduced(Node n, Reduction r) {
    Data x = n.data(0);
    List<Long> said = n.axes(1);
    boolean keep = n.whole("keepdims", 1) != 0;
    boolean noop = n.whole("noop_with_empty_axes", 0) != 0;
    if (said == null || said.isEmpty()) {
      if (noop) {
        return x.with(x.axes());
      }
      throw new Refusal(
          "it reduces all axes, the samples' too; only models that keep samples apart are supported");
    }
    return over(n, x, Node.axes(said, x.rank()), keep, r, n.op());
  }

  private static Data global(Node n, Reduction r, String as) {
    Data x = n.data(0);
    if (x.rank() < 3) {
      throw new Refusal("expected (samples, channels, timesteps), got " + x.shape());
    }
    Atom.batch(x.axes().get(0), n.toString());
    return over(n, x, IntStream.range(2, x.rank()).boxed().toList(), true, r, as);
  }

  private static Data over(
      Node n, Data x, List<Integer> axes, boolean keep, Reduction r, String op) {
    List<Atom> gone = new ArrayList<>();
    List<List<Atom>> left = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      if (!axes.contains(i)) {
        left.add(x.axes().get(i));
        continue;
      }
      gone.addAll(x.axes().get(i));
      if (keep) {
        left.add(List.of());
      }
    }
    Atom.inner(gone, n.toString());
    return n.data(x.type(), left, List.of(x), () -> reduced(x.placed(), Placed.own(gone), r, op));
  }

  private static Placed reduced(Placed x, List<Atom> gone, Reduction r, String op) {
    if (gone.isEmpty()) { // of one number each
      return new Placed(
          r.of(x.to(List.of(x.flat(), List.of())).tensor(), false, 2), List.of(x.flat()));
    }
    List<Atom> rest = x.but(gone);
    if (rest.isEmpty()) {
      return new Placed(r.of(x.to(List.of(gone)).tensor(), true, 1), List.of(List.of()));
    }
    boolean last = x.groups().equals(List.of(rest, gone));
    if (last) {
      return new Placed(r.of(x.tensor(), false, 2), List.of(rest));
    }
    KerasTensor sequence = x.to(List.of(gone, rest)).tensor();
    KerasTensor y =
        switch (op) {
          case "ReduceMean" -> new GlobalAveragePooling1D().apply(sequence);
          case "ReduceMax" -> new GlobalMaxPooling1D().apply(sequence);
          default -> r.of(sequence, false, 1);
        };
    return new Placed(y, List.of(rest));
  }
}
