package io.github.lstm4j.tasks;

import io.github.lstm4j.io.Printable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How much the samples of each class count in training. */
public final class ClassWeights {
  private final boolean balanced;
  private final Map<String, Double> given;

  private ClassWeights(boolean balanced, Map<String, Double> given) {
    this.balanced = balanced;
    this.given = given;
  }

  /** All samples alike. */
  public static ClassWeights none() {
    return new ClassWeights(false, Map.of());
  }

  /**
   * All classes alike, however many samples they have: samples / (classes · samples of the class).
   */
  public static ClassWeights balanced() {
    return new ClassWeights(true, Map.of());
  }

  /** The samples of these classes; those of others count 1. */
  public static ClassWeights of(Map<String, Double> weights) {
    weights.forEach(
        (label, weight) -> {
          if (!(weight > 0 && weight <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException(
                "the weight of class "
                    + Printable.text(label)
                    + ": expected a number greater than 0, got "
                    + weight);
          }
        });
    return new ClassWeights(false, new LinkedHashMap<>(weights));
  }

  /** Whether all samples count alike. */
  boolean isNone() {
    return !balanced && given.isEmpty();
  }

  /**
   * The weight of each class.
   *
   * @param counts the samples of each class
   * @throws IllegalArgumentException if a weight was given for a class that there is not
   */
  List<Double> of(List<String> classes, int[] counts) {
    for (String label : given.keySet()) {
      if (!classes.contains(label)) {
        throw new IllegalArgumentException(
            "a weight is given for class "
                + Printable.text(label)
                + ", and the training rows hold "
                + Printable.text(classes));
      }
    }
    long samples = 0;
    for (int count : counts) {
      samples += count;
    }
    List<Double> weights = new ArrayList<>();
    for (int c = 0; c < counts.length; c++) {
      weights.add(
          balanced
              ? samples / ((double) counts.length * counts[c])
              : given.getOrDefault(classes.get(c), 1.0));
    }
    return weights;
  }
}
