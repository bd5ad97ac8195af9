package io.github.lstm4j.layers;

import io.github.lstm4j.io.Printable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How Keras makes names from class names: {@code keras/src/utils/naming.py}. */
public final class KerasNames {
  private KerasNames() {}

  /**
   * A name that Keras takes, and that its files can hold.
   *
   * @param what is named, for errors
   * @throws IllegalArgumentException if it is null or blank, or has a slash, which would be a path
   *     in the file, or a control character
   */
  public static String checked(String what, String name) {
    if (name == null || name.isBlank()) {
      throw new IllegalArgumentException(
          what + ": a name must not be blank, got " + Printable.quoted(name));
    }
    if (name.indexOf('/') >= 0 || name.codePoints().anyMatch(KerasNames::isNoText)) {
      throw new IllegalArgumentException(
          what
              + ": a name must have no '/', which Keras refuses, and no control characters, got "
              + Printable.quoted(name));
    }
    return name;
  }

  private static boolean isNoText(int c) {
    return Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE; // half of one
  }

  /**
   * A class name in snake case: {@code LSTM} is {@code lstm}, {@code TimeDistributed} is {@code
   * time_distributed}, {@code RMSprop} is {@code rm_sprop}: a line before each capital that a small
   * letter comes before or after, and what is no ASCII letter, digit or line left out.
   */
  public static String snakeCase(String className) {
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < className.length(); i++) {
      char c = className.charAt(i);
      if (isUpper(c) || isLower(c) || (c >= '0' && c <= '9') || c == '_') {
        word.append(c);
      }
    }
    for (int i = word.length() - 1; i > 0; i--) {
      boolean ofLower = i + 1 < word.length() && isLower(word.charAt(i + 1));
      if (isUpper(word.charAt(i)) && (ofLower || isLower(word.charAt(i - 1)))) {
        word.insert(i, '_');
      }
    }
    return word.toString().toLowerCase(Locale.ROOT);
  }

  private static boolean isUpper(char c) {
    return c >= 'A' && c <= 'Z';
  }

  private static boolean isLower(char c) {
    return c >= 'a' && c <= 'z';
  }

  /**
   * The groups under which Keras stores the weights of layers of these classes, in the model's
   * order: {@code [LSTM, Dense, LSTM]} gives {@code [lstm, dense, lstm_1]}. A layer's own name
   * plays no part in it, and an input layer has no group.
   */
  public static List<String> uniqueNames(List<String> classNames) {
    Map<String, Integer> used = new HashMap<>();
    List<String> names = new ArrayList<>();
    for (String className : classNames) {
      String name = snakeCase(className);
      int earlier = used.merge(name, 1, Integer::sum) - 1;
      names.add(earlier == 0 ? name : name + "_" + earlier);
    }
    return List.copyOf(names);
  }
}
