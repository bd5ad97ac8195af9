package io.github.lstm4j.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Numbers of a grid as colours: none at zero, blue below it and orange above it, the stronger the
 * farther, so that it can be read on light and dark pages. NaN has no colour.
 */
public final class HeatMap implements Chart {
  private static final int BELOW = 0x2a78d6;
  private static final int ABOVE = 0xeb6834;
  private static final int MISSING = -32768;
  private static final int MOST = 32767;
  private static final int LABELS = 8;

  private final String title;
  private final String description;
  private final String across;
  private final List<String> rows;
  private final double[][] values;
  private final double first;
  private double most;

  /**
   * @param title what the chart shows
   * @param description what it says, for those who cannot see it
   * @param across what the columns count: "timestep"
   * @param first the first column's number
   * @param rows the rows' names, from the top
   * @param values for each row as many values, one for each column
   */
  public HeatMap(
      String title,
      String description,
      String across,
      int first,
      List<String> rows,
      double[][] values) {
    for (double[] row : values) {
      if (row.length != values[0].length) {
        throw new IllegalArgumentException(
            title + ": expected rows of " + values[0].length + " values, got " + row.length);
      }
    }
    if (rows.size() != values.length) {
      throw new IllegalArgumentException(
          title + ": expected " + rows.size() + " rows, got " + values.length);
    }
    this.title = title;
    this.description = description;
    this.across = across;
    this.first = first;
    this.rows = List.copyOf(rows);
    this.values = values.clone();
  }

  /** Sets the size of a value that has the strongest colour; without it the largest there is. */
  public HeatMap most(double size) {
    most = size;
    return this;
  }

  @Override
  public String html(String id) {
    int columns = values.length == 0 ? 0 : values[0].length;
    Range range = new Range();
    for (double[] row : values) {
      range.add(row);
    }
    double largest = Math.max(Math.abs(range.least), Math.abs(range.most));
    double end = most > 0 ? most : range.isEmpty() || largest == 0 ? 1 : largest;
    Axis x = Axis.whole(first, first + Math.max(1, columns) - 1, across);
    x = x.within(first - 0.5, first + Math.max(1, columns) - 0.5);
    Axis y = Axis.names(rows, "");
    int step = (rows.size() + LABELS - 1) / LABELS;
    y =
        y.withTicks(
            y.ticks().stream()
                .filter(t -> rows.size() <= 2 * LABELS || t.at() % step == 0)
                .map(t -> new Axis.Tick(rows.size() - 1 - t.at(), shortened(t.text())))
                .toList());
    int high = Math.max(60, Math.min(320, 14 * rows.size()));
    Plot plot = new Plot(id, title, description, high, x, y);
    plot.above(scale(range, end));
    if (columns == 0) {
      return plot.empty().finish();
    }
    plot.add(
        "<image class=\"heat\" x=\"0\" y=\"0\" width=\"%d\" height=\"%d\""
            + " preserveAspectRatio=\"none\" data-columns=\"%d\" data-rows=\"%d\" data-most=\"%s\""
            + " data-cells=\"%s\" data-names=\"%s\" href=\"data:image/png;base64,%s\"/>",
        Plot.SPAN,
        Plot.SPAN,
        columns,
        rows.size(),
        Plot.number(end),
        cells(end),
        HtmlPage.escape(json(rows)),
        picture(end));
    return plot.finish();
  }

  private static String shortened(String name) {
    return name.length() <= 16 ? name : name.substring(0, 15) + "…";
  }

  /** What the colours mean. */
  private static String scale(Range range, double end) {
    boolean signed = range.least < 0;
    return String.format(
        Locale.ROOT,
        "<span class=\"scale\" data-from=\"%s\" data-to=\"%s\"><i style=\"background:"
            + "linear-gradient(90deg,%s#%06x)\"></i></span>",
        signed ? Plot.words(-end) : "0",
        Plot.words(end),
        signed ? String.format(Locale.ROOT, "#%06x,transparent,", BELOW) : "transparent,",
        ABOVE);
  }

  private static String json(List<String> names) {
    StringBuilder s = new StringBuilder("[");
    for (String name : names) {
      s.append(s.length() == 1 ? "\"" : ",\"");
      for (int i = 0; i < name.length(); i++) {
        char c = name.charAt(i);
        s.append(
            c == '"' || c == '\\' || c < ' ' ? String.format(Locale.ROOT, "\\u%04x", (int) c) : c);
      }
      s.append('"');
    }
    return s.append(']').toString();
  }

  private String cells(double end) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (double[] row : values) {
      for (double v : row) {
        int code = Double.isNaN(v) ? MISSING : (int) Math.round(strength(v, end) * MOST);
        bytes.write(code);
        bytes.write(code >> 8);
      }
    }
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  private static double strength(double value, double end) {
    return Math.max(-1, Math.min(1, value / end));
  }

  private String picture(double end) {
    BufferedImage image =
        new BufferedImage(values[0].length, values.length, BufferedImage.TYPE_INT_ARGB);
    for (int r = 0; r < values.length; r++) {
      for (int c = 0; c < values[r].length; c++) {
        double s = Double.isNaN(values[r][c]) ? 0 : strength(values[r][c], end);
        int alpha = (int) Math.round(255 * Math.abs(s));
        image.setRGB(c, r, alpha << 24 | (s < 0 ? BELOW : ABOVE));
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream to = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(image, "png", to);
    } catch (IOException e) {
      throw new IllegalStateException("a picture in memory was not written", e);
    }
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
