package io.github.lstm4j.io.onnx;

import io.github.lstm4j.layers.Index;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.Ops;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.layers.ZeroPadding1D;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Operators that make tensors longer: by the same again, or by zeros. */
final class RepeatOperators {
  static final Map<String, Node.Operator> ALL =
      Map.of(
          "Expand", n -> List.of(expand(n)),
          "Tile", n -> List.of(tile(n)),
          "Pad", n -> List.of(pad(n)));

  private RepeatOperators() {}

  private static Operand expand(Node n) {
    Operand x = n.input(0);
    List<Dim> said = n.constant(1, "the shape").list();
    if (x instanceof Constant c) {
      List<Dim> to = new ArrayList<>(said);
      while (to.size() < c.rank()) {
        to.add(0, Dim.ONE);
      }
      return c.expanded(to);
    }
    Data d = (Data) x;
    for (int i = d.rank(); i < said.size(); i++) {
      List<List<Atom>> axes = new ArrayList<>(d.axes());
      axes.add(0, List.of());
      d = d.with(axes);
    }
    for (int i = 0; i < said.size(); i++) {
      int axis = i - said.size() + d.rank();
      Dim own = d.shape().get(axis);
      if (own.is(1) && !said.get(i).is(1)) {
        d = repeated(n, d, axis, said.get(i));
      } else if (own.isKnown()
          && said.get(i).isKnown()
          && !said.get(i).is(1)
          && !own.equals(said.get(i))) {
        throw new Refusal("a tensor of shape " + d.shape() + " cannot be expanded to " + said);
      }
    }
    return d.with(d.axes());
  }

  private static Operand tile(Node n) {
    Operand x = n.input(0);
    List<Dim> repeats = n.constant(1, "the repeats").list();
    if (repeats.size() != x.rank()) {
      throw new Refusal(
          "repeats="
              + repeats
              + ": expected "
              + x.rank()
              + " numbers, one for each axis of "
              + x.shape());
    }
    for (int i = 0; i < repeats.size(); i++) {
      Dim times = repeats.get(i);
      Dim own = x.shape().get(i);
      if (times.is(1)) {
        continue;
      }
      if (x instanceof Constant c) {
        int length = own.is(1) ? 1 : (int) own.value();
        if (own.is(1)) {
          List<Dim> to = new ArrayList<>(c.shape());
          to.set(i, times);
          x = c.expanded(to);
        } else {
          x = c.taken(i, own.times(times), k -> k % length);
        }
      } else {
        x = repeated(n, (Data) x, i, times);
      }
    }
    return x instanceof Data d ? d.with(d.axes()) : x;
  }

  /** Data several times along an axis: all that lies along it, and then all again. */
  private static Data repeated(Node n, Data x, int axis, Dim times) {
    if (!times.isKnown()) {
      return alongInput(n, x, axis, times);
    }
    int count = Math.toIntExact(times.value());
    List<Atom> made = List.of(new Atom(times));
    Atom.inner(made, n.toString());
    List<List<Atom>> axes = new ArrayList<>(x.axes());
    List<Atom> own = x.shape().get(axis).is(1) ? List.of() : x.axes().get(axis);
    axes.set(axis, Placed.flat(List.of(made, own)));
    return n.data(
        x.type(),
        axes,
        List.of(x),
        () -> {
          Placed in = x.placed().to(List.of(x.placed().flat()));
          return new Placed(new RepeatVector(count).apply(in.tensor()), List.of(made, in.flat()));
        });
  }

  /** Data as often as an input of the model is long, of which the file leaves the length open. */
  private static Data alongInput(Node n, Data x, int axis, Dim times) {
    Data like = n.fedWith(times);
    List<Atom> length = Atom.leaves(like.axes().get(like.shape().indexOf(times)));
    boolean there = x.axes().stream().anyMatch(a -> Atom.leaves(a).contains(length.get(0)));
    List<Atom> made = there ? List.of(new Atom(times)) : length;
    Atom.inner(length, n.toString());
    Atom.inner(made, n.toString());
    List<List<Atom>> axes = new ArrayList<>(x.axes());
    List<Atom> own = x.shape().get(axis).is(1) ? List.of() : x.axes().get(axis);
    axes.set(axis, Placed.flat(List.of(made, own)));
    return n.data(
        x.type(),
        axes,
        List.of(x, like),
        () -> {
          List<Atom> flat = x.placed().flat();
          KerasTensor all = like.placed().sequence(length).tensor(); // (batch, times, …)
          KerasTensor one = Ops.getItem(all, Index.all(), Index.all(), Index.range(0, 1));
          KerasTensor zeros = Ops.cast(Ops.less(one, one), "float32");
          KerasTensor each = x.placed().to(List.of(List.of(), flat)).tensor(); // (batch, 1, …)
          return new Placed(Ops.add(each, zeros), List.of(made, flat));
        });
  }

  /** Zeros before and behind one axis. */
  private static Operand pad(Node n) {
    String mode = n.text("mode", "constant");
    if (!mode.equals("constant")) {
      throw new Refusal("mode=" + mode + " is not supported, only constant");
    }
    Data x = n.data(0);
    List<Dim> pads = PartOperators.numbers(n, 1, "pads");
    float value = n.has(2) ? n.constant(2, "the value").number() : n.number("value", 0);
    if (value != 0 || n.has(3) || pads.size() != 2 * x.rank()) {
      throw new Refusal(
          "only zeros before and behind each axis are supported, got " + pads + " with " + value);
    }
    Data padded = x;
    for (int i = 0; i < x.rank(); i++) {
      int before = Math.toIntExact(pads.get(i).value());
      int behind = Math.toIntExact(pads.get(i + x.rank()).value());
      if (before < 0 || behind < 0) {
        throw new Refusal("pads=" + pads + ": less than 0 is not supported");
      }
      padded = before + behind == 0 ? padded : padded(n, padded, i, before, behind);
    }
    return padded.with(padded.axes());
  }

  static Data padded(Node n, Data x, int axis, int before, int behind) {
    List<Atom> own = x.axes().get(axis);
    Atom.inner(own, n.toString());
    List<Atom> made = List.of(new Atom(Atom.size(own).plus(Dim.of((long) before + behind))));
    Atom.inner(made, n.toString());
    List<List<Atom>> axes = new ArrayList<>(x.axes());
    axes.set(axis, made);
    return n.data(
        x.type(),
        axes,
        List.of(x),
        () -> {
          Placed in = x.placed().sequence(own);
          KerasTensor y = new ZeroPadding1D(before, behind).apply(in.tensor());
          return new Placed(y, List.of(made, in.groups().get(1)));
        });
  }
}
