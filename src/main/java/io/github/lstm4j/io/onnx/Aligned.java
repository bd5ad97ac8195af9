package io.github.lstm4j.io.onnx;

import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Operands of an elementwise operator, broadcast: each with the axes that it shares. */
final class Aligned {
  private final List<Operand> operands = new ArrayList<>();
  private final List<List<List<Atom>>> own = new ArrayList<>(); // axes of each operand
  private final List<List<Atom>> axes = new ArrayList<>(); // of the result

  Aligned(List<? extends Operand> given) {
    Constant.broadcast(given.stream().map(Operand::shape).toList()); // or they do not fit
    for (Operand o : given) {
      Operand apart = o instanceof Data d ? apart(d) : o;
      operands.add(apart);
      own.add(apart instanceof Data d ? d.axes() : axes((Constant) apart));
    }
    int rank = operands.stream().mapToInt(Operand::rank).max().orElse(0);
    for (int i = 0; i < rank; i++) {
      axes.add(unified(rank - i));
    }
  }

  /**
   * Data of which no axis is another one of an operand before: of a tensor that is combined with
   * itself, each with each, one of the two axes is a new one.
   */
  private Data apart(Data d) {
    Data x = d;
    for (int i = 0; i < d.rank(); i++) {
      int fromEnd = d.rank() - i;
      List<Atom> shown = Atom.shown(d.axes().get(i));
      boolean elsewhere = false;
      for (List<List<Atom>> each : own) {
        for (int k = 0; k < each.size(); k++) {
          boolean other = each.size() - k != fromEnd;
          elsewhere |= other && Atom.shown(each.get(k)).stream().anyMatch(shown::contains);
        }
      }
      x = elsewhere ? x.renewed(i) : x;
    }
    return x;
  }

  private static List<List<Atom>> axes(Constant c) {
    List<List<Atom>> all = new ArrayList<>();
    int[] stored = c.stored();
    for (int i = 0; i < stored.length; i++) {
      boolean repeats = stored[i] == 1;
      all.add(repeats && c.shape().get(i).is(1) ? List.of() : List.of(new Atom(c.shape().get(i))));
    }
    return all;
  }

  /** The axis of that number from the end, of all operands the same. */
  private List<Atom> unified(int fromEnd) {
    List<Atom> wide = List.of();
    for (List<List<Atom>> each : own) {
      if (each.size() < fromEnd) {
        continue;
      }
      List<Atom> axis = each.get(each.size() - fromEnd);
      if (!Atom.size(axis).is(1) && !Atom.size(wide).is(1)) {
        Atom.unify(wide, axis);
      } else if (!Atom.size(axis).is(1) || wide.isEmpty()) {
        wide = axis;
      }
    }
    return wide;
  }

  List<List<Atom>> axes() {
    return axes;
  }

  List<Data> needs() {
    List<Data> all = new ArrayList<>();
    for (Operand o : operands) {
      if (o instanceof Data d) {
        all.add(d);
      }
    }
    return all;
  }

  /** The atoms along which an operand does not repeat. */
  private Set<Atom> atoms(int operand) {
    List<List<Atom>> mine = own.get(operand);
    Set<Atom> all = new HashSet<>();
    for (int i = 0; i < mine.size(); i++) {
      if (!(operands.get(operand) instanceof Constant c) || c.stored()[i] != 1) {
        all.addAll(Placed.own(mine.get(i)));
      }
    }
    if (operands.get(operand) instanceof Data d) {
      all.addAll(d.placed().flat());
    }
    return all;
  }

  /** How the result lies: each group of atoms is all there or not at all, in each operand. */
  List<List<Atom>> groups() {
    List<Set<Atom>> there = new ArrayList<>();
    List<List<Atom>> base = null;
    int most = -1;
    for (int i = 0; i < operands.size(); i++) {
      there.add(atoms(i));
      if (operands.get(i) instanceof Data d && d.placed().flat().size() > most) {
        base = d.placed().groups();
        most = d.placed().flat().size();
      }
    }
    List<Atom> order = base == null ? List.of() : Placed.flat(base);
    List<Atom> all = new ArrayList<>(order);
    boolean covered = there.stream().allMatch(all::containsAll);
    if (covered && base.stream().allMatch(g -> isWhole(g, there))) {
      return base;
    }
    if (!covered) {
      all.clear();
      axes.forEach(a -> all.addAll(Placed.own(a)));
    }
    List<List<Atom>> runs = new ArrayList<>();
    for (Atom atom : all) {
      boolean goesOn =
          !runs.isEmpty() && isWhole(List.of(runs.get(runs.size() - 1).get(0), atom), there);
      if (goesOn) {
        runs.get(runs.size() - 1).add(atom);
      } else {
        runs.add(new ArrayList<>(List.of(atom)));
      }
    }
    return runs.isEmpty() ? List.of(List.of()) : runs;
  }

