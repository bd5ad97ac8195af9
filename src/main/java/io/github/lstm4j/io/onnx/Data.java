package io.github.lstm4j.io.onnx;

import io.github.lstm4j.io.onnx.proto.ElementType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * A tensor that a model will compute: what its axes in the file are made of, and how it is
 * computed. Nothing is made before somebody needs it, so that a node can still become a part of a
 * layer with the next one, and which axis the batch is can be found out later.
 */
final class Data implements Operand {
  private final ElementType type;
  private final List<List<Atom>> axes;
  private final Recipe recipe;
  private final Data shown; // what this one shows with other axes, or null
  private int uses;

  /** How data are computed. */
  static class Recipe {
    private final List<Data> needs;
    private final Supplier<Placed> how;
    private Placed made;
    private RuntimeException failure;

    /**
     * @param needs what must be there before
     * @param how computes; called once
     */
    Recipe(List<Data> needs, Supplier<Placed> how) {
      this.needs = List.copyOf(needs);
      this.how = how;
    }

    /**
     * One element of an axis of data with this recipe, where that is computed without the others.
     *
     * @return null where it is not
     */
    Data step(Data shown, int axis, Dim start) {
      return null;
    }

    private Placed made() {
      if (failure != null) {
        throw failure;
      }
      if (made == null) {
        try {
          made = how.get();
        } catch (RuntimeException e) {
          failure = e;
          throw e;
        }
      }
      return made;
    }
  }

  /** Computed numbers without what is behind the point. */
  static final class Truncated extends Recipe {
    private final Data of;

    Truncated(Data of, Supplier<Placed> how) {
      super(List.of(of), how);
      this.of = of;
    }

    Data of() {
      return of;
    }
  }

  /** What the model is fed. */
  static class Fed extends Recipe {
    private final Runnable withoutOnes;
    private final boolean isMixed;

    /**
     * @param isMixed whether it is both ids of an embedding, and numbers to compute with
     */
    Fed(Supplier<Placed> how, Runnable withoutOnes, boolean isMixed) {
      super(List.of(), how);
      this.isMixed = isMixed;
      this.withoutOnes = withoutOnes;
    }

    boolean isMixed() {
      return isMixed;
    }

    /** Lets axes of length 1 be left out of the model's input: it is a state, (batch, units). */
    void withoutOnes() {
      withoutOnes.run();
    }
  }

  private Data(ElementType type, List<List<Atom>> axes, Recipe recipe, Data shown) {
    this.type = type;
    this.axes = List.copyOf(axes);
    this.recipe = recipe;
    this.shown = shown;
  }

  Data(ElementType type, List<List<Atom>> axes, Recipe recipe) {
    this(type, axes, recipe, null);
  }

  /** The same data with other axes. */
  Data with(List<List<Atom>> others) {
    return new Data(type, others, recipe, this);
  }

  /** The same data as another type's. */
  Data as(ElementType other) {
    return new Data(other, axes, recipe, this);
  }

  /** The same data with an axis of its own, which is none of other data. */
  Data renewed(int number) {
    List<Atom> old = Atom.shown(axes.get(number));
    Atom.inner(old, "a product of each with each");
    List<Atom> made = old.stream().map(a -> new Atom(a.size())).toList();
    Atom.inner(made, "a product of each with each");
    List<List<Atom>> others = new ArrayList<>(axes);
    others.set(number, made);
    Supplier<Placed> renamed =
        () -> {
          List<Atom> own = Placed.own(old);
          boolean apart = placed().groups().contains(own);
          Placed in = apart ? placed() : placed().last(own);
          List<List<Atom>> groups = new ArrayList<>(in.groups());
          groups.set(groups.indexOf(own), made);
          return new Placed(in.tensor(), groups);
        };
    return new Data(type, others, new Recipe(List.of(this), renamed));
  }

  @Override
  public ElementType type() {
    return type;
  }

  @Override
  public List<Dim> shape() {
    return axes.stream().map(Atom::size).toList();
  }

  List<List<Atom>> axes() {
    return axes;
  }

  /** The atoms of an axis, as they are now. */
  List<Atom> axis(int number) {
    return Atom.leaves(axes.get(number));
  }

  Recipe recipe() {
    return recipe;
  }

  /** Whether it is an input of the model. */
  boolean isInput() {
    return recipe instanceof Fed;
  }

  /** Counts who uses it in the file. */
  void used(int more) {
    uses += more;
  }

  /** Whether nobody else uses it, so that what uses it may take its place. */
  boolean isUsedOnce() {
    for (Data d = this; d != null; d = d.shown) {
      if (d.uses > 1) {
        return false;
      }
    }
    return true;
  }

  /** Where it lies; computes what it needs first. */
  Placed placed() {
    Deque<Recipe> open = new ArrayDeque<>(List.of(recipe));
    while (!open.isEmpty()) {
      Recipe next = open.peek();
      List<Recipe> missing = new ArrayList<>();
      for (Data need : next.needs) {
        if (need.recipe.made == null && need.recipe.failure == null) {
          missing.add(need.recipe);
        }
      }
      if (missing.isEmpty()) {
        open.pop();
        next.made(); // one that failed fails again here
      } else {
        missing.forEach(open::push);
      }
    }
    return recipe.made();
  }

  @Override
  public String toString() {
    return type + " " + shape();
  }
}
