package io.github.lstm4j.callbacks;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of files with fields of Python's {@code str.format} in them: {@code
 * w.{epoch:02d}-{val_loss:.2f}.keras}. A field is a key, and behind a colon how its value is
 * written: a sign, {@code 0}, a width, a precision and one of d, f, F, e, E, g, G, %; a literal
 * brace is doubled. The rest of Python's language is refused. Source: <a
 * href="https://docs.python.org/3/library/string.html#formatspec">Format Specification
 * Mini-Language</a>.
 */
final class FileNames {
  private static final Pattern PIECE =
      Pattern.compile("\\{\\{|}}|\\{([^{}:]*)(?::([^{}]*))?}|[{}]");
  private static final Pattern SPEC =
      Pattern.compile("([-+ ]?)(0?)([1-9]\\d?)?(?:\\.(\\d{1,2}))?([dfFeEgG%]?)");
  private static final String EPOCH = "epoch";

  private final String owner;
  private final String pattern;
  private final List<Piece> pieces = new ArrayList<>();

  /** Text, or where {@code key} is not null a field. */
  private record Piece(String text, String key, Matcher spec) {}

  /**
   * @throws IllegalArgumentException if a field is not of the kind above
   */
  FileNames(String owner, String pattern) {
    this.owner = owner;
    this.pattern = pattern;
    Matcher m = PIECE.matcher(pattern);
    int at = 0;
    while (m.find()) {
      pieces.add(new Piece(pattern.substring(at, m.start()), null, null));
      at = m.end();
      String piece = m.group();
      if (piece.equals("{{") || piece.equals("}}")) {
        pieces.add(new Piece(piece.substring(1), null, null));
      } else if (piece.length() == 1) {
        throw wrong("a single '" + piece + "'; write it twice for a brace in the name");
      } else {
        pieces.add(field(piece, m.group(1), m.group(2)));
      }
    }
    pieces.add(new Piece(pattern.substring(at), null, null));
  }

  private Piece field(String field, String key, String spec) {
    Matcher m = SPEC.matcher(spec == null ? "" : spec);
    if (!m.matches()) {
      throw wrong(
          "the format of " + field + " is not supported; use one like 02d, .2f, .3e, .4g or .1%");
    }
    boolean whole = key.equals(EPOCH);
    if (m.group(5).equals("d") && (!whole || m.group(4) != null)) {
      throw wrong(field + ": d is for the epoch, and has no precision; use one like .2f");
    }
    if (m.group(5).isEmpty() && m.group(4) != null) {
      throw wrong(field + ": a precision needs one of f, e, g and % behind it");
    }
    return new Piece(field, key, m);
  }

  private IllegalArgumentException wrong(String what) {
    return new IllegalArgumentException(owner + ": the file's name " + pattern + ": " + what);
  }

  /**
   * @throws IllegalArgumentException if a field's key is none of those
   */
  void requireKeys(Set<String> keys) {
    for (Piece p : pieces) {
      if (p.key != null && !p.key.equals(EPOCH) && !keys.contains(p.key)) {
        throw wrong(
            "there is no value for " + p.text + "; there are epoch and " + String.join(", ", keys));
      }
    }
  }

  /** Whether all epochs have the same name. */
  boolean isConstant() {
    return pieces.stream().allMatch(p -> p.key == null);
  }

  /**
   * The name for an epoch.
   *
   * @param epoch counted from 1
   */
  String name(int epoch, Map<String, Double> logs) {
    StringBuilder name = new StringBuilder();
    for (Piece p : pieces) {
      if (p.key == null) {
        name.append(p.text);
      } else {
        boolean whole = p.key.equals(EPOCH);
        name.append(text(p.spec, whole ? epoch : logs.get(p.key), whole));
      }
    }
    return name.toString();
  }

  private static String text(Matcher spec, double value, boolean whole) {
    String type = spec.group(5);
    String digits;
    if (whole && (type.isEmpty() || type.equals("d"))) {
      digits = Long.toString((long) value);
    } else if (!Double.isFinite(value)) {
      digits = Double.isNaN(value) ? "nan" : "inf";
    } else {
      digits = digits(type, Math.abs(value), spec.group(4));
    }
    digits = type.equals("%") && !Double.isFinite(value) ? digits + "%" : digits;
    digits = "FEG".contains(type) && !type.isEmpty() ? digits.toUpperCase(Locale.ROOT) : digits;
    boolean negative = value < 0 || (value == 0 && 1 / value < 0);
    String sign = negative ? "-" : spec.group(1).replace("-", "");
    int width = spec.group(3) == null ? 0 : Integer.parseInt(spec.group(3));
    int fill = Math.max(0, width - sign.length() - digits.length());
    return spec.group(2).isEmpty()
        ? " ".repeat(fill) + sign + digits
        : sign + "0".repeat(fill) + digits;
  }

  private static String digits(String type, double value, String given) {
    int precision = given == null ? 6 : Integer.parseInt(given);
    BigDecimal exact = new BigDecimal(value);
    return switch (type.toLowerCase(Locale.ROOT)) {
      case "f" -> exact.setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
      case "%" -> digits("f", value * 100, given) + "%";
      case "e" -> scientific(rounded(exact, precision + 1), precision + 1);
      case "g" -> {
        int significant = Math.max(precision, 1);
        yield general(rounded(exact, significant), significant, false);
      }
      default -> general(new BigDecimal(Double.toString(value)), 16, true);
    };
  }

  private static BigDecimal rounded(BigDecimal exact, int significant) {
    return exact.round(new MathContext(significant, RoundingMode.HALF_EVEN));
  }

  private static int exponent(BigDecimal v) {
    return v.signum() == 0 ? 0 : v.precision() - v.scale() - 1;
  }

  /** With or without an exponent, whichever is usual; without zeros at the end. */
  private static String general(BigDecimal v, int significant, boolean point) {
    BigDecimal shortest = v.signum() == 0 ? BigDecimal.ZERO : v.stripTrailingZeros();
    int exponent = exponent(v);
    if (exponent < -4 || exponent >= significant) {
      return scientific(shortest, shortest.precision());
    }
    String plain = shortest.toPlainString();
    return point && !plain.contains(".") ? plain + ".0" : plain;
  }

  private static String scientific(BigDecimal v, int significant) {
    String digits = v.unscaledValue().toString();
    digits = (digits + "0".repeat(Math.max(0, significant - digits.length())));
    digits = digits.substring(0, significant);
    int exponent = exponent(v);
    return digits.charAt(0)
        + (significant > 1 ? "." + digits.substring(1) : "")
        + String.format(Locale.ROOT, "e%c%02d", exponent < 0 ? '-' : '+', Math.abs(exponent));
  }
}
