package io.github.lstm4j.report;

import java.util.Arrays;

/**
 * Points of which both coordinates are in one unit, such as what was forecast against what came,
 * with the line on which both are equal. Points that would lie on one another are one dot, the
 * darker the more they are.
 */
public final class ScatterChart implements Chart {
  private static final int HIGH = 360;
  private static final int CELLS = 150; // along an axis
  private static final int[] AT_LEAST = {1, 2, 6};
  private static final String[] STYLE = {"few", "some", "many"};

  private final String title;
  private final String description;
  private final String across;
  private final String up;
  private final double[] x;
  private final double[] y;

  /**
   * @param title what the chart shows
   * @param description what it says, for those who cannot see it
   * @param across what the horizontal axis measures
   * @param up what the vertical axis measures
   * @param x a coordinate for each point; one that is NaN leaves the point out
   * @param y the other one
   */
  public ScatterChart(
      String title, String description, String across, String up, double[] x, double[] y) {
    if (x.length != y.length) {
      throw new IllegalArgumentException(
          title + ": expected as many of both coordinates, got " + x.length + " and " + y.length);
    }
    this.title = title;
    this.description = description;
    this.across = across;
    this.up = up;
    this.x = x.clone();
    this.y = y.clone();
  }

  @Override
  public String html(String id) {
    Range range = new Range();
    for (int i = 0; i < x.length; i++) {
      if (Double.isFinite(x[i]) && Double.isFinite(y[i])) {
        range.add(x[i], y[i]);
      }
    }
    Axis axis = Axis.numbers(range.least, range.most, across);
    Axis other = Axis.numbers(range.least, range.most, up);
    Plot plot = new Plot(id, title, description, HIGH, axis, other);
    plot.add("<path d=\"M0 %d L%d 0\" class=\"mark\"/>", Plot.SPAN, Plot.SPAN);
    int[] counts = new int[CELLS * CELLS];
    int[] first = new int[CELLS * CELLS];
    Arrays.fill(first, -1);
    for (int i = 0; i < x.length; i++) {
      if (Double.isFinite(x[i]) && Double.isFinite(y[i])) {
        int cell = cell(axis, x[i]) * CELLS + cell(other, y[i]);
        first[cell] = counts[cell]++ == 0 ? i : first[cell];
      }
    }
    for (int k = 0; k < STYLE.length; k++) {
      int most = k + 1 < STYLE.length ? AT_LEAST[k + 1] : Integer.MAX_VALUE;
      StringBuilder d = new StringBuilder();
      for (int cell = 0; cell < counts.length; cell++) {
        if (counts[cell] >= AT_LEAST[k] && counts[cell] < most) {
          int i = first[cell];
          d.append('M').append(plot.x(x[i])).append(' ').append(plot.y(y[i])).append("h0");
        }
      }
      if (d.length() > 0) {
        plot.add("<path d=\"%s\" class=\"dot small s1 %s\" data-dots=\"1\"/>", d, STYLE[k]);
      }
    }
    return (range.isEmpty() ? plot.empty() : plot).finish();
  }

  private static int cell(Axis axis, double value) {
    return (int) Math.max(0, Math.min(CELLS - 1, axis.share(value) * CELLS));
  }
}
