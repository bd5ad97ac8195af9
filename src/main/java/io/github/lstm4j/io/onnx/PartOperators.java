package io.github.lstm4j.io.onnx;

import io.github.lstm4j.layers.Concatenate;
import io.github.lstm4j.layers.Index;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.Ops;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Operators that take parts of an axis, or put tensors behind one another. */
final class PartOperators {
  static final Map<String, Node.Operator> ALL =
      Map.of(
          "Slice", n -> List.of(slice(n)),
          "Split", PartOperators::split,
          "Concat", n -> List.of(concat(n)));

  private PartOperators() {}

  /**
   * What is taken of an axis.
   *
   * @param start the first element, from the front
   * @param count how many
   */
  private record Range(Dim start, Dim count, long step) {}

  // ---------------------------------------------------------------- slices

  private static Operand slice(Node n) {
    Operand x = n.input(0);
    List<Dim> starts = numbers(n, 1, "starts");
    List<Dim> ends = numbers(n, 2, "ends");
    List<Dim> axes =
        n.has(3) || n.says("axes")
            ? numbers(n, 3, "axes")
            : IntStream.range(0, starts.size()).mapToObj(Dim::of).toList();
    List<Dim> steps =
        n.has(4) ? numbers(n, 4, "steps") : Collections.nCopies(starts.size(), Dim.ONE);
    if (ends.size() != starts.size()
        || axes.size() != starts.size()
        || steps.size() != starts.size()) {
      throw new Refusal(
          "expected as many starts, ends, axes and steps, got "
              + starts
              + ", "
              + ends
              + ", "
              + axes
              + ", "
              + steps);
    }
    List<Integer> at = Node.axes(axes.stream().map(Dim::value).toList(), x.rank());
    for (int i = 0; i < at.size(); i++) {
      Dim length = x.shape().get(at.get(i));
      x = part(n, x, at.get(i), range(starts.get(i), ends.get(i), steps.get(i).value(), length));
    }
    return x;
  }

  static List<Dim> numbers(Node n, int input, String name) {
    if (n.has(input)) {
      return n.constant(input, name).list();
    }
    List<Long> said = n.wholes(name, null);
    if (said == null) {
      throw new Refusal(name + " are missing");
    }
    return said.stream().map(Dim::of).toList();
  }

  private static Range range(Dim start, Dim end, long step, Dim length) {
    if (step == 0) {
      throw new Refusal("a step of 0 is not possible");
    }
    boolean back = step < 0;
    Dim from = within(start, length, Dim.ZERO, back ? length.minus(Dim.ONE) : length);
    Dim to = within(end, length, back ? Dim.of(-1) : Dim.ZERO, length);
    Dim way = back ? from.minus(to) : to.minus(from);
    Dim by = Dim.of(Math.abs(step));
    Dim count = way.dividedExactly(by);
    if (count == null) {
      count = Dim.of(-Math.floorDiv(-way.value(), by.value()));
    }
    return new Range(from, count, step);
  }

  /** An index as it counts from the front, and within bounds. */
  private static Dim within(Dim index, Dim length, Dim least, Dim most) {
    boolean huge = index.isKnown() && Math.abs(index.value()) >= Integer.MAX_VALUE - 1L;
    if (huge) {
      return index.value() > 0 ? most : least;
    }
    boolean negative = index.isKnown() ? index.value() < 0 : index.compare(Dim.ZERO) < 0;
    Dim at = negative ? index.plus(length) : index;
    if (!length.isKnown() && (at.isKnown() || !at.equals(length))) {
      return at; // as far as such a length is long enough
    }
    return at.compare(least) < 0 ? least : at.compare(most) > 0 ? most : at;
  }

  private static Operand part(Node n, Operand x, int axis, Range r) {
    if (r.count().isKnown() && r.count().value() < 0) {
      throw new Refusal("a range from " + r.start() + " on has no elements");
    }
    if (x instanceof Constant c) {
      int start = r.start().isKnown() ? (int) r.start().value() : 0;
      if (!r.start().isKnown() && c.stored()[axis] != 1) {
        throw new Refusal("a constant is cut at " + r.start());
      }
      return c.taken(axis, r.count(), i -> start + i * (int) r.step());
    }
    Data d = (Data) x;
    if (r.count().equals(d.shape().get(axis)) && r.step() == 1) {
      return d.with(d.axes());
    } else if (r.count().is(0)) {
      throw new Refusal("it takes nothing of an axis of " + d.shape().get(axis));
    }
    return taken(n, d, axis, r);
  }

