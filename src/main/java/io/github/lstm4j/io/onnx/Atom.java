package io.github.lstm4j.io.onnx;

import java.util.ArrayList;
import java.util.List;

/**
 * A stretch of an axis that stays in one piece: the batch, the timesteps, the directions or the
 * units of a recurrent node. An axis of a value in a file is an ordered list of them, the outermost
 * first: {@code (timesteps·batch, units)} has two axes of three. So an axis that is merged, split,
 * moved, added or dropped costs nothing; see {@link Placed}.
 *
 * <p>While a graph is read, an atom may turn out to be the same as another one, or to be made of
 * several; {@link #leaves} gives what is left in the end.
 */
final class Atom {
  /** What an atom is for; some are found late. */
  private enum Role {
    UNKNOWN,
    BATCH,
    INNER
  }

  private final Dim size;
  private Role role = Role.UNKNOWN;
  private String who; // which node said so
  private List<Atom> parts; // null for itself

  Atom(Dim size) {
    this.size = size;
  }

  Dim size() {
    return size;
  }

  /** Those of an axis, in their last form. */
  static List<Atom> leaves(List<Atom> axis) {
    List<Atom> all = new ArrayList<>();
    axis.forEach(a -> a.addLeaves(all));
    return all;
  }

  private void addLeaves(List<Atom> all) {
    if (parts == null) {
      all.add(this);
    } else {
      parts.forEach(p -> p.addLeaves(all));
    }
  }

  private Atom leaf() {
    return leaves(List.of(this)).get(0);
  }

  static Dim size(List<Atom> axis) {
    return Dim.product(leaves(axis).stream().map(Atom::size).toList());
  }

  /** Those of an axis that count: of length 1 are none but the batch. */
  static List<Atom> shown(List<Atom> axis) {
    return leaves(axis).stream().filter(a -> !a.size.is(1)).toList();
  }

  boolean isBatch() {
    return role == Role.BATCH;
  }

  boolean isInner() {
    return role == Role.INNER;
  }

  // ---------------------------------------------------------------- roles

  /** Says that an axis is the samples'. */
  static void batch(List<Atom> axis, String node) {
    List<Atom> leaves = leaves(axis);
    List<Atom> shown = leaves.stream().filter(a -> !a.size.is(1)).toList();
    if (shown.size() > 1) {
      throw new Refusal(
          "its samples are "
              + text(axis)
              + " of another node; only models that keep samples apart are supported");
    }
    leaves.stream()
        .filter(a -> a.role != Role.INNER || !a.size.is(1))
        .forEach(a -> a.mark(Role.BATCH, node));
  }

  /** Says that an axis lies within a sample. */
  static void inner(List<Atom> axis, String node) {
    leaves(axis).stream()
        .filter(a -> a.role != Role.BATCH || !a.size.is(1))
        .forEach(a -> a.mark(Role.INNER, node));
  }

  private void mark(Role as, String node) {
    if (role == Role.UNKNOWN) {
      role = as;
      who = node;
    } else if (role != as) {
      throw new Refusal(
          "it mixes samples: an axis of "
              + size
              + " is "
              + (as == Role.BATCH ? "the samples'" : "within a sample")
              + " here and "
              + (role == Role.BATCH ? "the samples'" : "within a sample")
              + " at "
              + who);
    }
  }

  // ---------------------------------------------------------------- the same

  /** Says that two axes are the same. */
  static void unify(List<Atom> a, List<Atom> b) {
    List<Atom> m = new ArrayList<>(leaves(a));
    List<Atom> n = new ArrayList<>(leaves(b));
    if (m.size() != 1 || n.size() != 1) { // those of length 1 go along with nothing
      m.removeIf(x -> x.size.is(1));
      n.removeIf(x -> x.size.is(1));
    }
    while (!m.isEmpty() && !n.isEmpty()) {
      Atom x = m.get(0);
      Atom y = n.get(0);
      if (x == y || x.size.equals(y.size) || (m.size() == 1 && n.size() == 1)) {
        join(x, y);
        m.remove(0);
        n.remove(0);
      } else if (x.size.dividedExactly(y.size) != null) {
        x.split(y.size);
        m.set(0, x.parts.get(0));
        m.add(1, x.parts.get(1));
      } else if (y.size.dividedExactly(x.size) != null) {
        y.split(x.size);
        n.set(0, y.parts.get(0));
        n.add(1, y.parts.get(1));
      } else {
        throw new Refusal("axes of " + text(a) + " and " + text(b) + " do not go together");
      }
    }
    if (!m.isEmpty() || !n.isEmpty()) {
      throw new Refusal("axes of " + text(a) + " and " + text(b) + " do not go together");
    }
  }

  private static void join(Atom a, Atom b) {
    Atom x = a.leaf();
    Atom y = b.leaf();
    if (x == y) {
      return;
    }
    if (x.size.isKnown() && y.size.isKnown() && !x.size.equals(y.size)) {
      throw new Refusal("axes of " + x.size + " and " + y.size + " do not go together");
    }
    Atom stays = x.size.isKnown() || !y.size.isKnown() ? x : y;
    Atom goes = stays == x ? y : x;
    if (goes.role != Role.UNKNOWN) {
      stays.mark(goes.role, goes.who);
    }
    goes.parts = List.of(stays);
  }

  /** Makes the first part of that length. */
  void split(Dim first) {
    Dim rest = size.dividedExactly(first);
    if (role == Role.BATCH) {
      throw new Refusal("it mixes samples: it takes their axis of " + size + " to pieces");
    }
    parts = List.of(new Atom(first), new Atom(rest));
    for (Atom part : parts) {
      part.role = Role.INNER; // whatever the batch is, it is never a part of something
      part.who = who == null ? "a node that takes it to pieces" : who;
    }
  }

  static String text(List<Atom> axis) {
    return size(axis).toString();
  }

  @Override
  public String toString() {
    return size.toString();
  }
}
