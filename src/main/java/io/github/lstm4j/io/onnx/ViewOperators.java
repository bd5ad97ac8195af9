package io.github.lstm4j.io.onnx;

import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.io.onnx.proto.TensorProto;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Operators that move no data: they show the same in another shape, or say what it is. Transposes
 * and reshapes are of this kind too; see {@link Placed}.
 */
final class ViewOperators {
  static final Map<String, Node.Operator> ALL =
      Map.ofEntries(
          Map.entry("Identity", n -> List.of(same(n))),
          Map.entry("Dropout", n -> dropout(n)),
          Map.entry("Cast", n -> List.of(cast(n))),
          Map.entry("CastLike", n -> List.of(castLike(n))),
          Map.entry("Constant", n -> List.of(constant(n))),
          Map.entry("ConstantOfShape", n -> List.of(filled(n))),
          Map.entry("Shape", n -> List.of(shape(n))),
          Map.entry("Size", n -> List.of(Constant.whole(Dim.product(n.input(0).shape())))),
          Map.entry("Transpose", n -> List.of(transpose(n))),
          Map.entry("Squeeze", n -> List.of(squeeze(n))),
          Map.entry("Unsqueeze", n -> List.of(unsqueeze(n))),
          Map.entry("Flatten", n -> List.of(flatten(n))),
          Map.entry("Reshape", n -> List.of(reshape(n))));

  private ViewOperators() {}

  private static Operand same(Node n) {
    return n.input(0) instanceof Data d ? d.with(d.axes()) : n.input(0);
  }

  /** Of a model in use; what it does in training is not the file's to say. */
  private static List<Operand> dropout(Node n) {
    n.ignore("ratio");
    n.ignore("seed");
    n.ignore("is_test");
    n.ignore("consumed_inputs");
    if (n.has(2) && !n.constant(2, "training_mode").isAll(0)) {
      throw new Refusal("training_mode=1 is not supported: export the model in evaluation mode");
    }
    if (n.opset() < 7) {
      throw new Refusal("only Dropout from opset 7 on is supported, got " + n.opset());
    }
    if (n.uses(1) > 0) {
      throw new Refusal("its mask (output 1) is not supported");
    }
    return List.of(same(n));
  }

  private static Operand cast(Node n) {
    ElementType to = ElementType.of(n.whole("to", 0));
    n.ignore("saturate");
    n.ignore("round_mode");
    return cast(n, to);
  }

  private static Operand castLike(Node n) {
    n.ignore("saturate");
    n.ignore("round_mode");
    return cast(n, n.input(1).type());
  }

  private static Operand cast(Node n, ElementType to) {
    if (!to.isFloating() && !to.isWhole()) {
      throw new Refusal("to this type is not supported");
    }
    if (n.input(0) instanceof Constant c) {
      return c.cast(to);
    }
    Data d = n.data(0);
    if (to == ElementType.BOOL && d.type() != to) {
      return ElementwiseOperators.truth(n, d);
    } else if (to.isWhole() && d.type().isFloating()) {
      return ElementwiseOperators.truncated(n, d, to);
    }
    return d.as(to);
  }

