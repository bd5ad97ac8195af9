package io.github.lstm4j.report;

import java.util.ArrayList;
import java.util.List;

/** Groups of bars from zero, each with its number. A bar that is NaN is left out. */
public final class BarChart implements Chart {
  private static final int HIGH = 260;
  private static final int WRITTEN = 12; // with more bars their numbers would touch
  private static final double WIDEST = 0.25; // of a slot

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
   * Adds a bar to every group, in one of the page's colours: {@code ink}, {@code s1}, … {@code s6}.
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

  @Override
  public String html(String id) {
    Range range = new Range().add(0);
    values.forEach(list -> list.forEach(range::add));
    double most = range.most > 0 ? 1.05 * range.most : range.least < 0 ? 0 : 1;
    Axis y = Axis.numbers(1.05 * range.least, most, unit);
    Plot plot = new Plot(id, title, description, HIGH, Axis.names(groups, ""), y);
    plot.legend(names, colours);
    double width = Math.min(WIDEST, 0.8 / Math.max(1, names.size()));
    boolean written = groups.size() * names.size() <= WRITTEN;
    for (int g = 0; g < groups.size(); g++) {
      for (int i = 0; i < names.size(); i++) {
        double value = values.get(i).get(g);
        double left = g + (i - names.size() / 2.0) * width;
        if (Double.isFinite(value)) {
          plot.rectangle(
              left + 0.02 * width,
              Math.max(0, value),
              left + 0.98 * width,
              Math.min(0, value),
              "fill " + colours.get(i),
              groups.get(g) + "\n" + names.get(i) + ": " + Plot.words(value));
        }
        if (written) {
          plot.number(
              left + width / 2,
              Double.isFinite(value) ? Math.max(0, value) : 0,
              Double.isFinite(value) ? Plot.words(value) : "n/a");
        }
      }
    }
    return (groups.isEmpty() ? plot.empty() : plot).finish();
  }
}