  /** A part of data: of the outermost atom of an axis where that says it. */
  private static Data taken(Node n, Data x, int axis, Range r) {
    Atom.inner(x.axes().get(axis), n.toString());
    List<Atom> leaves = Atom.shown(x.axes().get(axis));
    if (r.count().is(1)) {
      Data last = x.recipe().step(x, axis, r.start());
      if (last != null) {
        return last;
      }
    }
    boolean single = leaves.size() < 2 || r.step() != 1;
    Dim inner = single ? Dim.ONE : Atom.size(leaves.subList(1, leaves.size()));
    if (!single && inner.isKnown() && r.start().isKnown() && r.count().isKnown()) {
      long width = inner.value();
      long start = r.start().value();
      long count = r.count().value();
      List<Atom> rest = leaves.subList(1, leaves.size());
      if (start % width == 0 && count % width == 0) {
        Range outer = new Range(Dim.of(start / width), Dim.of(count / width), 1);
        return taken(n, x, axis, leaves.subList(0, 1), rest, outer);
      } else if (start / width == (start + count - 1) / width) {
        Range outer = new Range(Dim.of(start / width), Dim.ONE, 1);
        Data one = taken(n, x, axis, leaves.subList(0, 1), rest, outer);
        return taken(n, one, axis, new Range(Dim.of(start % width), r.count(), 1));
      }
    }
    return taken(n, x, axis, leaves, List.of(), r);
  }

  /**
   * A part of some atoms of an axis.
   *
   * @param cut the outer ones
   * @param rest those within, which stay
   */
  private static Data taken(Node n, Data x, int axis, List<Atom> cut, List<Atom> rest, Range r) {
    List<Atom> left = r.count().is(1) ? List.of() : List.of(new Atom(r.count()));
    Atom.inner(left, n.toString());
    List<Atom> after = new ArrayList<>(left);
    after.addAll(rest);
    List<List<Atom>> axes = new ArrayList<>(x.axes());
    axes.set(axis, after);
    return n.data(x.type(), axes, List.of(x), () -> cut(x.placed(), Placed.own(cut), left, r));
  }

  private static Placed cut(Placed x, List<Atom> cut, List<Atom> left, Range r) {
    Placed in = x;
    int at = leading(in, cut);
    if (at < 0 || (r.step() != 1 && !in.groups().get(at).equals(cut))) {
      in = x.sequence(cut);
      at = 0;
    }
    if (r.step() < 0) { // Keras's slices go forward with some of its backends
      Placed turned = new Placed(Ops.flip(in.tensor(), at + 1), in.groups());
      Dim first = Atom.size(cut).minus(Dim.ONE).minus(r.start());
      boolean all = r.step() == -1 && r.count().equals(Atom.size(cut));
      List<List<Atom>> same = new ArrayList<>(in.groups());
      same.set(at, left);
      return all
          ? new Placed(turned.tensor(), same)
          : cut(turned, cut, left, new Range(first, r.count(), -r.step()));
    }
    List<Atom> group = in.groups().get(at);
    List<Atom> rest = group.subList(cut.size(), group.size());
    Dim inner = Atom.size(rest);
    List<List<Atom>> groups = new ArrayList<>(in.groups());
    boolean drops = r.count().is(1) && rest.isEmpty() && groups.size() > 1;
    Dim length = Atom.size(cut);
    Index[] indices = new Index[at + 2];
    java.util.Arrays.fill(indices, Index.all());
    if (drops) {
      indices[at + 1] = Index.at(from(r.start(), length, Dim.ONE));
      groups.remove(at);
    } else {
      Dim stop = r.start().plus(r.count().times(Dim.of(r.step())));
      Integer end =
          stop.equals(length) || stop.compareKnown(length) > 0
              ? null
              : (Integer) from(stop, length, inner);
      Integer start = r.start().is(0) ? null : (Integer) from(r.start(), length, inner);
      indices[at + 1] = Index.range(start, end, r.step() == 1 ? null : (Integer) (int) r.step());
      List<Atom> after = new ArrayList<>(left);
      after.addAll(rest);
      groups.set(at, after);
    }
    return new Placed(Ops.getItem(in.tensor(), indices), groups);
  }

