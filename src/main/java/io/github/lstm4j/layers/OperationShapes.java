package io.github.lstm4j.layers;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.OperationKind.ShapeRule;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The shapes that operations give, of shapes of which some dimensions may not be known. */
final class OperationShapes {
  /** What numbers can be cast to: whole ones cut off what is behind the point. */
  private static final List<String> DTYPES = List.of("float32", "int32", "int64", "bool");

  /** That of the first operand. */
  static final ShapeRule SAME = (o, s) -> s.subList(0, 1);

  /** What all operands are broadcast to. */
  static final ShapeRule BROADCAST =
      (o, s) -> List.of(s.stream().reduce(OperationShapes::broadcast).orElseThrow());

  /** Without {@code axis}, or with length 1 there. */
  static final ShapeRule REDUCED =
      (o, s) -> {
        int[] axes = o.axes(s.get(0).rank());
        Shape y = s.get(0);
        for (int i = axes.length - 1; i >= 0; i--) {
          y = o.flag("keepdims") ? y.with(axes[i], 1) : without(y, axes[i]);
        }
        return List.of(y);
      };

  private OperationShapes() {}

  static List<Shape> cast(OperationSettings o, List<Shape> s) {
    String dtype = String.valueOf(o.text("dtype"));
    if (!DTYPES.contains(dtype)) {
      throw new IllegalArgumentException(
          "dtype=" + Printable.text(dtype) + ": expected one of " + DTYPES);
    }
    return s;
  }

  private static Shape broadcast(Shape a, Shape b) {
    int rank = Math.max(a.rank(), b.rank());
    int[] dims = new int[rank];
    for (int i = 1; i <= rank; i++) {
      int m = i > a.rank() ? 1 : a.dim(-i);
      int n = i > b.rank() ? 1 : b.dim(-i);
      boolean open = m == Shape.UNKNOWN || n == Shape.UNKNOWN;
      if (m != n && m != 1 && n != 1 && !open) {
        throw new IllegalArgumentException(
            "the shapes "
                + a
                + " and "
                + b
                + " do not fit: from the last axis on, lengths must be equal or 1");
      }
      dims[rank - i] = m == 1 || (m == Shape.UNKNOWN && n != 1) ? n : m;
    }
    return Shape.of(dims);
  }

  private static Shape without(Shape s, int axis) {
    List<Integer> dims = list(s);
    dims.remove(axis);
    return shape(dims);
  }

  private static Shape inserted(Shape s, int axis, int dim) {
    List<Integer> dims = list(s);
    dims.add(axis, dim);
    return shape(dims);
  }

  private static List<Integer> list(Shape s) {
    return new ArrayList<>(Arrays.stream(s.dims()).boxed().toList());
  }

  private static Shape shape(List<Integer> dims) {
    return Shape.of(dims.stream().mapToInt(Integer::intValue).toArray());
  }

  static List<Shape> matmul(OperationSettings o, List<Shape> s) {
    Shape a = s.get(0);
    Shape b = s.get(1);
    if (a.rank() == 0 || b.rank() == 0) {
      throw new IllegalArgumentException("expected at least one axis, got " + a + " and " + b);
    }
    Shape first = a.rank() == 1 ? inserted(a, 0, 1) : a;
    Shape second = b.rank() == 1 ? inserted(b, 1, 1) : b;
    int m = first.last();
    int n = second.dim(-2);
    if (m != n && m != Shape.UNKNOWN && n != Shape.UNKNOWN) {
      throw new IllegalArgumentException(
          "the shapes "
              + a
              + " and "
              + b
              + " do not fit: the last axis of the one must be as long as the last but one of the"
              + " other");
    }
    List<Integer> dims = list(broadcast(lead(first), lead(second)));
    if (a.rank() > 1) {
      dims.add(first.dim(-2));
    }
    if (b.rank() > 1) {
      dims.add(second.last());
    }
    return List.of(shape(dims));
  }

  private static Shape lead(Shape s) {
    return Shape.of(Arrays.copyOf(s.dims(), s.rank() - 2));
  }

  static List<Shape> transposed(OperationSettings o, List<Shape> s) {
    return List.of(permuted(s.get(0), order(o, s.get(0).rank())));
  }

