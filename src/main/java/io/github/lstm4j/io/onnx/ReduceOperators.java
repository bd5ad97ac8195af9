package io.github.lstm4j.io.onnx;

import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.layers.GlobalAveragePooling1D;
import io.github.lstm4j.layers.GlobalMaxPooling1D;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.Ops;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
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
    all.put("ArgMax", n -> List.of(place(n, x -> x)));
    all.put("ArgMin", n -> List.of(place(n, Ops::negative)));
    all.put("CumSum", n -> List.of(sums(n)));
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
    int at = x.groups().indexOf(gone);
    if (at >= 0 && x.groups().size() > 2) { // several lengths may be open, which cannot be merged
      List<List<Atom>> left = new ArrayList<>(x.groups());
      left.remove(at);
      return new Placed(r.of(x.tensor(), false, at + 1), left);
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
        switch (Atom.size(rest).isKnown() ? op : "with features of an open number") {
          case "ReduceMean" -> new GlobalAveragePooling1D().apply(sequence);
          case "ReduceMax" -> new GlobalMaxPooling1D().apply(sequence);
          default -> r.of(sequence, false, 1);
        };
    return new Placed(y, List.of(rest));
  }

  /** Where along an axis the largest is, the first of several. */
  private static Data place(Node n, UnaryOperator<KerasTensor> sign) {
    Data x = n.data(0);
    int axis = Node.axis(n.whole("axis", 0), x.rank());
    boolean keep = n.whole("keepdims", 1) != 0;
    n.require("select_last_index", 0);
    List<Atom> gone = x.axes().get(axis);
    Atom.inner(gone, n.toString());
    List<List<Atom>> left = new ArrayList<>(x.axes());
    left.remove(axis);
    if (keep) {
      left.add(axis, List.of());
    }
    return n.data(
        ElementType.INT64,
        left,
        List.of(x),
        () -> {
          List<Atom> own = Placed.own(gone);
          List<Atom> rest = x.placed().but(own);
          KerasTensor in = sign.apply(x.placed().to(List.of(rest, own)).tensor());
          return new Placed(Ops.argmax(in, 2), List.of(rest));
        });
  }

  /** The sums up to each place of an axis: a product with a matrix of ones and zeros. */
  private static Data sums(Node n) {
    Data x = n.data(0);
    int axis = Node.axis((long) n.constant(1, "the axis").number(), x.rank());
    boolean without = n.whole("exclusive", 0) != 0;
    boolean reverse = n.whole("reverse", 0) != 0;
    List<Atom> over = x.axes().get(axis);
    Atom.inner(over, n.toString());
    if (!Atom.size(over).isKnown()) {
      throw new Refusal(
          "sums along an axis of an open length are not supported; export the model with a fixed"
              + " one");
    }
    int length = Math.toIntExact(Atom.size(over).value());
    float[] ones = new float[Constant.count(new int[] {length, length})];
    for (int from = 0; from < length; from++) {
      for (int to = 0; to < length; to++) {
        int way = reverse ? from - to : to - from;
        ones[from * length + to] = way > 0 || (way == 0 && !without) ? 1 : 0;
      }
    }
    Tensor matrix = Tensor.of(ones, length, length);
    return n.data(
        x.type(),
        x.axes(),
        List.of(x),
        () -> {
          Placed in = x.placed().last(over);
          return new Placed(Ops.matmul(in.tensor(), matrix), in.groups());
        });
  }
}