  /** An index, negative where it is known from the end alone. */
  private static int from(Dim index, Dim length, Dim inner) {
    Dim at = index.isKnown() ? index : index.minus(length);
    return Math.toIntExact(at.times(inner).value());
  }

  /** The group that begins with these atoms; -1 if none does. */
  private static int leading(Placed x, List<Atom> atoms) {
    for (int i = 0; i < x.groups().size(); i++) {
      List<Atom> group = x.groups().get(i);
      if (group.size() >= atoms.size()
          && group.subList(0, atoms.size()).equals(atoms)
          && !atoms.isEmpty()) {
        return i;
      }
    }
    return -1;
  }

  /** One element of an axis, or several side by side. */
  static Operand gathered(Node n, Operand x, int axis, Constant indices) {
    Dim length = x.shape().get(axis);
    List<Dim> all =
        indices.full().wholes().stream()
            .map(i -> i.compare(Dim.ZERO) < 0 ? i.plus(length) : i)
            .toList();
    for (Dim i : all) {
      if (length.isKnown() && i.isKnown() && (i.value() < 0 || i.value() >= length.value())) {
        throw new Refusal("there is no element " + i + " of an axis of " + length);
      }
    }
    Operand part;
    if (x instanceof Constant c) {
      int[] which =
          all.stream().mapToInt(i -> c.stored()[axis] == 1 ? 0 : (int) i.value()).toArray();
      part = c.taken(axis, Dim.of(which.length), i -> which[i]);
    } else {
      part = gathered(n, (Data) x, axis, all);
    }
    List<Dim> shape = new ArrayList<>(x.shape());
    shape.remove(axis);
    shape.addAll(axis, indices.shape());
    if (part instanceof Constant c) {
      return c.reshaped(shape);
    }
    Data d = (Data) part;
    List<List<Atom>> axes = new ArrayList<>(d.axes());
    List<Atom> taken = axes.remove(axis);
    if (indices.rank() > 1) {
      throw new Refusal(
          "indices of shape " + indices.shape() + " are not supported, only a number or a row");
    } else if (indices.rank() == 1) {
      axes.add(axis, taken);
    }
    return d.with(axes);
  }

  private static Data gathered(Node n, Data x, int axis, List<Dim> all) {
    if (all.isEmpty()) {
      throw new Refusal("it takes nothing of an axis of " + x.shape().get(axis));
    }
    long step = all.size() == 1 ? 1 : all.get(1).minus(all.get(0)).value();
    boolean even = step != 0;
    for (int i = 1; i < all.size(); i++) {
      even &= all.get(i).minus(all.get(i - 1)).is(step);
    }
    if (even) {
      return (Data) part(n, x, axis, new Range(all.get(0), Dim.of(all.size()), step));
    }
    int[] which = all.stream().mapToInt(d -> (int) d.value()).toArray();
    List<Atom> cut = x.axes().get(axis);
    Atom.inner(cut, n.toString());
    List<Atom> left = List.of(new Atom(Dim.of(which.length)));
    List<List<Atom>> axes = new ArrayList<>(x.axes());
    axes.set(axis, left);
    return n.data(
        x.type(),
        axes,
        List.of(x),
        () -> {
          Placed in = x.placed().last(cut);
          List<List<Atom>> groups = new ArrayList<>(in.groups());
          groups.set(groups.size() - 1, left);
          return new Placed(Ops.take(in.tensor(), -1, which), groups);
        });
  }

