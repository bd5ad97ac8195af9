package io.github.lstm4j.report;

import java.util.List;
import java.util.Locale;

/**
 * The frame that all charts share. The picture is an SVG that is stretched to the page's width;
 * what is written around it is HTML, and stays as large as the reader's text. What the axes mean
 * stands beside the picture too, for the page's script to read.
 */
final class Plot {
  /** The picture's width and height, in its own units. */
  static final int SPAN = 10_000;

  private static final double NARROW = 46; // characters beside each other at 420 px

  private final String id;
  private final String title;
  private final String description;
  private final int high;
  private final Axis x;
  private final Axis y;
  private double first;
  private double step;
  private final StringBuilder head = new StringBuilder();
  private final StringBuilder shapes = new StringBuilder();
  private final StringBuilder texts = new StringBuilder();

  /**
   * @param title what the chart shows, in a few words
   * @param description what it says, for those who cannot see it
   * @param high its height in pixels
   */
  Plot(String id, String title, String description, int high, Axis x, Axis y) {
    this.id = id;
    this.title = title;
    this.description = description;
    this.high = high;
    this.x = x;
    this.y = y;
  }

  /** Where a value of the horizontal axis lies. */
  int x(double value) {
    return place(x.share(value));
  }

  /** Where a value of the vertical axis lies. */
  int y(double value) {
    return place(1 - y.share(value));
  }

  private static int place(double share) {
    return (int) Math.round(Math.max(-1, Math.min(2, share)) * SPAN);
  }

  /** Adds a shape. */
  Plot add(String format, Object... values) {
    shapes.append(text(format, values)).append('\n');
    return this;
  }

  /** A rectangle with words that tell what it is. */
  Plot rectangle(double left, double top, double right, double bottom, String style, String words) {
    return add(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"%s\"><title>%s</title></rect>",
        x(left),
        y(top),
        Math.max(1, x(right) - x(left)),
        Math.max(1, y(bottom) - y(top)),
        style,
        HtmlPage.escape(words));
  }

  /** A line from one point to another. */
  Plot segment(double x1, double y1, double x2, double y2, String style) {
    return add("<path d=\"M%d %dL%d %d\" class=\"%s\"/>", x(x1), y(y1), x(x2), y(y2), style);
  }

  /** Writes a number above a point. */
  Plot number(double atX, double atY, String number) {
    texts.append(
        text(
            "<span class=\"v\" style=\"left:%.2f%%;top:%.2f%%\">%s</span>%n",
            x(atX) * 100.0 / SPAN, y(atY) * 100.0 / SPAN, HtmlPage.escape(number)));
    return this;
  }

  /** Marks a value of the horizontal axis. */
  Plot mark(double at, String words) {
    add("<path d=\"M%d 0L%d %d\" class=\"mark\"/>", x(at), x(at), SPAN);
    texts.append(
        text(
            "<span class=\"note%s\" style=\"left:%.2f%%\">%s</span>%n",
            x(at) > SPAN / 2 ? " left" : "", x(at) * 100.0 / SPAN, HtmlPage.escape(words)));
    return this;
  }

  /** Says that values of the horizontal axis are {@code from} and whole steps from there. */
  Plot steps(double from, double width) {
    first = from;
    step = width;
    return this;
  }

  /** Says that there is nothing to see. */
  Plot empty() {
    texts.append("<span class=\"empty\">no values</span>\n");
    return this;
  }

  /** A swatch and a name for each series. */
  Plot legend(List<String> names, List<String> colours) {
    head.append("<ul class=\"legend\">");
    for (int i = 0; i < names.size(); i++) {
      head.append(text("<li class=\"%s\">%s</li>", colours.get(i), HtmlPage.escape(names.get(i))));
    }
    head.append("</ul>");
    return this;
  }

  /** Adds HTML above the picture. */
  Plot above(String html) {
    head.append(html);
    return this;
  }

