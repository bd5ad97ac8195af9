package io.github.lstm4j.names;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What to say to somebody who calls a thing by a name that it has not. */
public final class Names {
  private Names() {}

  /**
   * That there is no such thing: {@code no loss is called 'msee'; did you mean 'mse'? there are
   * mse, mae, …}.
   *
   * @param kind what it should be: {@code loss}
   * @param wanted what it was called; fit to be shown
   * @param known what there is, in the order in which it is listed
   */
  public static IllegalArgumentException unknown(
      String kind, String wanted, Collection<String> known) {
    return new IllegalArgumentException(
        "no " + kind + " is called '" + wanted + "'; " + thereAre(wanted, known));
  }

  /**
   * A name that was given.
   *
   * @param kind of what: {@code loss}
   * @throws IllegalArgumentException if it is null
   */
  public static String given(String kind, String name) {
    return Arguments.given(
        "the name of " + ("aeiou".indexOf(kind.charAt(0)) < 0 ? "a " : "an ") + kind, name);
  }

  /**
   * The constant of a name, which is in lower case as Keras writes it: {@code channels_last}.
   *
   * @param kind of what: {@code padding}
   * @throws IllegalArgumentException if there is none; lists those that there are
   */
  public static <E extends Enum<E>> E choice(String kind, String name, Class<E> type) {
    List<String> known = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      known.add(constant.name().toLowerCase(Locale.ROOT));
    }
    int at = known.indexOf(given(kind, name));
    if (at < 0) {
      throw unknown(kind, name, known);
    }
    return type.getEnumConstants()[at];
  }

  /** {@code TEMPP; did you mean 'TEMP'? there are TEMP, pm2.5, …}. */
  public static String missing(String wanted, Collection<String> known) {
    return wanted + "; " + thereAre(wanted, known);
  }

  /** {@code did you mean 'mse'? there are mse, mae, …}, the first part only where one is near. */
  public static String thereAre(String wanted, Collection<String> known) {
    return nearest(wanted, known).map(near -> "did you mean '" + near + "'? ").orElse("")
        + "there are "
        + String.join(", ", known);
  }

  /**
   * The one that was probably meant: spelled alike but for case, {@code _}, {@code -} and spaces,
   * or with few letters wrong, missing, too many or swapped.
   */
  public static Optional<String> nearest(String wanted, Collection<String> known) {
    String plain = plain(wanted);
    String nearest = null;
    int least = Integer.MAX_VALUE;
    for (String name : known) {
      String other = plain(name);
      int most = mostWrong(Math.min(plain.length(), other.length()));
      if (Math.abs(plain.length() - other.length()) > most) {
        continue; // so many letters are missing at least; a name may be very long
      }
      int distance = distance(plain, other);
      if (distance < least && distance <= most) {
        nearest = name;
        least = distance;
      }
    }
    return Optional.ofNullable(nearest);
  }

  /** Of short names a letter may be wrong, of longer ones a third. */
  private static int mostWrong(int length) {
    return length < 2 ? 0 : Math.max(1, length / 3);
  }

  private static String plain(String name) {
    return name.replaceAll("[_\\-\\s]", "").toLowerCase(Locale.ROOT);
  }

  /** Letters to change, insert, leave out, or swap with their neighbours (optimal alignment). */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(d[i - 1][j - 1] + change, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