  private static boolean isWhole(List<Atom> group, List<Set<Atom>> there) {
    for (Set<Atom> each : there) {
      long count = group.stream().filter(each::contains).count();
      if (count != 0 && count != group.size()) {
        return false;
      }
    }
    return true;
  }

  /** The operands so that they can be combined: tensors of the model, and constants. */
  List<Object> placed(List<List<Atom>> groups) {
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < operands.size(); i++) {
      Set<Atom> mine = atoms(i);
      if (operands.get(i) instanceof Data d) {
        List<List<Atom>> shared = new ArrayList<>();
        groups.forEach(g -> shared.add(g.stream().filter(mine::contains).toList()));
        all.add(d.placed().to(shared).tensor());
      } else {
        all.add(constant((Constant) operands.get(i), own.get(i), groups, samples()));
      }
    }
    return all;
  }

  /** How many samples a batch has; negative if any number. */
  private int samples() {
    return needs().get(0).placed().tensor().shape().dim(0);
  }

  /**
   * A constant along a model's axes; a number where there is one only.
   *
   * @param samples how many a batch has; negative if any number
   */
  static Object constant(Constant c, List<List<Atom>> axes, List<List<Atom>> groups, int samples) {
    float[] values = c.floats();
    int[] stored = c.stored();
    if (values.length == 1) {
      return values[0];
    }
    List<Atom> atoms = new ArrayList<>(); // those along which it varies, with their strides
    List<Integer> strides = new ArrayList<>();
    int stride = values.length;
    for (int i = 0; i < stored.length; i++) {
      if (stored[i] == 1) {
        continue;
      }
      for (Atom atom : Atom.shown(axes.get(i))) {
        stride /= (int) atom.size().value();
        atoms.add(atom);
        strides.add(stride);
      }
    }
    if (atoms.stream().anyMatch(Atom::isBatch)) {
      return perSample(values, atoms, strides, groups, samples);
    }
    return arranged(values, atoms, strides, groups);
  }

  /** One that says a value for each sample: all the same, or it belongs to one batch alone. */
  private static Object perSample(
      float[] values,
      List<Atom> atoms,
      List<Integer> strides,
      List<List<Atom>> groups,
      int samples) {
    int at = Collections.max(atoms.stream().filter(Atom::isBatch).map(atoms::indexOf).toList());
    int stride = strides.get(at);
    int length = (int) atoms.get(at).size().value();
    boolean same = true;
    for (int i = 0; i < values.length && same; i++) {
      int first = i - (i / stride % length) * stride;
      same = Float.floatToIntBits(values[i]) == Float.floatToIntBits(values[first]);
    }
    if (!same && samples != length) {
      throw new FixedBatch(length);
    } else if (!same) {
      List<List<Atom>> all = new ArrayList<>(groups);
      all.add(0, List.of(atoms.get(at)));
      return arranged(values, atoms, strides, all);
    }
    List<Atom> others = new ArrayList<>(atoms);
    List<Integer> left = new ArrayList<>(strides);
    others.remove(at);
    left.remove(at);
    return arranged(values, others, left, groups);
  }

  private static Object arranged(
      float[] values, List<Atom> atoms, List<Integer> strides, List<List<Atom>> groups) {
    int[] dims = new int[groups.size()];
    List<Atom> order = new ArrayList<>();
    for (int g = 0; g < dims.length; g++) {
      List<Atom> mine = groups.get(g).stream().filter(atoms::contains).toList();
      order.addAll(mine);
      dims[g] = (int) Atom.size(mine).value();
    }
    float[] out = new float[Constant.count(dims)];
    int[] lengths = order.stream().mapToInt(a -> (int) a.size().value()).toArray();
    int[] index = new int[lengths.length];
    for (int i = 0; i < out.length; i++) {
      int from = 0;
      for (int k = 0; k < index.length; k++) {
        from += index[k] * strides.get(atoms.indexOf(order.get(k)));
      }
      out[i] = values[from];
      for (int k = index.length - 1; k >= 0 && ++index[k] == lengths[k]; k--) {
        index[k] = 0;
      }
    }
    if (out.length == 1) {
      return out[0];
    }
    int skipped = 0;
    while (dims[skipped] == 1) {
      skipped++;
    }
    return Tensor.of(out, Arrays.copyOfRange(dims, skipped, dims.length));
  }
}
