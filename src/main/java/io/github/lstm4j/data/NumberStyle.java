package io.github.lstm4j.data;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How numbers are written.
 *
 * @param decimal the decimal mark: a point or a comma
 * @param thousands what stands between groups of three digits; {@link #NONE} if nothing may
 */
record NumberStyle(char decimal, char thousands) {
  static final char NONE = 0;

  private static final String SPACES = " \u00a0\u202f";
  private static final String GROUPED = "\\d{1,3}(?:([,.'’_ \u00a0\u202f])\\d{3})(?:\\1\\d{3})*";
  private static final Pattern GROUPS = Pattern.compile("[+-]?" + GROUPED + "(?:([.,])\\d*)?");
  private static final Pattern DECIMALS = Pattern.compile("[+-]?(\\d*)([.,])(\\d+)");

  /** What a person would call a number, as money, in groups or with a decimal comma. */
  private static final Pattern NEAR =
      Pattern.compile(
          "[+\\-−]?\\s?[€$£¥]?\\s?(?:"
              + GROUPED
              + "(?:[.,]\\d*)?|\\d*[.,]\\d+|\\d+[.,]?)(?:[eE][+-]?\\d+)?\\s?[%€$£¥-]?"
              + "|[+-]?(?i:inf|infinity)",
          Pattern.UNICODE_CHARACTER_CLASS); // digits of all scripts

  /** The finite number, or NaN. Java's own suffixes and hexadecimal forms are no numbers. */
  double parse(String text) {
    String plain = text;
    if (thousands != NONE) {
      plain = ungrouped(plain);
    }
    if (decimal != '.') {
      if (plain.indexOf('.') >= 0) {
        return Double.NaN;
      }
      plain = plain.replace(decimal, '.');
    }
    return number(plain);
  }

  private String ungrouped(String text) {
    Matcher groups = GROUPS.matcher(text);
    boolean grouped =
        groups.matches()
            && isThousands(groups.group(1).charAt(0))
            && (groups.group(2) == null || groups.group(2).charAt(0) == decimal);
    return grouped ? text.replace(groups.group(1), "") : text;
  }

  private boolean isThousands(char c) {
    return c == thousands || (isSpace(thousands) && isSpace(c)) || (isTick(thousands) && isTick(c));
  }

  private static boolean isSpace(char c) {
    return SPACES.indexOf(c) >= 0;
  }

  private static boolean isTick(char c) {
    return c == '\'' || c == '’';
  }

  private static double number(String text) {
    char last = text.isEmpty() ? 'x' : text.charAt(text.length() - 1);
    if ((last != '.' && (last < '0' || last > '9')) || text.indexOf('x') >= 0) {
      return Double.NaN;
    }
    try {
      double value = Double.parseDouble(text);
      return Double.isInfinite(value) ? Double.NaN : value;
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /** Whether the text was meant as a number, as far as can be seen. */
  static boolean isNear(String text) {
    return !text.isEmpty() && NEAR.matcher(text).matches();
  }

  /** Whether the text stands for nothing: a dash, dots, stars. */
  static boolean isDash(String text) {
    return text.codePoints().noneMatch(Character::isLetterOrDigit);
  }

  /**
   * The decimal mark of a text, if there can be no doubt: {@code 0,5}, {@code 12,25} and {@code
   * 1.234,5} have a comma, {@code 1,234} may have one or not. {@link #NONE} if there is doubt.
   */
  static char decimalOf(String text) {
    Matcher decimals = DECIMALS.matcher(text);
    if (decimals.matches()) {
      String whole = decimals.group(1);
      boolean group =
          decimals.group(3).length() == 3
              && !whole.isEmpty()
              && whole.length() <= 3
              && whole.charAt(0) != '0';
      return group ? NONE : decimals.group(2).charAt(0);
    }
    Matcher groups = GROUPS.matcher(text);
    return groups.matches() && groups.group(2) != null && !groups.group(2).equals(groups.group(1))
        ? groups.group(2).charAt(0)
        : NONE;
  }

  /** Which options would make a number of this text; null if none would. */
  String fix(String text) {
    Matcher groups = GROUPS.matcher(text);
    if (groups.matches()) {
      char group = groups.group(1).charAt(0);
      boolean one = text.indexOf(group) == text.lastIndexOf(group) && groups.group(2) == null;
      String joined = text.replace(String.valueOf(group), "");
      String asGroups = (group == decimal ? decimalOption(group) + " " : "") + groupOption(group);
      if (group == '.' || group == ',') {
        if (groups.group(2) != null && groups.group(2).charAt(0) != decimal) {
          return "give " + decimalOption(group) + " " + groupOption(group);
        }
        return one && group != decimal
            ? "give "
                + asGroups
                + " if it is "
                + joined
                + ", --decimal '"
                + group
                + "' if it is "
                + text.replace(group, '.')
            : "give " + asGroups;
      }
      boolean other = groups.group(2) != null && groups.group(2).charAt(0) != decimal;
      return "give " + (other ? decimalOption(decimal) + " " : "") + groupOption(group);
    }
    Matcher decimals = DECIMALS.matcher(text);
    return decimals.matches() && decimals.group(2).charAt(0) != decimal
        ? "give --decimal '" + decimals.group(2) + "'"
        : null;
  }

  private static String groupOption(char group) {
    return "--thousands " + (isTick(group) ? "\"'\"" : "'" + (isSpace(group) ? ' ' : group) + "'");
  }

  /** The decimal mark that is not this one. */
  private static String decimalOption(char not) {
    return "--decimal '" + (not == '.' ? ',' : '.') + "'";
  }
}
