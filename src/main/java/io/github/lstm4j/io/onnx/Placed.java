package io.github.lstm4j.io.onnx;

import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.Permute;
import io.github.lstm4j.layers.Reshape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Where data lie in a model: a tensor (batch, …), and what its one or two axes behind the batch are
 * made of. Axes of a file that are in the same order cost nothing, however they are grouped there;
 * {@link #to} moves data where an operator needs them otherwise.
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
    if (from.size() == to.size() && from.containsAll(to)) {
      int at = from.indexOf(to.get(0));
      List<Atom> first = from.subList(0, at);
      List<Atom> second = from.subList(at, from.size());
      if (flat(List.of(second, first)).equals(to)) {
        KerasTensor swapped = new Permute(2, 1).apply(to(List.of(first, second)).tensor());
        return new Placed(swapped, List.of(second, first)).to(target);
      }
    }
    throw new Refusal(
        "it needs axes "
            + text(target)
            + " behind the batch, of "
            + text(groups)
            + "; such a transpose is not supported");
  }

  private static String text(List<List<Atom>> groups) {
    return groups.stream().map(g -> Atom.size(g).toString()).toList().toString();
  }

  private KerasTensor reshaped(List<List<Atom>> target) {
    int[] dims = target.stream().mapToInt(Placed::length).toArray();
    if (dims.length > 2) {
      throw new Refusal("it needs axes " + text(target) + " behind the batch; there may be two");
    }
    return new Reshape(dims).apply(tensor);
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
