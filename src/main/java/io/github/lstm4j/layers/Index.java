package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;

/**
 * What is taken of one axis, as NumPy writes it between brackets.
 *
 * @param kind what it is
 * @param start the index, or where a range begins; null for its beginning
 * @param stop where a range ends, itself not in it; null for the end
 * @param step of a range; null for 1
 */
public record Index(Kind kind, Integer start, Integer stop, Integer step) {
  /** What an index is. */
  public enum Kind {
    /** One element; the axis is gone. */
    AT,
    /** {@code start:stop:step}. */
    RANGE,
    /** A new axis of length 1. */
    NEW_AXIS,
    /** {@code …}: all axes for which there is no index. */
    REST
  }

  /** Checks the step. */
  public Index {
    if (step != null && step == 0) {
      throw new IllegalArgumentException("an index: step must not be 0");
    }
  }

  /** One element, counted from the end if negative; the axis is gone. */
  public static Index at(int index) {
    return new Index(Kind.AT, index, null, null);
  }

  /** All elements. */
  public static Index all() {
    return range(null, null, null);
  }

  /** Those from {@code start} to before {@code stop}; negative ones are counted from the end. */
  public static Index range(int start, int stop) {
    return range(start, stop, null);
  }

  /** {@code start:stop:step}, each of which may be null. */
  public static Index range(Integer start, Integer stop, Integer step) {
    return new Index(Kind.RANGE, start, stop, step);
  }

  /** A new axis of length 1. */
  public static Index newAxis() {
    return new Index(Kind.NEW_AXIS, null, null, null);
  }

  /** All axes for which there is no index. */
  public static Index rest() {
    return new Index(Kind.REST, null, null, null);
  }

  /** The first element of a range of an axis of that length. */
  int from(int length) {
    boolean back = by() < 0;
    int most = back ? length - 1 : length;
    return start == null ? (back ? length - 1 : 0) : bounded(start, length, back ? -1 : 0, most);
  }

  /** How many elements a range has of an axis of that length; not known of one that is not. */
  int size(int length) {
    if (length == Shape.UNKNOWN) {
      return Shape.UNKNOWN;
    }
    boolean back = by() < 0;
    int most = back ? length - 1 : length;
    int end = stop == null ? (back ? -1 : length) : bounded(stop, length, back ? -1 : 0, most);
    int way = back ? from(length) - end : end - from(length);
    return way <= 0 ? 0 : (way - 1) / Math.abs(by()) + 1;
  }

  /** The step of a range. */
  int by() {
    return step == null ? 1 : step;
  }

  private static int bounded(int index, int length, int least, int most) {
    return Math.max(least, Math.min(most, index < 0 ? index + length : index));
  }

  @Override
  public String toString() {
    return switch (kind) {
      case AT -> String.valueOf(start);
      case NEW_AXIS -> "newAxis";
      case REST -> "...";
      case RANGE -> said(start) + ":" + said(stop) + (step == null ? "" : ":" + step);
    };
  }

  private static String said(Integer number) {
    return number == null ? "" : number.toString();
  }
}