  private static List<Operand> split(Node n) {
    Operand x = n.input(0);
    int axis = Node.axis(n.whole("axis", 0), x.rank());
    Dim length = x.shape().get(axis);
    List<Dim> sizes;
    if (n.has(1)) {
      sizes = n.constant(1, "split").list();
    } else if (n.says("split")) {
      sizes = n.wholes("split", List.of()).stream().map(Dim::of).toList();
    } else {
      long parts = n.whole("num_outputs", n.outputCount());
      long each = -Math.floorDiv(-length.value(), parts);
      List<Dim> even = new ArrayList<>();
      for (long from = 0; from < length.value(); from += each) {
        even.add(Dim.of(Math.min(each, length.value() - from)));
      }
      sizes = even;
    }
    if (n.has(1)) {
      n.ignore("num_outputs");
    }
    Dim sum = sizes.stream().reduce(Dim.ZERO, Dim::plus);
    if (!sum.equals(length) || sizes.size() < n.outputCount()) {
      throw new Refusal(
          "split=" + sizes + " of an axis of " + length + " into " + n.outputCount() + " outputs");
    }
    List<Operand> all = new ArrayList<>();
    Dim from = Dim.ZERO;
    for (Dim size : sizes) {
      all.add(part(n, x, axis, new Range(from, size, 1)));
      from = from.plus(size);
    }
    return all;
  }

  // ---------------------------------------------------------------- joining

  private static Operand concat(Node n) {
    List<Operand> all = n.inputs();
    if (all.isEmpty()) {
      throw new Refusal("it has no inputs");
    }
    int axis = Node.axis(n.whole("axis", 1), all.get(0).rank());
    List<Constant> constants = n.constants();
    if (constants != null) {
      return Constant.joined(constants, axis);
    }
    for (Operand o : all) {
      if (o.rank() != all.get(0).rank()) {
        throw new Refusal(all.get(0) + " and " + o + " cannot be joined");
      }
    }
    List<Data> parts = new ArrayList<>();
    for (Operand o : all) {
      if (o instanceof Data d) {
        parts.add(d);
      } else if (!o.shape().get(axis).is(0)) {
        throw new Refusal("constants behind data are not supported");
      }
    }
    return parts.size() == 1 ? parts.get(0).with(parts.get(0).axes()) : joined(n, parts, axis);
  }

  /** Data behind one another. */
  static Data joined(Node n, List<Data> parts, int axis) {
    Data first = parts.get(0);
    Dim length = Dim.ZERO;
    boolean same = true;
    for (Data part : parts) {
      if (part.rank() != first.rank()) {
        throw new Refusal(
            "tensors of shape " + first.shape() + " and " + part.shape() + " cannot be joined");
      }
      for (int i = 0; i < first.rank(); i++) {
        if (i != axis) {
          Atom.unify(first.axes().get(i), part.axes().get(i));
        }
      }
      Atom.inner(part.axes().get(axis), n.toString());
      same &= part.shape().get(axis).equals(first.shape().get(axis));
      length = length.plus(part.shape().get(axis));
    }
    List<Atom> joined = new ArrayList<>();
    if (same) {
      joined.add(new Atom(Dim.of(parts.size()))); // and within each what the parts have
      for (Data part : parts) {
        Atom.unify(first.axes().get(axis), part.axes().get(axis));
      }
      joined.addAll(first.axes().get(axis));
    } else {
      joined.add(new Atom(length));
    }
    Atom.inner(joined, n.toString());
    List<List<Atom>> axes = new ArrayList<>(first.axes());
    axes.set(axis, joined);
    return n.data(first.type(), axes, parts, () -> joined(parts, axis, joined));
  }

  private static Placed joined(List<Data> parts, int axis, List<Atom> joined) {
    Placed first = parts.get(0).placed();
    List<Atom> cut = Placed.own(parts.get(0).axes().get(axis));
    int at = cut.isEmpty() ? first.groups().size() - 1 : leading(first, cut);
    if (at < 0) {
      first = first.sequence(cut);
      at = 0;
    }
    List<KerasTensor> tensors = new ArrayList<>();
    for (Data part : parts) {
      List<List<Atom>> groups = new ArrayList<>(first.groups());
      List<Atom> own = new ArrayList<>(Placed.own(part.axes().get(axis)));
      own.addAll(groups.get(at).subList(cut.size(), groups.get(at).size()));
      groups.set(at, own);
      tensors.add(part.placed().to(groups).tensor());
    }
    List<List<Atom>> groups = new ArrayList<>(first.groups());
    List<Atom> all = new ArrayList<>(joined);
    all.addAll(groups.get(at).subList(cut.size(), groups.get(at).size()));
    groups.set(at, all);
    Concatenate layer = new Concatenate(at == first.groups().size() - 1 ? -1 : at + 1);
    return new Placed(layer.apply(tensors.toArray(new KerasTensor[0])), groups);
  }
}