  private static Constant constant(Node n) {
    TensorProto tensor = n.tensor("value");
    List<Constant> all = new ArrayList<>();
    if (tensor != null) {
      all.add(Constant.of(tensor));
    }
    if (n.says("value_float")) {
      all.add(Constant.floats(List.of(), new int[0], n.number("value_float", 0)));
    }
    if (n.says("value_floats")) {
      List<Float> values = n.numbers("value_floats");
      float[] floats = new float[values.size()];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = values.get(i);
      }
      all.add(Constant.floats(List.of(Dim.of(floats.length)), new int[] {floats.length}, floats));
    }
    if (n.says("value_int")) {
      all.add(Constant.whole(Dim.of(n.whole("value_int", 0))));
    }
    if (n.says("value_ints")) {
      all.add(Constant.row(n.wholes("value_ints", List.of()).stream().map(Dim::of).toList()));
    }
    if (all.size() != 1) {
      throw new Refusal("expected one value, got " + all.size());
    }
    return all.get(0);
  }

  private static Constant filled(Node n) {
    List<Dim> shape = n.constant(0, "the shape").list();
    TensorProto tensor = n.tensor("value");
    int[] ones = IntStream.range(0, shape.size()).map(i -> 1).toArray();
    for (Dim d : shape) {
      if (d.isKnown() && d.value() < 0) {
        throw new Refusal("a length of " + d + " is not possible");
      }
    }
    if (tensor == null) {
      return Constant.floats(shape, ones, 0);
    }
    Constant value = Constant.of(tensor);
    return value.type().isFloating()
        ? Constant.floats(shape, ones, value.number())
        : Constant.wholes(value.type(), shape, ones, value.full().wholes().get(0));
  }

  private static Constant shape(Node n) {
    List<Dim> all = n.input(0).shape();
    int from = clipped(n.whole("start", 0), all.size());
    int to = clipped(n.whole("end", all.size()), all.size());
    return Constant.row(all.subList(Math.min(from, to), to));
  }

  private static int clipped(long at, int rank) {
    return (int) Math.max(0, Math.min(rank, at < 0 ? at + rank : at));
  }

  private static Operand transpose(Node n) {
    int rank = n.input(0).rank();
    List<Long> said = n.wholes("perm", null);
    List<Integer> order =
        said == null
            ? IntStream.range(0, rank).mapToObj(i -> rank - 1 - i).toList()
            : Node.axes(said, rank);
    if (order.size() != rank) {
      throw new Refusal("perm=" + said + " is no order of " + rank + " axes");
    }
    if (n.input(0) instanceof Constant c) {
      return c.transposed(order);
    }
    Data d = n.data(0);
    return d.with(order.stream().map(i -> d.axes().get(i)).toList());
  }

  private static Operand squeeze(Node n) {
    Operand x = n.input(0);
    List<Long> said = n.axes(1);
    List<Integer> axes = new ArrayList<>();
    if (said == null) {
      for (int i = 0; i < x.rank(); i++) {
        if (x.shape().get(i).is(1)) {
          axes.add(i);
        }
      }
    } else {
      axes.addAll(Node.axes(said, x.rank()));
    }
    for (int axis : axes) {
      if (x.shape().get(axis).isKnown() && !x.shape().get(axis).is(1)) {
        throw new Refusal("axis " + axis + " has length " + x.shape().get(axis) + ", not 1");
      } else if (!x.shape().get(axis).isKnown()) {
        throw new Refusal(
            "axis " + axis + ", which it drops, has a length that the file leaves open");
      }
    }
    axes.sort(Collections.reverseOrder());
    if (x instanceof Constant c) {
      List<Dim> shape = new ArrayList<>(c.shape());
      axes.forEach(a -> shape.remove((int) a));
      return c.reshaped(shape);
    }
    Data d = (Data) x;
    List<List<Atom>> left = new ArrayList<>(d.axes());
    axes.forEach(a -> left.remove((int) a));
    return d.with(left);
  }

  private static Operand unsqueeze(Node n) {
    Operand x = n.input(0);
    List<Long> said = n.axes(1);
    if (said == null) {
      throw new Refusal("axes are missing");
    }
    TreeSet<Integer> axes = new TreeSet<>(Node.axes(said, x.rank() + said.size()));
    if (x instanceof Constant c) {
      List<Dim> shape = new ArrayList<>(c.shape());
      axes.forEach(a -> shape.add(a, Dim.ONE));
      return c.reshaped(shape);
    }
    Data d = (Data) x;
    List<List<Atom>> more = new ArrayList<>(d.axes());
    axes.forEach(a -> more.add(a, List.of()));
    return d.with(more);
  }

  private static Operand flatten(Node n) {
    Operand x = n.input(0);
    long said = n.whole("axis", 1);
    int axis = said == x.rank() ? x.rank() : Node.axis(said, x.rank());
    if (x instanceof Constant c) {
      return c.reshaped(
          List.of(
              Dim.product(c.shape().subList(0, axis)),
              Dim.product(c.shape().subList(axis, c.rank()))));
    }
    Data d = (Data) x;
    return d.with(
        List.of(
            Placed.flat(d.axes().subList(0, axis)), Placed.flat(d.axes().subList(axis, d.rank()))));
  }

  private static Operand reshape(Node n) {
    Operand x = n.input(0);
    List<Dim> said =
        n.inputCount() > 1
            ? n.constant(1, "the shape").list()
            : n.wholes("shape", List.of()).stream().map(Dim::of).toList();
    boolean zeros = n.whole("allowzero", 0) != 0;
    List<Dim> target = target(x.shape(), said, zeros);
    return x instanceof Constant c ? c.reshaped(target) : reshaped(n, (Data) x, target);
  }

  /** Data in another shape; axes that keep no boundary in common are written anew. */
  private static Data reshaped(Node n, Data x, List<Dim> target) {
    List<Atom> atoms = new ArrayList<>();
    x.axes().forEach(a -> atoms.addAll(Atom.leaves(a)));
    int from = 0;
    for (int i = 0; i < target.size(); i++) {
      // as few atoms and axes as are as long
      int until = from;
      int axes = i + 1;
      Dim have = Dim.ONE;
      Dim wanted = target.get(i);
      boolean splits = true;
      while (!have.equals(wanted)) {
        boolean known = have.isKnown() && wanted.isKnown();
        boolean less = known ? have.value() < wanted.value() : wanted.dividedExactly(have) != null;
        if (less && until < atoms.size()) {
          have = have.times(atoms.get(until++).size());
        } else if (!less && axes < target.size()) {
          splits &= have.dividedExactly(wanted) != null && until == from + 1;
          wanted = wanted.times(target.get(axes++));
        } else {
          return x.with(grouped(x.axes(), target)); // or says what is wrong
        }
      }
      splits |= axes == i + 1 || isNested(atoms.subList(from, until), target.subList(i, axes));
      if (!splits && until - from > 1) {
        return reshaped(n, rewritten(n, x, atoms.subList(from, until)), target);
      }
      from = until;
      i = axes - 1;
    }
    return x.with(grouped(x.axes(), target));
  }

  /** Whether each boundary between atoms or axes divides the next, so that atoms can be split. */
  private static boolean isNested(List<Atom> atoms, List<Dim> axes) {
    int atom = 0;
    int axis = 0;
    Dim a = Dim.ONE;
    Dim b = Dim.ONE;
    while (atom < atoms.size() || axis < axes.size()) {
      boolean behind = a.equals(b) || b.dividedExactly(a) != null;
      if (behind && atom < atoms.size()) {
        a = a.times(atoms.get(atom++).size());
      } else if ((a.equals(b) || a.dividedExactly(b) != null) && axis < axes.size()) {
        b = b.times(axes.get(axis++));
      } else {
        return false;
      }
    }
    return a.equals(b);
  }

  /** The same with some atoms that lie behind one another as one. */
  private static Data rewritten(Node n, Data x, List<Atom> some) {
    Atom.inner(some, n.toString());
    List<Atom> one = List.of(new Atom(Atom.size(some)));
    Atom.inner(one, n.toString());
    List<Atom> all = new ArrayList<>();
    x.axes().forEach(a -> all.addAll(Atom.leaves(a)));
    int at = all.indexOf(some.get(0));
    List<Atom> after = new ArrayList<>(all.subList(0, at));
    after.addAll(one);
    after.addAll(all.subList(at + some.size(), all.size()));
    return n.data(
        x.type(),
        List.of(after),
        List.of(x),
        () -> {
          List<Atom> cut = Placed.own(some);
          List<Atom> rest = x.placed().but(cut);
          List<List<Atom>> groups = rest.isEmpty() ? List.of(cut) : List.of(cut, rest);
          Placed in = x.placed().to(groups);
          return new Placed(in.tensor(), rest.isEmpty() ? List.of(one) : List.of(one, rest));
        });
  }

  /** The shape without 0 for an axis of the input, and -1 for what is left. */
  static List<Dim> target(List<Dim> shape, List<Dim> said, boolean zeros) {
    List<Dim> target = new ArrayList<>(said);
    int open = -1;
    Dim rest = Dim.ONE;
    for (int i = 0; i < target.size(); i++) {
      Dim d = target.get(i);
      if (d.is(-1) && open < 0) {
        open = i;
        continue;
      } else if (d.isKnown() && d.value() < 0) {
        throw new Refusal("no shape: " + said);
      } else if (d.is(0) && !zeros) {
        if (i >= shape.size()) {
          throw new Refusal("the shape " + said + " asks for axis " + i + " of " + shape);
        }
        target.set(i, shape.get(i));
      }
      rest = rest.times(target.get(i));
    }
    Dim all = Dim.product(shape);
    if (open >= 0) {
      Dim left = all.dividedExactly(rest);
      if (left == null) {
        throw new Refusal("a tensor of shape " + shape + " has no shape " + said);
      }
      target.set(open, left);
    } else if (all.isKnown() && rest.isKnown() && !all.equals(rest)) {
      throw new Refusal("a tensor of shape " + shape + " has no shape " + said);
    }
    return target;
  }

  /** The atoms of axes as those of other axes, in the same order. */
  private static List<List<Atom>> grouped(List<List<Atom>> axes, List<Dim> target) {
    List<Atom> left = new ArrayList<>();
    axes.forEach(a -> left.addAll(Atom.leaves(a)));
    List<List<Atom>> all = new ArrayList<>();
    for (int i = 0; i < target.size(); i++) {
      Dim wanted = target.get(i);
      List<Atom> axis = new ArrayList<>();
      Dim size = Dim.ONE;
      // an axis of length 1 is whichever of this length comes next
      if (wanted.is(1) && !left.isEmpty() && left.get(0).size().is(1)) {
        axis.add(left.remove(0));
      }
      while (!size.equals(wanted)) {
        if (left.isEmpty()) {
          throw new Refusal("axes of " + shape(axes) + " cannot become " + target);
        }
        Atom next = left.get(0);
        Dim missing = wanted.dividedExactly(size);
        boolean fits =
            missing != null
                && (next.size().equals(missing) || missing.dividedExactly(next.size()) != null);
        boolean last = i == target.size() - 1 && left.size() == 1; // of lengths that are not known
        if (!fits && missing != null && next.size().dividedExactly(missing) != null) {
          next.split(missing);
          left.remove(0);
          left.addAll(0, Atom.leaves(List.of(next)));
        } else if (!fits && !last) {
          throw new Refusal("axes of " + shape(axes) + " cannot become " + target);
        } else if (!fits) {
          axis.add(left.remove(0));
          break;
        } else {
          size = size.times(next.size());
          axis.add(left.remove(0));
        }
      }
      all.add(axis);
    }
    if (!left.isEmpty()) {
      if (!Atom.size(left).is(1)) {
        throw new Refusal("axes of " + shape(axes) + " cannot become " + target);
      }
      if (!all.isEmpty()) {
        List<Atom> last = new ArrayList<>(all.get(all.size() - 1));
        last.addAll(left);
        all.set(all.size() - 1, last);
      }
    }
    return all;
  }

  private static List<Dim> shape(List<List<Atom>> axes) {
    return axes.stream().map(Atom::size).toList();
  }
}
