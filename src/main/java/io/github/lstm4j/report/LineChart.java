package io.github.lstm4j.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Lines over a common axis, which is time or a count. NaN interrupts a line. A line of very many
 * points is drawn by the lowest and the highest of each stretch, so that a year of hours stays
 * small and no peak is lost.
 */
public final class LineChart implements Chart {
  private static final int HIGH = 260;
  private static final int DENSE = 600; // points; a line of more is drawn thin

  private final String title;
  private final String description;
  private final String unit;
  private final List<Line> lines = new ArrayList<>();
  private final List<Band> bands = new ArrayList<>();
  private double[] places;
  private boolean time;
  private String name = "";
  private boolean fromZero;
  private boolean logarithmic;
  private double marked = Double.NaN;
  private String mark = "";

  private static final class Line {
    final String name;
    final String colour;
    final double[] values;

    Line(String name, String colour, double[] values) {
      this.name = name;
      this.colour = colour;
      this.values = values.clone();
    }
  }

  private static final class Band {
    final String name;
    final String colour;
    final double[] lower;
    final double[] upper;

    Band(String name, String colour, double[] lower, double[] upper) {
      this.name = name;
      this.colour = colour;
      this.lower = lower.clone();
      this.upper = upper.clone();
    }
  }

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

  /**
   * Puts the i-th point of every line at the i-th time; without it they lie at 1, 2, 3, …
   *
   * @param seconds since 1970, ascending
   */
  public LineChart times(double[] seconds) {
    places = seconds.clone();
    time = true;
    return this;
  }

  /**
   * Puts the i-th point of every line at the i-th place; without it they lie at 1, 2, 3, …
   *
   * @param numbers ascending
   */
  public LineChart places(double[] numbers) {
    places = numbers.clone();
    time = false;
    return this;
  }

  /** Names the horizontal axis: "epoch", "timestep". */
  public LineChart along(String axis) {
    name = axis;
    return this;
  }

  /**
   * Adds a line in one of the page's colours: {@code ink}, {@code s1}, {@code s2}, … {@code s6}.
   */
  public LineChart line(String lineName, String colour, double[] values) {
    lines.add(new Line(lineName, colour, values));
    return this;
  }

  /** Fills what lies between two lines. */
  public LineChart band(String bandName, String colour, double[] lower, double[] upper) {
    bands.add(new Band(bandName, colour, lower, upper));
    return this;
  }

  /** Lets the vertical axis begin at zero. */
  public LineChart fromZero() {
    fromZero = true;
    return this;
  }

  /** Draws places and values by their logarithms; all must be positive. */
  public LineChart logarithmic() {
    logarithmic = true;
    return this;
  }

  /** As it is drawn. */
  private double scaled(double value) {
    return logarithmic ? Math.log(value) / Math.log(2) : value;
  }

  private double[] scaled(double[] values) {
    return Arrays.stream(values).map(this::scaled).toArray();
  }

  /** Marks a place on the horizontal axis with a vertical line. */
  public LineChart mark(double at, String text) {
    marked = at;
    mark = text;
    return this;
  }

  private double place(int i) {
    return scaled(places == null ? i + 1 : places[i]);
  }

  private boolean isWhole() {
    return places == null || Arrays.stream(places).allMatch(p -> p == Math.rint(p));
  }

  /**
   * How far all points are apart, as far as they are whole steps of the median distance; else 0.
   */
  private double step() {
    int points = points();
    double[] steps = new double[points - 1];
    Arrays.setAll(steps, i -> place(i + 1) - place(i));
    double[] sorted = steps.clone();
    Arrays.sort(sorted);
    double step = sorted[sorted.length / 2];
    boolean whole =
        Arrays.stream(steps).allMatch(s -> Math.abs(s / step - Math.rint(s / step)) < 1e-6);
    return whole ? step : 0;
  }

  private int points() {
    int most = places == null ? 0 : places.length;
    for (Line line : lines) {
      most = places == null ? Math.max(most, line.values.length) : most;
    }
    return most;
  }

