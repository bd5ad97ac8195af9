package io.github.lstm4j.layers;

import io.github.lstm4j.io.Printable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** How Keras makes names from class names: {@code keras/src/utils/naming.py}. */
public final class KerasNames {
  private static final Pattern NO_WORD = Pattern.compile("\\W+");
  private static final Pattern BEFORE_WORD = Pattern.compile("(.)([A-Z][a-z]+)");
  private static final Pattern BETWEEN = Pattern.compile("([a-z])([A-Z])");

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
   * time_distributed}, {@code RMSprop} is {@code rm_sprop}.
   */
  public static String snakeCase(String className) {
    String name = NO_WORD.matcher(className).replaceAll("");
    name = BEFORE_WORD.matcher(name).replaceAll("$1_$2");
    return BETWEEN.matcher(name).replaceAll("$1_$2").toLowerCase(Locale.ROOT);
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
