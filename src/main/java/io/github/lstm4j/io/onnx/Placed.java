package io.github.lstm4j.io.onnx;

import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.Ops;
import io.github.lstm4j.layers.Permute;
import io.github.lstm4j.layers.Reshape;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;

/**
 * Where data lie in a model: a tensor (batch, …), and what its axes behind the batch are made of.
 * Axes of a file that are in the same order cost nothing, however they are grouped there; {@link
 * #to} moves data where an operator needs them otherwise.
 *
 * @param tensor the model's
 * @param groups for each of its axes but the batch, the outermost first
 */
record Placed(KerasTensor tensor, List<List<Atom>> groups) {
  Placed {
    groups = groups.stream().map(Placed::own).toList();
    List<Atom> all = flat(groups);
    if (new HashSet<>(all).size() < all.size()) {
      throw new Refusal("it puts one axis of " + all + " beside itself, which is not supported");
    }
    boolean fits = tensor.shape().rank() == groups.size() + 1;
    for (int i = 0; fits && i < groups.size(); i++) {
      Dim length = Atom.size(groups.get(i));
      int got = tensor.shape().dim(i + 1);
      fits = got == Shape.UNKNOWN || !length.isKnown() || length.is(got);
    }
    if (!fits) {
      throw new Refusal(
          "it gives " + tensor.shape() + " where the file has axes of " + text(groups));
    }
  }

  /** The atoms of an axis but the batch. */
  static List<Atom> own(List<Atom> axis) {
    return Atom.shown(axis).stream().filter(a -> !a.isBatch()).toList();
  }

  static List<Atom> flat(List<List<Atom>> groups) {
    List<Atom> all = new ArrayList<>();
    groups.forEach(all::addAll);
    return all;
  }

  List<Atom> flat() {
    return flat(groups);
  }

  List<Atom> last() {
    return groups.get(groups.size() - 1);
  }

  /** Those of its atoms that are not among others, in its own order. */
  List<Atom> but(List<Atom> others) {
    return flat().stream().filter(a -> !others.contains(a)).toList();
  }

  private static int length(List<Atom> group) {
    Dim size = Atom.size(group);
    if (!size.isKnown()) {
      return -1;
    }
    long value = size.value();
    if (value < 1 || value > Integer.MAX_VALUE) {
      throw new Refusal("an axis of " + value + " is not supported");
    }
    return (int) value;
  }

  /** The same data with its axes made of these. */
  Placed to(List<List<Atom>> wanted) {
    List<List<Atom>> target = wanted.stream().map(Placed::own).toList();
    if (target.equals(groups)) {
      return this;
    }
    List<Atom> from = flat();
    List<Atom> to = flat(target);
    if (from.equals(to)) {
      return new Placed(reshaped(target), target);
    }
    if (from.size() != to.size() || !from.containsAll(to)) {
      throw new Refusal(
          "it needs axes of " + text(target) + " behind the batch, of " + text(groups));
    }
    List<List<Atom>> order = runs(from, to);
    List<List<Atom>> now = new ArrayList<>(order);
    now.sort(Comparator.comparing((List<Atom> run) -> from.indexOf(run.get(0))));
    KerasTensor apart = to(now).tensor();
    int[] dims = order.stream().mapToInt(run -> now.indexOf(run) + 1).toArray();
    return new Placed(new Permute(dims).apply(apart), order).to(target);
  }

  /** What stays together of an order of atoms on its way to another one, in that order. */
  private static List<List<Atom>> runs(List<Atom> from, List<Atom> to) {
    List<List<Atom>> runs = new ArrayList<>();
    int before = -2;
    for (Atom atom : to) {
      int at = from.indexOf(atom);
      if (at != before + 1) {
        runs.add(new ArrayList<>());
      }
      runs.get(runs.size() - 1).add(atom);
      before = at;
    }
    return runs;
  }

  private static String text(List<List<Atom>> groups) {
    return groups.stream().map(g -> Atom.size(g).toString()).toList().toString();
  }

  private KerasTensor reshaped(List<List<Atom>> target) {
    long open = target.stream().filter(g -> !Atom.size(g).isKnown()).count();
    if (open > 1 && withoutOnes(target).equals(withoutOnes(groups))) { // no Reshape has two
      KerasTensor x = tensor;
      for (int i = groups.size(); i > 0; i--) {
        x = groups.get(i - 1).isEmpty() ? Ops.squeeze(x, i) : x;
      }
      for (int i = 1; i <= target.size(); i++) {
        x = target.get(i - 1).isEmpty() ? Ops.expandDims(x, i) : x;
      }
      return x;
    }
    return new Reshape(target.stream().mapToInt(Placed::length).toArray()).apply(tensor);
  }

  private static List<List<Atom>> withoutOnes(List<List<Atom>> axes) {
    return axes.stream().filter(a -> !a.isEmpty()).toList();
  }

  /** With an axis as the last one; the others in one before it, or as they are. */
  Placed last(List<Atom> axis) {
    List<Atom> own = own(axis);
    if (last().equals(own)) {
      return this;
    }
    List<Atom> rest = but(own);
    return to(rest.isEmpty() ? List.of(own) : List.of(rest, own));
  }

  /** As a sequence: an axis as the timesteps, all else as the features. */
  Placed sequence(List<Atom> time) {
    List<Atom> own = own(time);
    return to(List.of(own, but(own)));
  }
}
