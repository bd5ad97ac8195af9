package io.github.lstm4j.data;

/**
 * Which rows follow each other without a break. A {@linkplain Windows window} lies within one
 * segment.
 */
public final class Segments {
  private static final double TOLERANCE = 0.01;

  private final int[] segment; // of each row; grows by one at each break

  private Segments(int[] segment) {
    this.segment = segment;
  }

  /** Says whether there is a break between row {@code row - 1} and row {@code row}. */
  @FunctionalInterface
  private interface Break {
    boolean before(int row);
  }

  private static Segments of(int rows, Break breaks) {
    int[] segment = new int[rows];
    for (int row = 1; row < rows; row++) {
      segment[row] = segment[row - 1] + (breaks.before(row) ? 1 : 0);
    }
    return new Segments(segment);
  }

  /** All rows in one segment. */
  public static Segments whole(int rows) {
    return new Segments(new int[rows]);
  }

  /**
   * A break wherever the time does not advance by {@code step}: hours missing, the clock set back.
   * A hundredth of the step is borne, since times that are written with few digits (0.333, 0.667)
   * or are no binary fractions (0.1, 0.2) do not lie exactly one step apart.
   *
   * @param times one per row, in any unit; also row numbers, with step 1
   */
  public static Segments byTime(double[] times, double step) {
    double borne = Math.abs(step) * TOLERANCE;
    return of(times.length, row -> !(Math.abs(times[row] - times[row - 1] - step) <= borne));
  }

  /** A break wherever the id changes: another station, another patient. */
  public static Segments byId(int[] ids) {
    return of(ids.length, row -> ids[row] != ids[row - 1]);
  }

  /** A break wherever this or {@code other} has one. */
  public Segments and(Segments other) {
    if (other.rows() != rows()) {
      throw new IllegalArgumentException(
          "segments of " + rows() + " and of " + other.rows() + " rows");
    }
    return of(
        rows(),
        row -> segment[row] != segment[row - 1] || other.segment[row] != other.segment[row - 1]);
  }

  /** The number of segments. */
  public int count() {
    return segment.length == 0 ? 0 : segment[segment.length - 1] + 1;
  }

  /** The number of rows. */
  public int rows() {
    return segment.length;
  }

  /** Whether there is no break from {@code row} to the later row {@code last}. */
  public boolean together(int row, int last) {
    return segment[row] == segment[last];
  }
}
