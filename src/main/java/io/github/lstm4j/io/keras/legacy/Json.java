package io.github.lstm4j.io.keras.legacy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values of JSON, taken as what they should be: whoever reads them later says what is wrong. */
final class Json {
  private Json() {}

  /** An object's fields; none if it is no object. */
  @SuppressWarnings("unchecked") // JSON's keys are texts
  static Map<String, Object> map(Object value) {
    return value instanceof Map<?, ?> m ? (Map<String, Object>) m : Map.of();
  }

  /** A copy that can be changed. */
  static Map<String, Object> copy(Object value) {
    return new LinkedHashMap<>(map(value));
  }

  /** A list's items; none if it is no list. */
  static List<Object> list(Object value) {
    return value instanceof List<?> l ? new ArrayList<>(l) : List.of();
  }

  /** Gives a field another name, if it is there. */
  static void rename(Map<String, Object> config, String from, String to) {
    if (config.containsKey(from)) {
      Object value = config.remove(from);
      config.putIfAbsent(to, value);
    }
  }

  /** Takes a field out if it asks for nothing. */
  static void drop(Map<String, Object> config, String name, Object... neutral) {
    Object value = config.get(name);
    boolean nothing = value == null;
    for (Object n : neutral) {
      nothing |= n.equals(value);
    }
    if (nothing) {
      config.remove(name);
    }
  }
}
