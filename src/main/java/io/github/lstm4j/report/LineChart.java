package io.github.lstm4j.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Lines over a common axis, as SVG. NaN interrupts a line. */
public final class LineChart {
  private static final int HEIGHT = 300;

  private final String title;
  private final String description;
  private final String unit;
  private final Map<String, double[]> series = new LinkedHashMap<>();
  private final List<String> colours = new ArrayList<>();
  private final Map<Integer, String> labels = new LinkedHashMap<>();
  private boolean fromZero;
  private int marked = -1;
  private String mark = "";

  /**
   * @param title what the chart shows
   * @param description what it says, for those who cannot see it
   * @param unit what the vertical axis measures
   */
  public LineChart(String title, String description, String unit) {
    this.title = title;
    this.description = description;
    this.unit = unit;
  }

  /** Adds a line in one of the page's colours: {@code ink}, {@code s1}, {@code s2}, {@code s3}. */
  public LineChart line(String name, String colour, double[] values) {
    series.put(name, values);
    colours.add(colour);
    return this;
  }

  /** Writes a label under the i-th point. */
  public LineChart label(int i, String text) {
    labels.put(i, text);
    return this;
  }

  /** Lets the vertical axis begin at zero. */
  public LineChart fromZero() {
    fromZero = true;
    return this;
  }

  /** Marks the i-th point with a vertical line. */
  public LineChart mark(int i, String text) {
    marked = i;
    mark = text;
    return this;
  }

  /** The SVG element. */
  public String svg() {
    double min = fromZero ? 0 : Double.POSITIVE_INFINITY;
    double max = fromZero ? 0 : Double.NEGATIVE_INFINITY;
    int points = 1;
    for (double[] line : series.values()) {
      points = Math.max(points, line.length);
      for (double v : line) {
        if (Double.isFinite(v)) {
          min = Math.min(min, v);
          max = Math.max(max, v);
        }
      }
    }
    Ticks ticks = min <= max ? Ticks.around(min, max, 5) : Ticks.around(0, 1, 5);
    Svg svg = new Svg(HEIGHT, title, description).yAxis(ticks, unit);
    svg.legend(List.copyOf(series.keySet()), colours);
    for (Map.Entry<Integer, String> label : labels.entrySet()) {
      double x = x(label.getKey(), points);
      svg.add(
          "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" class=\"axis\"/>",
          x, x, svg.floor(), svg.floor() + 5);
      svg.text(x, svg.floor() + 20, "middle", "tick", label.getValue());
    }
    if (marked >= 0) {
      double x = x(marked, points);
      svg.add(
          "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" class=\"mark\"/>",
          x, x, Svg.TOP, svg.floor());
      boolean left = x > Svg.WIDTH / 2.0;
      svg.text(x + (left ? -6 : 6), Svg.TOP + 14, left ? "end" : "start", "tick", mark);
    }
    int i = 0;
    for (double[] line : series.values()) {
      svg.add("<path d=\"%s\" class=\"line %s\"/>", path(line, points, ticks, svg), colours.get(i));
      for (int k = 0; k < line.length && line.length <= 40; k++) {
        if (Double.isFinite(line[k])) {
          svg.add(
              "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" class=\"fill %s\"><title>%.4g</title></circle>",
              x(k, points), svg.y(line[k], ticks), colours.get(i), line[k]);
        }
      }
      i++;
    }
    return svg.finish();
  }

  private static double x(int i, int points) {
    int inner = Svg.WIDTH - Svg.LEFT - Svg.RIGHT - 16;
    return Svg.LEFT + 8 + inner * (points == 1 ? 0.5 : (double) i / (points - 1));
  }

  private static String path(double[] line, int points, Ticks ticks, Svg svg) {
    StringBuilder d = new StringBuilder();
    boolean pen = false;
    for (int i = 0; i < line.length; i++) {
      boolean known = Double.isFinite(line[i]);
      if (known) {
        d.append(pen ? 'L' : 'M')
            .append(String.format(Locale.ROOT, "%.1f %.1f", x(i, points), svg.y(line[i], ticks)));
      }
      pen = known;
    }
    return d.toString();
  }
}
