package io.github.lstm4j.data;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which time formats a text may be of. */
final class TimeGuess {
  private static final Pattern TEXT =
      Pattern.compile(
          "(?<date>\\d{4}([-/.])\\d{1,2}\\2\\d{1,2}" // 2014-12-31
              + "|\\d{1,2}([-/.])\\d{1,2}\\3(?:\\d{4}|\\d{2})" // 31.12.2014, 12/31/14
              + "|\\d{4}[-/]\\d{2}(?!\\d)" // 2014-12
              + "|\\d{8}(?!\\d)" // 20141231
              + "|\\d{1,2}[- ]?[A-Za-z]{3,9}[- ]?(?:\\d{4}|\\d{2})" // 31-Dec-2014
              + "|[A-Za-z]{3,9} \\d{1,2}, ?\\d{4}" // Dec 31, 2014
              + "|[A-Za-z]{3,9}[- ]\\d{4}|[A-Za-z]{3}-\\d{2})" // Dec 2014
              + "(?:(?<gap>T|[ _]+|, ?|-(?=\\d{4,6}$))"
              + "(?<time>\\d{1,2}(?::\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?)?|\\d{4}|\\d{6})"
              + "(?<half> ?[AaPp][Mm])?)?"
              + "(?<zone> ?(?:Z|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?)(?:\\[[A-Za-z_/+-]+\\d*\\])?)?");

  private TimeGuess() {}

  /**
   * The patterns that a text may be of; more than one if its day and month cannot be told apart.
   */
  static List<String> patterns(String text) {
    List<String> all = new ArrayList<>();
    compact(text, all);
    Matcher parts = TEXT.matcher(text);
    if (parts.matches()) {
      String rest = rest(parts);
      for (String date : dates(parts.group("date"))) {
        all.add(date + rest);
      }
    }
    all.removeIf(pattern -> TimeFormat.of(pattern).read(text, POINT) == null);
    return all;
  }

  private static final NumberStyle POINT = new NumberStyle('.', NumberStyle.NONE);

  /** Whether a text is a time, or that of a day without the day. */
  static boolean isTime(String text) {
    return CLOCK.matcher(text).matches() || !patterns(text).isEmpty();
  }

  private static final Pattern CLOCK =
      Pattern.compile("\\d{1,2}:[0-5]\\d(?::[0-5]\\d(?:[.,]\\d{1,9})?)?(?: ?[AaPp][Mm])?");

  /** Digits only: 201412, 2014123123, 201412312359, 20141231235959. */
  private static void compact(String text, List<String> all) {
    if (text.matches("(19|20)\\d{4}|(19|20)\\d{8}|(19|20)\\d{10}|(19|20)\\d{12}")) {
      all.add("yyyyMMddHHmmss".substring(0, text.length()));
    }
  }

  private static List<String> dates(String date) {
    Matcher words =
        Pattern.compile("(\\d+)?([- ]?)([A-Za-z]+)([- ]?)(\\d+)?(, ?)?(\\d+)?").matcher(date);
    if (words.matches()) {
      String month = words.group(3).length() > 3 ? "MMMM" : "MMM";
      if (words.group(7) != null) {
        return List.of(month + " " + day(words.group(5)) + words.group(6) + "yyyy");
      }
      String year = words.group(5).length() == 2 ? "yy" : "yyyy";
      return List.of(
          (words.group(1) == null ? "" : day(words.group(1)) + words.group(2))
              + month
              + words.group(4)
              + year);
    }
    if (date.length() == 8 && date.chars().allMatch(Character::isDigit)) {
      return date.startsWith("19") || date.startsWith("20") ? List.of("yyyyMMdd") : List.of();
    }
    String[] numbers = date.split("[-/.]", -1);
    char gap = date.charAt(numbers[0].length());
    boolean padded =
        date.chars().filter(Character::isDigit).count() % 2 == 0 && numbers[1].length() == 2;
    String d = padded ? "dd" : "d";
    String m = padded ? "MM" : "M";
    if (numbers.length == 2) {
      return List.of("yyyy" + gap + "MM");
    }
    if (numbers[0].length() == 4) {
      return List.of("yyyy" + gap + m + gap + d);
    }
    String y = numbers[2].length() == 2 ? "yy" : "yyyy";
    List<String> all = new ArrayList<>();
    all.add(d + gap + m + gap + y);
    if (gap != '.') { // with points the day comes first
      all.add(m + gap + d + gap + y);
    }
    if (gap != '.' && y.equals("yy")) {
      all.add(y + gap + m + gap + d);
    }
    return all;
  }

  private static String day(String digits) {
    return digits.length() == 1 ? "d" : "dd";
  }

  /** The time and the zone. */
  private static String rest(Matcher parts) {
    StringBuilder s = new StringBuilder();
    String time = parts.group("time");
    if (time != null) {
      String gap = parts.group("gap");
      s.append(gap.equals("T") ? "'T'" : gap);
      char hour = parts.group("half") == null ? 'H' : 'h';
      String[] units = time.split(":", -1);
      s.append(hour);
      if (units[0].length() >= 2) {
        s.append(hour);
      }
      if (units.length == 1 && time.length() > 2) {
        s.append("mmss", 0, time.length() - 2);
      }
      if (units.length > 1) {
        s.append(":mm");
      }
      if (units.length > 2) {
        s.append(":ss");
        String fraction = units[2].substring(2);
        if (!fraction.isEmpty()) {
          s.append(fraction.charAt(0)).append("S".repeat(fraction.length() - 1));
        }
      }
      if (hour == 'h') {
        s.append(parts.group("half").startsWith(" ") ? " a" : "a");
      }
    }
    zone(parts.group("zone"), s);
    return s.toString();
  }

  private static void zone(String zone, StringBuilder s) {
    if (zone == null) {
      return;
    }
    String offset = zone;
    if (offset.startsWith(" ")) {
      s.append(' ');
      offset = offset.substring(1);
    }
    int region = offset.indexOf('[');
    if (region >= 0) {
      offset = offset.substring(0, region);
    }
    switch (offset.charAt(0)) {
      case 'Z' -> s.append("XXX");
      case 'U', 'G' -> s.append("VV");
      default -> s.append(offset.length() == 3 ? "x" : offset.length() == 5 ? "xx" : "xxx");
    }
    if (region >= 0) {
      s.append("'['VV']'");
    }
  }
}
