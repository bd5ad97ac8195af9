package io.github.lstm4j.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * For each of several groups a box from the lower to the upper quartile with the median in it, and
 * a line from the 5th to the 95th percentile. NaN is left out; a group without values has no box.
 */
public final class BoxChart implements Chart {
  private static final int HIGH = 240;
  private static final double[] QUANTILES = {0.05, 0.25, 0.5, 0.75, 0.95};

  private final String title;
  private final String description;
  private final String unit;
  private final List<String> names = new ArrayList<>();
  private final List<double[]> boxes = new ArrayList<>();
  private final List<Integer> counts = new ArrayList<>();
  private String along = "";

  /**
   * @param title what the chart shows
   * @param description what it says, for those who cannot see it
   * @param unit what the vertical axis measures
   */
  public BoxChart(String title, String description, String unit) {
    this.title = title;
    this.description = description;
    this.unit = unit;
  }

  /** Names the horizontal axis: "hour of the day". */
  public BoxChart along(String axis) {
    along = axis;
    return this;
  }

  /** Adds a group. */
  public BoxChart box(String name, double[] values) {
    double[] sorted = Arrays.stream(values).filter(Double::isFinite).sorted().toArray();
    double[] box = new double[QUANTILES.length];
    Arrays.setAll(box, q -> quantile(sorted, QUANTILES[q]));
    names.add(name);
    boxes.add(box);
    counts.add(sorted.length);
    return this;
  }

  /** Between the two nearest values, as most programs do (type 7 of Hyndman and Fan, 1996). */
  private static double quantile(double[] sorted, double share) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    double at = share * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(sorted.length - 1, below + 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }

  @Override
  public String html(String id) {
    Range range = new Range();
    boxes.forEach(range::add);
    if (range.least > 0 || range.most < 0) {
      range.add(0);
    }
    Plot plot =
        new Plot(
            id,
            title,
            description,
            HIGH,
            Axis.names(names, along),
            Axis.numbers(range.least, range.most, unit));
    for (int g = 0; g < names.size(); g++) {
      double[] q = boxes.get(g);
      if (counts.get(g) > 0) {
        plot.segment(g, q[0], g, q[4], "stem s1");
        plot.rectangle(g - 0.3, q[3], g + 0.3, q[1], "box s1", words(g));
        plot.segment(g - 0.3, q[2], g + 0.3, q[2], "middle");
      }
    }
    return (range.isEmpty() ? plot.empty() : plot).finish();
  }

  private String words(int g) {
    double[] q = boxes.get(g);
    return String.format(
        Locale.ROOT,
        "%s%s (%d)%nmedian %s%nhalf of them %s to %s%nnine of ten %s to %s",
        along.isEmpty() ? "" : along + " ",
        names.get(g),
        counts.get(g),
        Plot.words(q[2]),
        Plot.words(q[1]),
        Plot.words(q[3]),
        Plot.words(q[0]),
        Plot.words(q[4]));
  }
}
