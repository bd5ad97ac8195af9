package io.github.lstm4j.report;

import io.github.lstm4j.io.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A page that stands alone: no script, no style sheet, picture or font from elsewhere. It is light
 * or dark as the reader's system asks.
 */
public final class HtmlPage {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --page: #f9f9f7; --card: #fcfcfb; --ink: #0b0b0b;
        --soft: #52514e; --faint: #6f6d68; --grid: #e1e0d9; --axis: #c3c2b7;
        --s1: #2a78d6; --s2: #eb6834; --s3: #1baf7a; }
      @media (prefers-color-scheme: dark) { :root { --page: #0d0d0d; --card: #1a1a19;
        --ink: #ffffff; --soft: #c3c2b7; --faint: #a09e97; --grid: #2c2c2a; --axis: #4a4945;
        --s1: #3987e5; --s2: #d95926; --s3: #199e70; } }
      * { box-sizing: border-box; }
      body { margin: 0; background: var(--page); color: var(--ink);
        font: 16px/1.5 system-ui, sans-serif; }
      main { max-width: 1040px; margin: 0 auto; padding: 24px 16px 64px; }
      h1 { font-size: 1.7rem; line-height: 1.2; margin: 16px 0 8px; }
      h2 { font-size: 1.2rem; margin: 40px 0 8px; }
      p { max-width: 46rem; margin: 8px 0; color: var(--soft); }
      .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr));
        gap: 12px; margin: 20px 0; }
      .tile, figure, .wide { background: var(--card); border: 1px solid var(--grid);
        border-radius: 8px; }
      .tile { padding: 12px 16px; }
      .tile b { display: block; font-size: 1.6rem; font-weight: 600; line-height: 1.3; }
      .tile span { color: var(--soft); font-size: .9rem; display: block; }
      figure { margin: 12px 0; padding: 12px; overflow-x: auto; }
      figcaption { color: var(--soft); font-size: .9rem; padding: 0 4px; }
      svg { display: block; width: 100%; min-width: 640px; height: auto;
        font: 13px system-ui, sans-serif; }
      .wide { overflow-x: auto; margin: 12px 0; }
      pre { margin: 0; padding: 12px 16px; font: 13px/1.25 ui-monospace, monospace; }
      table { border-collapse: collapse; width: 100%; font-size: .92rem; }
      th, td { padding: 6px 12px; text-align: right; border-top: 1px solid var(--grid);
        font-variant-numeric: tabular-nums; white-space: nowrap; }
      thead th { border-top: 0; color: var(--soft); font-weight: 600; }
      th:first-child, td:first-child { text-align: left; }
      tbody th { font-weight: 400; }
      table.text th, table.text td { text-align: left; }
      text { fill: var(--ink); } .tick { fill: var(--faint); font-size: 12px; }
      .unit { fill: var(--soft); } .grid { stroke: var(--grid); } .axis { stroke: var(--axis); }
      .mark { stroke: var(--faint); stroke-dasharray: 3 3; }
      .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
      .line.ink { stroke: var(--faint); stroke-width: 1.5; } .fill.ink { fill: var(--faint); }
      .line.s1 { stroke: var(--s1); } .fill.s1 { fill: var(--s1); }
      .line.s2 { stroke: var(--s2); } .fill.s2 { fill: var(--s2); }
      .line.s3 { stroke: var(--s3); } .fill.s3 { fill: var(--s3); }
      """;

  private final StringBuilder body = new StringBuilder();
  private final String title;

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

  /** Adds a chart, an SVG element, with a line below it. */
  public HtmlPage chart(String svg, String caption) {
    body.append("<figure>\n").append(svg);
    body.append("<figcaption>").append(escape(caption)).append("</figcaption></figure>\n");
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
        + "</main></body></html>\n";
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
        .replace("\"", "&quot;");
  }
}
