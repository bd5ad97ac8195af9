package io.github.lstm4j.io.onnx;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A whole number of a graph's shape arithmetic: one that is known, or a sum of products of lengths
 * that a file leaves open, such as {@code batch·6}. A length that is left open is at least 1.
 */
final class Dim {
  static final Dim ZERO = of(0);
  static final Dim ONE = of(1);

  private final Map<String, Long> terms; // by the open lengths of a product, sorted; "" for none

  private Dim(Map<String, Long> terms) {
    this.terms = terms;
  }

  static Dim of(long value) {
    return new Dim(value == 0 ? Map.of() : Map.of("", value));
  }

  /** A length that the file leaves open. */
  static Dim open(String name) {
    return new Dim(Map.of(name.replace('·', '_') + '·', 1L));
  }

  static Dim product(Iterable<Dim> all) {
    Dim product = ONE;
    for (Dim d : all) {
      product = product.times(d);
    }
    return product;
  }

  boolean isKnown() {
    return terms.isEmpty() || (terms.size() == 1 && terms.containsKey(""));
  }

  boolean is(long value) {
    return isKnown() && value() == value;
  }

  /** The number, of one that is known. */
  long value() {
    if (!isKnown()) {
      throw new Refusal("a number that depends on " + this + " is needed at import");
    }
    return terms.getOrDefault("", 0L);
  }

  Dim plus(Dim other) {
    Map<String, Long> sum = new TreeMap<>(terms);
    other.terms.forEach((k, v) -> sum.merge(k, v, Math::addExact));
    sum.values().removeIf(v -> v == 0);
    return new Dim(sum);
  }

  Dim minus(Dim other) {
    return plus(other.times(of(-1)));
  }

  Dim times(Dim other) {
    if (isKnown() && other.isKnown()) {
      return of(Math.multiplyExact(value(), other.value()));
    } else if (is(1) || other.is(1)) {
      return is(1) ? other : this;
    }
    Map<String, Long> product = new TreeMap<>();
    terms.forEach(
        (k, v) ->
            other.terms.forEach(
                (l, w) -> product.merge(joined(k, l), Math.multiplyExact(v, w), Math::addExact)));
    product.values().removeIf(v -> v == 0);
    if (product.size() > 64) {
      throw new Refusal("shape arithmetic of more than 64 terms is not supported");
    }
    return new Dim(product);
  }

  private static String joined(String k, String l) {
    List<String> all = new ArrayList<>(factors(k));
    all.addAll(factors(l));
    Collections.sort(all);
    return String.join("", all);
  }

  private static List<String> factors(String key) {
    List<String> all = new ArrayList<>();
    for (int from = 0; from < key.length(); ) {
      int end = key.indexOf('·', from) + 1;
      all.add(key.substring(from, end));
      from = end;
    }
    return all;
  }

  /** The quotient; null where it is not known to be a whole number. */
  Dim dividedExactly(Dim other) {
    if (isKnown() && other.isKnown()) {
      return other.value() == 0 || value() % other.value() != 0
          ? null
          : of(value() / other.value());
    }
    if (other.terms.size() != 1) {
      return equals(other) ? ONE : null;
    }
    Map.Entry<String, Long> by = other.terms.entrySet().iterator().next();
    Map<String, Long> quotient = new TreeMap<>();
    for (Map.Entry<String, Long> term : terms.entrySet()) {
      List<String> left = new ArrayList<>(factors(term.getKey()));
      for (String f : factors(by.getKey())) {
        if (!left.remove(f)) {
          return null;
        }
      }
      if (term.getValue() % by.getValue() != 0) {
        return null;
      }
      quotient.put(String.join("", left), term.getValue() / by.getValue());
    }
    return new Dim(quotient);
  }

  /**
   * Compares as far as it is known whatever the open lengths are.
   *
   * @return negative, 0 or positive
   */
  int compare(Dim other) {
    Dim gap = minus(other);
    if (gap.terms.isEmpty()) {
      return 0;
    }
    long constant = gap.terms.getOrDefault("", 0L);
    long all = gap.terms.values().stream().mapToLong(v -> v).sum();
    boolean up =
        gap.terms.entrySet().stream().allMatch(t -> t.getKey().isEmpty() || t.getValue() > 0);
    boolean down =
        gap.terms.entrySet().stream().allMatch(t -> t.getKey().isEmpty() || t.getValue() < 0);
    if (gap.isKnown()) {
      return Long.signum(constant);
    } else if (up && all > 0) {
      return 1;
    } else if (down && all < 0) {
      return -1;
    }
    throw new Refusal("whether " + this + " is more than " + other + " is needed at import");
  }

  /** As {@link #compare}; 0 where it is not known. */
  int compareKnown(Dim other) {
    return isKnown() && other.isKnown() ? compare(other) : 0;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Dim d && d.terms.equals(terms);
  }

  @Override
  public int hashCode() {
    return terms.hashCode();
  }

  @Override
  public String toString() {
    if (terms.isEmpty()) {
      return "0";
    }
    List<String> all = new ArrayList<>();
    terms.forEach(
        (k, v) -> {
          String names = k.isEmpty() ? "" : k.substring(0, k.length() - 1);
          all.add(names.isEmpty() ? Long.toString(v) : v == 1 ? names : v + "·" + names);
        });
    return String.join(" + ", all);
  }
}