  /** The order of {@code axes}; reversed if none are said. */
  static int[] order(OperationSettings o, int rank) {
    int[] said = o.integers("axes");
    int[] order = new int[rank];
    for (int i = 0; i < rank; i++) {
      order[i] = said.length == rank ? OperationSettings.axis(said[i], rank) : rank - 1 - i;
    }
    boolean each = Arrays.stream(order).distinct().count() == rank;
    if (!each || (said.length > 0 && said.length != rank)) {
      throw new IllegalArgumentException(
          "axes=" + Arrays.toString(said) + ": expected each of " + rank + " axes once");
    }
    return order;
  }

  private static Shape permuted(Shape s, int[] order) {
    return shape(Arrays.stream(order).mapToObj(s::dim).toList());
  }

  static List<Shape> swapped(OperationSettings o, List<Shape> s) {
    return List.of(permuted(s.get(0), swapping(o, s.get(0).rank())));
  }

  /** The order that exchanges {@code axis1} and {@code axis2}. */
  static int[] swapping(OperationSettings o, int rank) {
    int[] order = new int[rank];
    Arrays.setAll(order, i -> i);
    int a = OperationSettings.axis(o.integer("axis1"), rank);
    int b = OperationSettings.axis(o.integer("axis2"), rank);
    order[a] = b;
    order[b] = a;
    return order;
  }

