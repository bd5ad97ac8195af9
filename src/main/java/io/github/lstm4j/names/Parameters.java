package io.github.lstm4j.names;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * The parameters of what Keras knows by the name of a class, as a regularizer, with their defaults.
 */
public final class Parameters {
  private final String className;
  private final Map<String, Object> usual;

  /** Looks at a parameter's value. */
  @FunctionalInterface
  public interface Check {
    /** What is kept of it; or throws, see {@link #wrong}. */
    Object kept(String name, Object value);
  }

  private Parameters(String className, Map<String, Object> usual) {
    this.className = className;
    this.usual = usual;
  }

  /**
   * Of a class.
   *
   * @param className Keras's name; empty for what is not known
   * @param usual each parameter's name, and its default behind it
   */
  public static Parameters of(String className, Object... usual) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (int i = 0; i < usual.length; i += 2) {
      all.put((String) usual[i], usual[i + 1]);
    }
    return new Parameters(className, all);
  }

  /** The class's name in Keras. */
  public String className() {
    return className;
  }

  /**
   * All parameters: those that are given, and the others' defaults.
   *
   * @throws IllegalArgumentException if there is no such parameter, or it is refused
   */
  public Map<String, Object> with(Map<String, Object> given, Check check) {
    Map<String, Object> all = new LinkedHashMap<>(usual);
    given.forEach(
        (name, value) -> {
          if (!all.containsKey(name)) {
            throw wrong(name, "no such parameter; there are " + usual.keySet());
          }
          all.put(name, check.kept(name, value));
        });
    return Collections.unmodifiableMap(all);
  }

  /** That a parameter's value is of the wrong kind. */
  public IllegalArgumentException wrong(String parameter, String expected, Object got) {
    return wrong(parameter, "expected " + expected + ", got " + got);
  }

  private IllegalArgumentException wrong(String parameter, String why) {
    return new IllegalArgumentException(className + ": " + parameter + ": " + why);
  }

  /** 0.05f as 0.05, as files say it, not as 0.05000000074505806. */
  public static double decimal(float value) {
    return Float.isFinite(value) ? Double.parseDouble(Float.toString(value)) : value;
  }

  /**
   * The one of a name, which may be that of the class or in snake case: {@code GlorotUniform},
   * {@code glorot_uniform}.
   *
   * @param what they are: {@code initializer}
   * @param others names that Keras has beside the class's, in lower case and without {@code _}
   * @throws IllegalArgumentException if there is none; lists all
   */
  public static <K> K find(
      String what, String name, List<K> kinds, Function<K, Parameters> of, Map<String, K> others) {
    String wanted = plain(Names.given(what, name));
    List<String> names = new ArrayList<>();
    for (K kind : kinds) {
      String className = of.apply(kind).className;
      if (className.isEmpty()) {
        continue;
      }
      if (plain(className).equals(wanted)) {
        return kind;
      }
      names.add(className);
    }
    if (others.containsKey(wanted)) {
      return others.get(wanted);
    }
    throw Names.unknown(what, name, names);
  }

  private static String plain(String name) {
    return name.replace("_", "").toLowerCase(Locale.ROOT);
  }
}
