package io.github.lstm4j.report;

import java.util.List;

/**
 * Boxes below one another, each fed by the one above.
 *
 * @param boxes from the top
 */
public record Diagram(List<Box> boxes) implements Chart {
  /**
   * A box.
   *
   * @param name its name
   * @param kind what it is
   * @param in what comes in from above
   * @param lines what there is to say about it
   * @param inside boxes side by side within it, mostly none
   */
  public record Box(String name, String kind, String in, List<String> lines, List<Box> inside) {
    /** Takes copies of the lists. */
    public Box {
      lines = List.copyOf(lines);
      inside = List.copyOf(inside);
    }
  }

  /** Takes a copy of the list. */
  public Diagram {
    boxes = List.copyOf(boxes);
  }

  @Override
  public String html(String id) {
    StringBuilder s = new StringBuilder("<ol class=\"layers\" id=\"" + id + "\">\n");
    for (Box box : boxes) {
      s.append("<li data-in=\"").append(HtmlPage.escape(box.in())).append("\">");
      content(s, box);
      s.append("</li>\n");
    }
    return s.append("</ol>\n").toString();
  }

  private static void content(StringBuilder s, Box box) {
    s.append("<span class=\"kind\">").append(HtmlPage.escape(box.kind())).append("</span><b>");
    s.append(HtmlPage.escape(box.name())).append("</b>");
    box.lines().forEach(l -> s.append("<span>").append(HtmlPage.escape(l)).append("</span>"));
    if (!box.inside().isEmpty()) {
      s.append("<ul>");
      for (Box inner : box.inside()) {
        s.append("<li>");
        content(s, inner);
        s.append("</li>");
      }
      s.append("</ul>");
    }
  }
}
