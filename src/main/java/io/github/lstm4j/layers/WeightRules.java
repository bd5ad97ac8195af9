package io.github.lstm4j.layers;

import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What a user may say of a layer's weights, by the names that Keras's settings have for them
 * ({@code kernel} of {@code kernel_initializer}): how each begins, what it adds to the loss, and
 * where it must stay.
 */
final class WeightRules {
  private final Map<String, Rule> rules = new LinkedHashMap<>();
  private Supplier<String> owner;

  /**
   * Of one weight.
   *
   * @param trained whether training moves it, so that it may have a regularizer and a constraint
   * @param regularizer null for none
   * @param constraint null for none
   */
  record Rule(
      boolean trained, Initializer initializer, Regularizer regularizer, Constraint constraint) {
    /** Of a weight that no layer owns: it begins as its owner says. */
    static final Rule FREE = new Rule(false, null, null, null);

    /** Checks that they can be of a weight of that shape, which errors call {@code what}. */
    void requireFits(String what, Shape shape) {
      if (regularizer != null) {
        regularizer.requireFits(what, shape);
      }
      if (constraint != null) {
        constraint.requireFits(what, shape);
      }
    }

    /** Of a weight that training moves. */
    static Rule trained(Initializer initializer) {
      return new Rule(true, initializer, null, null);
    }
  }

  /** Adds a weight that training moves, with its usual initializer. */
  WeightRules with(String weight, Initializer usual) {
    rules.put(weight, Rule.trained(usual));
    return this;
  }

  /** Adds a weight that no optimizer moves, with its usual initializer. */
  WeightRules withFixed(String weight, Initializer usual) {
    rules.put(weight, new Rule(false, usual, null, null));
    return this;
  }

  /** What is said of a weight. */
  Rule of(String weight) {
    return rules.get(weight);
  }

  /** Sets how a weight begins. */
  void initializer(String weight, Initializer i) {
    given(weight + "Initializer", i);
    change(weight, r -> new Rule(r.trained, i, r.regularizer, r.constraint));
  }

  /** Sets what a weight adds to the loss. */
  void regularizer(String weight, Regularizer g) {
    given(weight + "Regularizer", g);
    change(weight, r -> new Rule(r.trained, r.initializer, g, r.constraint));
  }

  /** Sets where a weight must stay. */
  void constraint(String weight, Constraint c) {
    given(weight + "Constraint", c);
    change(weight, r -> new Rule(r.trained, r.initializer, r.regularizer, c));
  }

  private void change(String weight, UnaryOperator<Rule> to) {
    rules.compute(weight, (w, rule) -> to.apply(rule));
  }

  private void given(String what, Object value) {
    if (value == null) {
      throw new IllegalArgumentException(owner.get() + ": " + what + " must not be null");
    }
  }

  /** Whose weights they are, for errors. */
  void owner(Supplier<String> label) {
    owner = label;
  }

  /** Declares all, in the order in which Keras writes them. */
  void configure(Config c) {
    rules.replaceAll(
        (w, r) ->
            new Rule(
                r.trained,
                c.initializer(w + "_initializer", r.initializer),
                r.regularizer,
                r.constraint));
    rules.replaceAll(
        (w, r) ->
            r.trained
                ? new Rule(
                    true,
                    r.initializer,
                    c.regularizer(w + "_regularizer", r.regularizer),
                    r.constraint)
                : r);
    rules.replaceAll(
        (w, r) ->
            r.trained
                ? new Rule(
                    true,
                    r.initializer,
                    r.regularizer,
                    c.constraint(w + "_constraint", r.constraint))
                : r);
  }

  /** What a file says of them that is not known here, by Keras's names. */
  Map<String, Object> unknown() {
    Map<String, Object> all = new LinkedHashMap<>();
    rules.forEach(
        (w, r) -> {
          if (r.regularizer != null && r.regularizer.kind() == Regularizer.Kind.UNKNOWN) {
            all.put(w + "_regularizer", r.regularizer.entry());
          }
          if (r.constraint != null && r.constraint.kind() == Constraint.Kind.UNKNOWN) {
            all.put(w + "_constraint", r.constraint.entry());
          }
        });
    return all;
  }
}
