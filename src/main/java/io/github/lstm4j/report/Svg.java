package io.github.lstm4j.report;

import java.util.List;
import java.util.Locale;

/** The frame that all charts share: size, title for screen readers, axes, legend. */
final class Svg {
  static final int WIDTH = 960;
  static final int LEFT = 64;
  static final int RIGHT = 16;
  static final int TOP = 40;
  static final int BOTTOM = 44;

  private final StringBuilder s = new StringBuilder();
  private final int height;

  /**
   * @param title what the chart shows, in a few words that no other chart of the page has
   * @param description what it says, for those who cannot see it
   */
  Svg(int height, String title, String description) {
    this.height = height;
    String id = title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    s.append(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-t %s-d\">%n"
                + "<title id=\"%s-t\">%s</title><desc id=\"%s-d\">%s</desc>%n",
            WIDTH,
            height,
            id,
            id,
            id,
            HtmlPage.escape(title),
            id,
            HtmlPage.escape(description)));
  }

  /** The height of the plotting area's lower edge. */
  int floor() {
    return height - BOTTOM;
  }

  /** Where a value lies between the axis's ends. */
  double y(double value, Ticks ticks) {
    return floor() - (value - ticks.first()) / (ticks.last() - ticks.first()) * (floor() - TOP);
  }

  Svg add(String format, Object... values) {
    s.append(String.format(Locale.ROOT, format, values)).append('\n');
    return this;
  }

  /** Text; {@code anchor} is start, middle or end. */
  Svg text(double x, double y, String anchor, String cssClass, String text) {
    return add(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">%s</text>",
        x, y, anchor, cssClass, HtmlPage.escape(text));
  }

  /** Horizontal grid lines with their numbers, and what they measure. */
  Svg yAxis(Ticks ticks, String label) {
    for (double tick : ticks.values()) {
      double y = y(tick, ticks);
      add(
          "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>",
          LEFT, WIDTH - RIGHT, y, y, tick == ticks.first() ? "axis" : "grid");
      text(LEFT - 8, y + 4, "end", "tick", ticks.label(tick));
    }
    return text(LEFT - 8, TOP - 18, "start", "unit", label);
  }

  /** A swatch and a name for each series, at the right above the plot. */
  Svg legend(List<String> names, List<String> cssClasses) {
    double x = WIDTH - RIGHT;
    for (int i = names.size() - 1; i >= 0; i--) {
      x -= 7.2 * names.get(i).length() + 8;
      text(x, TOP - 18, "start", "name", names.get(i));
      x -= 18;
      add(
          "<rect x=\"%.1f\" y=\"%d\" width=\"12\" height=\"12\" rx=\"2\" class=\"fill %s\"/>",
          x, TOP - 28, cssClasses.get(i));
      x -= 14;
    }
    return this;
  }

  String finish() {
    return s + "</svg>\n";
  }
}