  @Override
  public String html(String id) {
    int points = points();
    Range values = new Range();
    lines.forEach(l -> values.add(scaled(l.values)));
    bands.forEach(b -> values.add(scaled(b.lower)).add(scaled(b.upper)));
    if (fromZero) {
      values.add(0);
    }
    double from = points == 0 ? 0 : place(0);
    double to = points == 0 ? 1 : place(points - 1);
    Axis x =
        logarithmic
            ? Axis.powers(from, to, 2, name)
            : time
                ? Axis.times(from, to, name)
                : isWhole() ? Axis.whole(from, to, name) : Axis.numbers(from, to, name);
    Plot plot = new Plot(id, title, description, HIGH, x, vertical(values));
    List<String> names = new ArrayList<>();
    List<String> colours = new ArrayList<>();
    lines.forEach(l -> names.add(l.name));
    lines.forEach(l -> colours.add(l.colour));
    plot.legend(names, colours);
    for (Band band : bands) {
      band(plot, band);
    }
    for (Line line : lines) {
      line(plot, line);
    }
    if (points > 1 && !logarithmic) {
      plot.steps(from, step());
    }
    if (!Double.isNaN(marked)) {
      plot.mark(marked, mark);
    }
    return (values.isEmpty() ? plot.empty() : plot).finish();
  }

  private Axis vertical(Range values) {
    return logarithmic && !values.isEmpty()
        ? Axis.powers(values.least, values.most, 10, unit)
        : Axis.numbers(values.least, values.most, unit);
  }

  private void line(Plot plot, Line line) {
    StringBuilder d = new StringBuilder();
    StringBuilder alone = new StringBuilder();
    int[] shown = Thinning.of(line.values);
    boolean pen = false;
    for (int k = 0; k < shown.length; k++) {
      double v = scaled(line.values[shown[k]]);
      boolean known = Double.isFinite(v);
      if (known) {
        boolean goesOn = k + 1 < shown.length && Double.isFinite(scaled(line.values[shown[k + 1]]));
        int x = plot.x(place(shown[k]));
        d.append(pen ? 'L' : 'M').append(x).append(' ').append(plot.y(v));
        if ((!pen && !goesOn) || line.values.length <= 40) {
          alone.append('M').append(x).append(' ').append(plot.y(v)).append("h0");
        }
      }
      pen = known;
    }
    plot.add(
        "<path d=\"%s\" class=\"line %s%s\" data-n=\"%s\"/>",
        d, line.colour, shown.length > DENSE ? " thin" : "", HtmlPage.escape(line.name));
    if (alone.length() > 0) { // a point between gaps is no line, and would not be seen
      plot.add("<path d=\"%s\" class=\"dot small %s\"/>", alone, line.colour);
    }
  }

  private void band(Plot plot, Band band) {
    double[] width = band.upper.clone();
    Arrays.setAll(width, i -> band.upper[i] - band.lower[i]);
    StringBuilder d = new StringBuilder();
    StringBuilder back = new StringBuilder();
    for (int i : Thinning.of(width)) {
      if (Double.isFinite(width[i])) {
        int x = plot.x(place(i));
        d.append(d.length() == 0 || back.length() == 0 ? 'M' : 'L');
        d.append(x).append(' ').append(plot.y(scaled(band.upper[i])));
        back.insert(0, "L" + x + " " + plot.y(scaled(band.lower[i])));
      } else if (back.length() > 0) {
        d.append(back).append('Z');
        back.setLength(0);
      }
    }
    plot.add(
        "<path d=\"%s\" class=\"band %s\"/>",
        back.length() > 0 ? d.append(back).append('Z') : d, band.colour);
    plot.above(
        "<ul class=\"legend\"><li class=\"between "
            + band.colour
            + "\">"
            + HtmlPage.escape(band.name)
            + "</li></ul>");
  }
}
