package io.github.lstm4j.io.onnx.export;

import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Layers that make one tensor of several. */
final class MergeNodes {
  private MergeNodes() {}

  /** Inputs of one rank, and what of each counts. */
  private record Aligned(List<String> values, List<String> masks, List<String> columns) {}

  private static Aligned aligned(LayerUse use) {
    Nodes to = use.to();
    int rank = use.in().stream().mapToInt(f -> f.shape().rank()).max().getAsInt();
    List<String> values = new ArrayList<>();
    List<String> masks = new ArrayList<>();
    List<String> columns = new ArrayList<>();
    for (Flow flow : use.in()) {
      String x = use.floats(flow);
      values.add(to.ofOneTimestep(x, flow.shape().rank(), rank));
      masks.add(flow.mask());
      columns.add(flow.mask() == null ? null : to.column(flow.mask(), rank));
    }
    return new Aligned(values, masks, columns);
  }

  /** A timestep counts if it does in any input, where all have masks. */
  private static String any(List<String> masks, Nodes to) {
    if (masks.stream().anyMatch(Objects::isNull)) {
      return null;
    }
    return fold("Or", masks, to);
  }

  private static String fold(String op, List<String> all, Nodes to) {
    String folded = all.get(0);
    for (String next : all.subList(1, all.size())) {
      folded = to.binary(op, folded, next);
    }
    return folded;
  }

  static List<Flow> add(LayerUse use) {
    return folded(use, "Add");
  }

  static List<Flow> subtract(LayerUse use) {
    return folded(use, "Sub");
  }

  private static List<Flow> folded(LayerUse use, String op) {
    Aligned in = aligned(use);
    return use.result(fold(op, in.values, use.to()), any(in.masks, use.to()));
  }

  static List<Flow> average(LayerUse use) {
    Aligned in = aligned(use);
    Nodes to = use.to();
    String sum = fold("Add", in.values, to);
    return use.result(to.mul(sum, to.number(1f / in.values.size())), any(in.masks, to));
  }

  /** What does not count is left out of the product. */
  static List<Flow> multiply(LayerUse use) {
    Aligned in = aligned(use);
    Nodes to = use.to();
    List<String> counting = new ArrayList<>();
    for (int i = 0; i < in.values.size(); i++) {
      String column = in.columns.get(i);
      String x = in.values.get(i);
      counting.add(column == null ? x : to.where(column, x, to.number(1)));
    }
    String product = fold("Mul", counting, to);
    String any = any(in.masks, to);
    return use.result(
        any == null
            ? product
            : to.where(to.column(any, use.out().get(0).rank()), product, to.number(0)),
        any);
  }

  static List<Flow> maximum(LayerUse use) {
    return extreme(use, "Max");
  }

  static List<Flow> minimum(LayerUse use) {
    return extreme(use, "Min");
  }

  /** The larger or smaller of those that count. */
  private static List<Flow> extreme(LayerUse use, String op) {
    Aligned in = aligned(use);
    Nodes to = use.to();
    String all = in.values.get(0);
    String counts = in.columns.get(0);
    for (int i = 1; i < in.values.size(); i++) {
      String x = in.values.get(i);
      String own = in.columns.get(i);
      if (own != null) {
        x = to.where(own, x, all);
      }
      if (counts != null) {
        all = to.where(counts, all, x);
      }
      counts = counts == null || own == null ? null : to.binary("Or", counts, own);
      all = to.extreme(op, all, x);
    }
    return use.result(all, any(in.masks, to));
  }

  static List<Flow> concatenate(LayerUse use) {
    Nodes to = use.to();
    int rank = use.first().shape().rank();
    int axis = use.axes(use.settings().integer("axis"))[0];
    String y = to.concat(use.in().stream().map(use::floats).toList(), axis);
    List<String> masks = new ArrayList<>(use.in().stream().map(Flow::mask).toList());
    if (masks.stream().allMatch(Objects::isNull)) {
      return use.result(y, null);
    }
    if (axis == 1 && rank > 2) {
      for (int i = 0; i < masks.size(); i++) {
        if (masks.get(i) == null) {
          masks.set(i, everywhere(use.in().get(i), to));
        }
      }
      return use.result(y, to.concat(masks, 1));
    }
    return use.result(y, any(masks, to));
  }

  /** A mask of a sequence of which all timesteps count. */
  private static String everywhere(Flow flow, Nodes to) {
    String shape = to.slice(to.unary("Shape", flow.name()), 0, 0, 2);
    String ones = to.node("Expand", List.of(to.whole(1), shape));
    return to.cast(ones, ElementType.BOOL);
  }

  /** Products along an axis of each of two inputs. */
  static List<Flow> dot(LayerUse use) {
    Nodes to = use.to();
    int[] axes = use.settings().integers("axes");
    boolean normalize = use.settings().flag("normalize");
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Flow flow = use.in().get(i);
      int axis = axes[i] < 0 ? axes[i] + flow.shape().rank() : axes[i];
      String x = use.floats(flow);
      rows.add(rows(normalize ? unit(x, to, 1e7, axis) : x, flow.shape(), axis, to));
    }
    String y = to.matMul(rows.get(0), to.transpose(rows.get(1), 0, 2, 1));
    boolean both = use.in().stream().allMatch(f -> f.shape().rank() == 3);
    return use.result(both ? y : to.reshape(y, use.out().get(0)), null);
  }

  /** (batch, n, k): one behind the other what is multiplied along an axis. */
  private static String rows(String x, Shape shape, int axis, Nodes to) {
    int rank = shape.rank();
    if (rank == 2) {
      return to.unsqueeze(x, 1);
    }
    long[] perm = new long[rank]; // that axis comes last
    for (int i = 0, at = 0; i < rank; i++) {
      if (i != axis) {
        perm[at++] = i;
      }
    }
    perm[rank - 1] = axis;
    String last = axis == rank - 1 ? x : to.transpose(x, perm);
    return rank == 3
        ? last
        : to.reshape(last, Shape.of(Shape.UNKNOWN, Shape.UNKNOWN, shape.dim(axis)));
  }

  /** x scaled to length 1 along axes, as far as that takes a factor up to a limit. */
  static String unit(String x, Nodes to, double limit, long... axes) {
    String sum = to.reduce("Sum", to.mul(x, x), true, axes);
    String inverse = to.unary("Reciprocal", to.unary("Sqrt", sum));
    return to.mul(x, to.clip(inverse, Double.NEGATIVE_INFINITY, limit));
  }
}
