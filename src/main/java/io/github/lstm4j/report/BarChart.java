package io.github.lstm4j.report;

import java.util.ArrayList;
import java.util.List;

/** Groups of bars from zero, each with its number, as SVG. */
public final class BarChart {
  private static final int HEIGHT = 300;
  private static final int GAP = 2; // between neighbouring bars
  private static final int WIDEST = 64;

  private final String title;
  private final String description;
  private final String unit;
  private final List<String> groups;
  private final List<String> names = new ArrayList<>();
  private final List<String> colours = new ArrayList<>();
  private final List<List<Double>> values = new ArrayList<>();

  /**
   * @param title what the chart shows
   * @param description what it says, for those who cannot see it
   * @param unit what the vertical axis measures
   * @param groups the groups' names
   */
  public BarChart(String title, String description, String unit, List<String> groups) {
    this.title = title;
    this.description = description;
    this.unit = unit;
    this.groups = List.copyOf(groups);
  }

  /**
   * Adds a bar to every group, in one of the page's colours: {@code s1}, {@code s2}, {@code s3}.
   */
  public BarChart bars(String name, String colour, List<Double> perGroup) {
    if (perGroup.size() != groups.size()) {
      throw new IllegalArgumentException(
          name + ": expected " + groups.size() + " bars, got " + perGroup.size());
    }
    names.add(name);
    colours.add(colour);
    values.add(List.copyOf(perGroup));
    return this;
  }

  /** The SVG element. */
  public String svg() {
    double max = values.stream().flatMap(List::stream).mapToDouble(v -> v).max().orElse(1);
    Ticks ticks = Ticks.around(0, 1.05 * max, 5);
    Svg svg = new Svg(HEIGHT, title, description).yAxis(ticks, unit).legend(names, colours);
    double slot = (double) (Svg.WIDTH - Svg.LEFT - Svg.RIGHT) / groups.size();
    double width = Math.min(WIDEST, slot * 0.7 / names.size());
    for (int g = 0; g < groups.size(); g++) {
      double middle = Svg.LEFT + slot * (g + 0.5);
      svg.text(middle, svg.floor() + 20, "middle", "name", groups.get(g));
      for (int i = 0; i < names.size(); i++) {
        double value = values.get(i).get(g);
        double x = middle + (i - names.size() / 2.0) * width;
        double y = svg.y(value, ticks);
        svg.add(
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\" class=\"fill %s\">"
                + "<title>%s, %s: %.3f</title></rect>",
            x + GAP / 2.0,
            y,
            width - GAP,
            svg.floor() - y,
            colours.get(i),
            HtmlPage.escape(names.get(i)),
            HtmlPage.escape(groups.get(g)),
            value);
        svg.add(
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" class=\"tick\">%.1f</text>",
            x + width / 2, y - 5, value);
      }
    }
    return svg.finish();
  }
}