  String finish() {
    int widest = y.ticks().stream().mapToInt(t -> t.text().length()).max().orElse(1);
    StringBuilder s = new StringBuilder();
    s.append(
        text(
            "<div class=\"plot\" data-kind=\"%s\"%s data-first=\"%s\" data-step=\"%s\" data-x0=\"%s\" data-x1=\"%s\" data-y0=\"%s\""
                + " data-y1=\"%s\" data-xname=\"%s\" data-yname=\"%s\" style=\"--high:%dpx;"
                + "--left:calc(%dch * .8 + 16px)\">%n",
            x.kind() == Axis.Kind.WHOLE ? "numbers" : x.kind().name().toLowerCase(Locale.ROOT),
            x.kind() == Axis.Kind.WHOLE ? " data-whole=\"1\"" : "",
            number(first),
            number(step),
            number(x.from()),
            number(x.to()),
            number(y.from()),
            number(y.to()),
            HtmlPage.escape(x.name()),
            HtmlPage.escape(y.name()),
            high,
            Math.min(16, widest)));
    s.append("<div class=\"head\"><span class=\"name\">").append(HtmlPage.escape(title));
    s.append("</span><span class=\"unit\">").append(HtmlPage.escape(y.name())).append("</span>");
    s.append(head).append("</div>\n<div class=\"area\">\n");
    s.append(
        text(
            "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\""
                + " aria-labelledby=\"%s-t %s-d\">%n<title id=\"%s-t\">%s</title>"
                + "<desc id=\"%s-d\">%s</desc>%n",
            SPAN, SPAN, id, id, id, HtmlPage.escape(title), id, HtmlPage.escape(description)));
    for (Axis.Tick tick : y.kind() == Axis.Kind.NAMES ? List.<Axis.Tick>of() : y.ticks()) {
      s.append(
          text(
              "<path d=\"M0 %dL%d %d\" class=\"%s\"/>%n",
              y(tick.at()), SPAN, y(tick.at()), tick.at() == y.from() ? "axis" : "grid"));
    }
    s.append(shapes).append("</svg>\n");
    axisTexts(s);
    return s.append(texts).append("</div>").append(nameOfX()).append("</div>\n").toString();
  }

  private void axisTexts(StringBuilder s) {
    for (Axis.Tick tick : y.ticks()) {
      s.append(
          text(
              "<span class=\"y\" aria-hidden=\"true\" style=\"top:%.2f%%\">%s</span>%n",
              100 * (1 - y.share(tick.at())), HtmlPage.escape(tick.text())));
    }
    boolean slots = x.kind() == Axis.Kind.NAMES;
    int every = slots ? (x.ticks().size() > 4 ? 2 : 1) : onNarrow();
    for (int i = 0; i < x.ticks().size(); i++) {
      Axis.Tick tick = x.ticks().get(i);
      double at = 100 * x.share(tick.at());
      String style = slots ? text("left:%.2f%%;width:%.2f%%", at, slot()) : text("left:%.2f%%", at);
      s.append("<span class=\"x");
      s.append(slots ? " slot" : at < 4 ? " first" : at > 96 ? " last" : "");
      s.append(i % every == 0 ? "" : " spare");
      s.append(text("\" aria-hidden=\"true\" style=\"%s\"", style));
      s.append(slots ? " title=\"" + HtmlPage.escape(tick.text()) + "\">" : ">");
      s.append(HtmlPage.escape(tick.text())).append("</span>\n");
    }
  }

  /** Of how many texts along x one has room on a narrow page. */
  private int onNarrow() {
    int longest = x.ticks().stream().mapToInt(t -> t.text().length()).max().orElse(0);
    return Math.max(1, (int) Math.ceil(x.ticks().size() * (longest + 3) / NARROW));
  }

  /** A slot's width in percent; where every other name is left out on narrow pages, of two. */
  private double slot() {
    return 98.0 / (x.to() - x.from()) * (x.ticks().size() > 12 ? 2 : 1);
  }

  private String nameOfX() {
    return x.name().isEmpty() ? "" : "<div class=\"xname\">" + HtmlPage.escape(x.name()) + "</div>";
  }

  /** A value in full for the script to read. */
  static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? String.valueOf((long) value)
        : Double.toString(value);
  }

  /** A value for people, in four digits. */
  static String words(double value) {
    if (!Double.isFinite(value)) {
      return "none";
    }
    double size = Math.abs(value);
    if (value == Math.rint(value) && size < 1e7) {
      return String.valueOf((long) value);
    }
    int behind = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
    return size >= 1e7 || size < 0.001
        ? String.format(Locale.ROOT, "%.3e", value)
        : String.format(Locale.ROOT, "%." + behind + "f", value);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