  static List<Shape> reshaped(OperationSettings o, List<Shape> s) {
    int[] dims = o.integers("newshape");
    long given = 1;
    for (int d : dims) {
      if (d < 1 && d != Shape.UNKNOWN) {
        throw new IllegalArgumentException(
            "newshape=" + Arrays.toString(dims) + ": expected lengths of at least 1, or -1");
      }
      given *= d == Shape.UNKNOWN ? 1 : d;
    }
    long open = Arrays.stream(dims).filter(d -> d == Shape.UNKNOWN).count();
    boolean fits = open < 2;
    if (s.get(0).isKnown() && fits) {
      int size = s.get(0).size();
      fits = open == 0 ? size == given : size % given == 0;
      for (int i = 0; i < dims.length; i++) {
        dims[i] = dims[i] == Shape.UNKNOWN ? (int) (size / given) : dims[i];
      }
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "newshape=" + Arrays.toString(o.integers("newshape")) + " is not filled by " + s.get(0));
    }
    return List.of(Shape.of(dims));
  }

  static List<Shape> squeezed(OperationSettings o, List<Shape> s) {
    Shape y = s.get(0);
    int[] axes = squeezing(o, y);
    for (int i = axes.length - 1; i >= 0; i--) {
      if (y.dim(axes[i]) != 1 && y.dim(axes[i]) != Shape.UNKNOWN) {
        throw new IllegalArgumentException(
            "axis " + axes[i] + " of " + s.get(0) + " has not length 1");
      }
      y = without(y, axes[i]);
    }
    return List.of(y);
  }

  /** The axes that go; if none are said those of length 1. */
  static int[] squeezing(OperationSettings o, Shape s) {
    int[] axes = o.axes(s.rank());
    return o.integers("axis").length > 0
        ? axes
        : Arrays.stream(axes).filter(i -> s.dim(i) == 1).toArray();
  }

  static List<Shape> expanded(OperationSettings o, List<Shape> s) {
    Shape y = s.get(0);
    for (int axis : o.axes(y.rank() + o.integers("axis").length)) {
      y = inserted(y, axis, 1);
    }
    return List.of(y);
  }

  static List<Shape> joined(OperationSettings o, List<Shape> s) {
    Shape y = s.get(0);
    int at = o.axis(y.rank());
    int length = 0;
    for (Shape next : s) {
      boolean fits = next.rank() == y.rank();
      for (int i = 0; fits && i < y.rank(); i++) {
        int m = y.dim(i);
        int n = next.dim(i);
        fits = i == at || m == n || m == Shape.UNKNOWN || n == Shape.UNKNOWN;
        y = i == at || m != Shape.UNKNOWN ? y : y.with(i, n);
      }
      if (!fits) {
        throw new IllegalArgumentException(
            "the shapes " + s.get(0) + " and " + next + " differ in more than axis " + at);
      }
      boolean open = length == Shape.UNKNOWN || next.dim(at) == Shape.UNKNOWN;
      length = open ? Shape.UNKNOWN : length + next.dim(at);
    }
    return List.of(y.with(at, length));
  }

  static List<Shape> stacked(OperationSettings o, List<Shape> s) {
    Shape y = s.get(0);
    for (Shape next : s) {
      y = broadcast(y, next);
      if (next.rank() != y.rank() || (y.isKnown() && next.isKnown() && !y.equals(s.get(0)))) {
        throw new IllegalArgumentException(
            "expected tensors of one shape, got " + s.get(0) + " and " + next);
      }
    }
    return List.of(inserted(y, o.axis(y.rank() + 1), s.size()));
  }

  /** Each index with the axis that it is of; all axes have one. */
  static List<Index> indices(OperationSettings o, int rank) {
    List<Index> key = new ArrayList<>(o.key());
    if (key.stream().noneMatch(i -> i.kind() == Index.Kind.REST)) {
      key.add(Index.rest());
    }
    long used = key.stream().filter(i -> i.start() != null || i.kind() == Index.Kind.RANGE).count();
    int at = key.stream().map(Index::kind).toList().indexOf(Index.Kind.REST);
    key.remove(at);
    boolean once = key.stream().noneMatch(i -> i.kind() == Index.Kind.REST);
    if (!once || used > rank) {
      throw new IllegalArgumentException(
          o.key() + ": expected one index for each of " + rank + " axes, and … once at most");
    }
    for (long i = used; i < rank; i++) {
      key.add(at, Index.all());
    }
    return key;
  }

  static List<Shape> indexed(OperationSettings o, List<Shape> s) {
    List<Integer> dims = new ArrayList<>();
    int axis = 0;
    for (Index index : indices(o, s.get(0).rank())) {
      if (index.kind() == Index.Kind.NEW_AXIS) {
        dims.add(1);
        continue;
      }
      int length = s.get(0).dim(axis++);
      if (index.kind() == Index.Kind.AT) {
        within(index.start(), length);
      } else {
        int size = index.size(length);
        if (size == 0) {
          throw new IllegalArgumentException(index + " takes nothing of an axis of " + length);
        }
        dims.add(size);
      }
    }
    return List.of(shape(dims));
  }

  /** An index from the front; as it is while the length is not known. */
  static int within(int index, int length) {
    int at = index < 0 && length != Shape.UNKNOWN ? index + length : index;
    if (length != Shape.UNKNOWN && (at < 0 || at >= length)) {
      throw new IllegalArgumentException("there is no index " + index + " of " + length);
    }
    return at;
  }

  static List<Shape> taken(OperationSettings o, List<Shape> s) {
    Shape x = s.get(0);
    Shape indices = s.get(1);
    int at = o.axis(x.rank());
    if (indices.rank() > 1) {
      throw new IllegalArgumentException("expected indices in a row, got the shape " + indices);
    }
    for (int index : o.constants().get(1).toInts()) {
      within(index, x.dim(at));
    }
    return List.of(indices.rank() == 0 ? without(x, at) : x.with(at, indices.dim(0)));
  }

  static List<Shape> repeated(OperationSettings o, List<Shape> s) {
    int at = o.axis(s.get(0).rank());
    int length = s.get(0).dim(at);
    int times = times(o.integer("repeats"));
    return List.of(s.get(0).with(at, length == Shape.UNKNOWN ? length : length * times));
  }

  private static int times(int repeats) {
    if (repeats < 1) {
      throw new IllegalArgumentException("repeats: expected at least 1, got " + repeats);
    }
    return repeats;
  }

  static List<Shape> tiled(OperationSettings o, List<Shape> s) {
    Shape y = s.get(0);
    int[] repeats = o.integers("repeats");
    if (repeats.length > y.rank()) {
      throw new IllegalArgumentException(
          "repeats=" + Arrays.toString(repeats) + ": expected one for each axis of " + y);
    }
    for (int i = 1; i <= repeats.length; i++) {
      int n = times(repeats[repeats.length - i]);
      y = y.dim(-i) == Shape.UNKNOWN ? y : y.with(-i, y.dim(-i) * n);
    }
    return List.of(y);
  }

  static List<Shape> broadcastTo(OperationSettings o, List<Shape> s) {
    Shape to = Shape.of(o.integers("shape"));
    if (!broadcast(s.get(0), to).equals(to) || !to.isKnown()) {
      throw new IllegalArgumentException(s.get(0) + " cannot be broadcast to " + to);
    }
    return List.of(to);
  }

  static List<Shape> oneHot(OperationSettings o, List<Shape> s) {
    if (o.axis(s.get(0).rank() + 1) != s.get(0).rank()) {
      throw new IllegalArgumentException("axis=" + o.integer("axis") + ": expected the last, -1");
    }
    return List.of(inserted(s.get(0), s.get(0).rank(), o.integer("num_classes")));
  }
}
