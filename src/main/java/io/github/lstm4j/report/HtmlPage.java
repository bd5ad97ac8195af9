package io.github.lstm4j.report;

import io.github.lstm4j.io.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A page that stands alone: no script, style sheet, picture or font from elsewhere. It is light or
 * dark as the reader's system asks, and can be read on a telephone. A script within it adds
 * tooltips and zoom to the charts; without script all that they show is there.
 */
public final class HtmlPage {
  private static final String STYLE = resource("page.css");
  private static final String SCRIPT = resource("page.js");

  private final StringBuilder body = new StringBuilder();
  private final String title;
  private int charts;

  /** A page of that title. */
  public HtmlPage(String title) {
    this.title = title;
    body.append("<h1>").append(escape(title)).append("</h1>\n");
  }

  /** Begins a section. */
  public HtmlPage section(String heading) {
    body.append("<h2>").append(escape(heading)).append("</h2>\n");
    return this;
  }

  /** Adds running text. */
  public HtmlPage paragraph(String text) {
    body.append("<p>").append(escape(text)).append("</p>\n");
    return this;
  }

  /**
   * A number to be seen first.
   *
   * @param label what it is
   * @param value the number
   * @param note what it compares with
   */
  public record Tile(String label, String value, String note) {}

  /** Adds a row of numbers. */
  public HtmlPage tiles(List<Tile> tiles) {
    body.append("<div class=\"tiles\">\n");
    for (Tile t : tiles) {
      body.append("<div class=\"tile\"><span>")
          .append(escape(t.label()))
          .append("</span><b>")
          .append(escape(t.value()))
          .append("</b><span>")
          .append(escape(t.note()))
          .append("</span></div>\n");
    }
    body.append("</div>\n");
    return this;
  }

  /** Adds text as it is, in columns. */
  public HtmlPage preformatted(String text) {
    body.append("<div class=\"wide\"><pre>").append(escape(text)).append("</pre></div>\n");
    return this;
  }

  /** Adds a picture with a line below it; an empty one is left out. */
  public HtmlPage chart(Chart chart, String caption) {
    body.append("<figure>\n").append(chart.html("c" + ++charts));
    if (!caption.isEmpty()) {
      body.append("<figcaption>").append(escape(caption)).append("</figcaption>");
    }
    body.append("</figure>\n");
    return this;
  }

  /** Adds pictures side by side where there is room. */
  public HtmlPage charts(List<? extends Chart> several) {
    body.append("<div class=\"side\">\n");
    several.forEach(chart -> chart(chart, ""));
    body.append("</div>\n");
    return this;
  }

  /** Adds a table of numbers; the first column names the rows. */
  public HtmlPage numbers(List<String> header, List<List<String>> rows) {
    return table("numbers", header, rows);
  }

  /** Adds a table of words. */
  public HtmlPage words(List<String> header, List<List<String>> rows) {
    return table("text", header, rows);
  }

  private HtmlPage table(String cssClass, List<String> header, List<List<String>> rows) {
    body.append("<div class=\"wide\"><table class=\"").append(cssClass).append("\"><thead><tr>");
    header.forEach(h -> body.append("<th scope=\"col\">").append(escape(h)).append("</th>"));
    body.append("</tr></thead><tbody>\n");
    for (List<String> row : rows) {
      body.append("<tr><th scope=\"row\">").append(escape(row.get(0))).append("</th>");
      row.stream().skip(1).forEach(c -> body.append("<td>").append(escape(c)).append("</td>"));
      body.append("</tr>\n");
    }
    body.append("</tbody></table></div>\n");
    return this;
  }

  /** The whole page. */
  public String html() {
    return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
        + escape(title)
        + "</title>\n<style>\n"
        + STYLE
        + "</style></head>\n<body><main>\n"
        + body
        + "</main>\n<script>\n"
        + SCRIPT
        + "</script></body></html>\n";
  }

  /** Writes the page, whole or not at all. */
  public void write(Path file) throws IOException {
    AtomicFile.write(file, out -> out.write(html().getBytes(StandardCharsets.UTF_8)));
  }

  /** Text with the characters that HTML and SVG give a meaning to replaced. */
  public static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replaceAll("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]", "\ufffd"); // no page may hold them
  }

  private static String resource(String name) {
    try (InputStream in = HtmlPage.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
