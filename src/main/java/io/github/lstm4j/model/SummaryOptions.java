package io.github.lstm4j.model;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What a table of Keras 3's {@code summary()} shows. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * System.out.print(model.summaryText(SummaryOptions.usual().expandNested(true).lineLength(108)));
 * }</pre>
 *
 * @param lineLength characters in a line; 0 for what a terminal of 80 columns shows
 * @param expandNested whether the layers of models within the model are shown
 * @param showTrainable whether a column says which layers are trained
 * @param first the first layer shown, a regular expression for the beginning of its name; null for
 *     the model's first
 * @param last the last layer shown, as {@code first}
 */
public record SummaryOptions(
    int lineLength, boolean expandNested, boolean showTrainable, Pattern first, Pattern last) {
  private static final int LEAST = 40; // room for a letter in each of five columns

  /** Checks the length. */
  public SummaryOptions {
    if (lineLength != 0 && lineLength < LEAST) {
      throw new IllegalArgumentException(
          "summary: lineLength must be at least " + LEAST + ", got " + lineLength);
    }
  }

  /** What {@code summary()} shows without options. */
  public static SummaryOptions usual() {
    return new SummaryOptions(0, false, false, null, null);
  }

  /** With lines of that many characters. Keras's usual ones are 88, or 108 with connections. */
  public SummaryOptions lineLength(int characters) {
    return new SummaryOptions(characters, expandNested, showTrainable, first, last);
  }

  /** With the layers of models within the model, or without. */
  public SummaryOptions expandNested(boolean expand) {
    return new SummaryOptions(lineLength, expand, showTrainable, first, last);
  }

  /** With a column that says which layers are trained, or without. */
  public SummaryOptions showTrainable(boolean show) {
    return new SummaryOptions(lineLength, expandNested, show, first, last);
  }

  /**
   * With some of the layers, those of both names included, which may be regular expressions.
   *
   * @throws IllegalArgumentException if one is no regular expression
   */
  public SummaryOptions layerRange(String from, String to) {
    try {
      return new SummaryOptions(
          lineLength, expandNested, showTrainable, Pattern.compile(from), Pattern.compile(to));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("summary: layerRange: " + e.getMessage(), e);
    }
  }
}
