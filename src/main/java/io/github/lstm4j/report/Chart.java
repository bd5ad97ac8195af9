package io.github.lstm4j.report;

/** A picture for a {@link HtmlPage}. */
public interface Chart {
  /**
   * The picture as HTML.
   *
   * @param id an identifier that nothing else of the page has, of letters and digits
   */
  String html(String id);
}
