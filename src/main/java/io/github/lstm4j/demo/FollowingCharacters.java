package io.github.lstm4j.demo;

import java.util.HashMap;
import java.util.Map;

/**
 * Which character followed how often on the last ones: what a model of text is to be better than.
 * What is rare is mixed with what followed on one character less.
 */
final class FollowingCharacters {
  private static final double MIXED = 5; // as if so many of the shorter context had been seen too

  private final int characters;
  private final int order;
  private final Map<Long, int[]> counts = new HashMap<>(); // the last of each: their sum

  /**
   * Counts.
   *
   * @param text numbers of characters
   * @param order how many characters go before
   */
  FollowingCharacters(int[] text, int characters, int order) {
    this.characters = characters;
    this.order = order;
    for (int at = 0; at < text.length; at++) {
      for (int before = 0; before <= Math.min(order, at); before++) {
        int[] of = counts.computeIfAbsent(key(text, at, before), k -> new int[characters + 1]);
        of[text[at]]++;
        of[characters]++;
      }
    }
  }

  private long key(int[] text, int at, int before) {
    long key = 1;
    for (int i = at - before; i < at; i++) {
      key = key * characters + text[i];
    }
    return key;
  }

  private double probability(int[] text, int at) {
    double probability = 1.0 / characters;
    for (int before = 0; before <= Math.min(order, at); before++) {
      int[] of = counts.get(key(text, at, before));
      if (of != null) {
        probability = (of[text[at]] + MIXED * probability) / (of[characters] + MIXED);
      }
    }
    return probability;
  }

  /** Bits per character of another text. */
  double bits(int[] text) {
    double sum = 0;
    for (int at = 0; at < text.length; at++) {
      sum -= Math.log(probability(text, at));
    }
    return sum / text.length / Math.log(2);
  }
}
