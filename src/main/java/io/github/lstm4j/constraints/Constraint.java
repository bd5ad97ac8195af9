package io.github.lstm4j.constraints;

import io.github.lstm4j.names.Names;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where a weight must stay: after each training step it is moved there. Keras 3's constraints
 * (keras/src/constraints).
 *
 * @param kind the formula
 * @param config its parameters by Keras's names, {@code {"max_value": 2.0, "axis": 0}}; of {@link
 *     Kind#UNKNOWN} what a file says, as {@code "constraint"}
 */
public record Constraint(Kind kind, Map<String, Object> config) {
  /**
   * The formulas. {@code ‖w‖} is the Euclidean norm along {@code axis}, one axis or a list of
   * several; of a kernel (features, units) along axis 0 it is that of what goes into a unit.
   */
  public enum Kind {
    /** {@code w·min(‖w‖, max_value)/(ε + ‖w‖)}. */
    MAX_NORM("MaxNorm", "max_value", 2.0, AXIS, 0),
    /** {@code max(w, 0)}. */
    NON_NEG("NonNeg"),
    /** {@code w/(ε + ‖w‖)}. */
    UNIT_NORM("UnitNorm", AXIS, 0),
    /**
     * {@code w·(rate·clip(‖w‖, min_value, max_value) + (1 − rate)·‖w‖)/(ε + ‖w‖)}: with a rate
     * below 1 it nears the bounds step by step.
     */
    MIN_MAX_NORM("MinMaxNorm", "min_value", 0.0, "max_value", 1.0, "rate", 1.0, AXIS, 0),
    /** One that a file names and that is not known here: kept, so that it can be written again. */
    UNKNOWN("", ENTRY, null);

    private final String className;

    @SuppressWarnings("ImmutableEnumChecker") // unmodifiable
    private final Map<String, Object> usual;

    Kind(String className, Object... usual) {
      this.className = className;
      Map<String, Object> all = new LinkedHashMap<>();
      for (int i = 0; i < usual.length; i += 2) {
        all.put((String) usual[i], usual[i + 1]);
      }
      this.usual = Collections.unmodifiableMap(all);
    }

    /** The class's name in Keras. */
    public String className() {
      return className;
    }
  }

  private static final String AXIS = "axis";
  private static final String ENTRY = "constraint";

  /** Checks the parameters; what is missing has Keras's default. */
  public Constraint {
    Map<String, Object> all = new LinkedHashMap<>(kind.usual);
    for (Map.Entry<String, Object> given : config.entrySet()) {
      if (!all.containsKey(given.getKey())) {
        throw new IllegalArgumentException(
            kind.className
                + ": "
                + given.getKey()
                + ": no such parameter; there are "
                + kind.usual.keySet());
      }
      all.put(given.getKey(), checked(kind, given.getKey(), given.getValue()));
    }
    config = Collections.unmodifiableMap(all);
  }

  private static Object checked(Kind kind, String name, Object value) {
    if (name.equals(ENTRY)) {
      return value;
    }
    if (name.equals(AXIS)) {
      boolean axes =
          value instanceof List<?> list
              && !list.isEmpty()
              && list.stream().allMatch(Integer.class::isInstance);
      if (!(value instanceof Integer) && !axes) {
        throw wrong(kind, name, "an axis or a list of axes", value);
      }
      return axes ? List.copyOf((List<?>) value) : value;
    }
    if (!(value instanceof Number n) || !Float.isFinite(n.floatValue())) {
      throw wrong(kind, name, "a number", value);
    }
    return n.doubleValue();
  }

  private static IllegalArgumentException wrong(
      Kind kind, String parameter, String expected, Object got) {
    return new IllegalArgumentException(
        kind.className + ": " + parameter + ": expected " + expected + ", got " + got);
  }

  /**
   * No norm above {@code maxValue}.
   *
   * <pre>{@code
   * new LSTM(8).recurrentConstraint(Constraint.maxNorm(3, 0));
   * }</pre>
   *
   * @param axes along which the norm is taken; 0 for each column of a kernel
   */
  public static Constraint maxNorm(float maxValue, int... axes) {
    return new Constraint(Kind.MAX_NORM, Map.of("max_value", decimal(maxValue), AXIS, axis(axes)));
  }

  /** Nothing below 0. */
  public static Constraint nonNeg() {
    return new Constraint(Kind.NON_NEG, Map.of());
  }

  /** All norms 1; axes as of {@link #maxNorm}. */
  public static Constraint unitNorm(int... axes) {
    return new Constraint(Kind.UNIT_NORM, Map.of(AXIS, axis(axes)));
  }

  /**
   * All norms between two bounds.
   *
   * @param rate how far a step goes to them, mostly 1: all the way
   * @param axes as of {@link #maxNorm}
   */
  public static Constraint minMaxNorm(float minValue, float maxValue, float rate, int... axes) {
    return new Constraint(
        Kind.MIN_MAX_NORM,
        Map.of(
            "min_value",
            decimal(minValue),
            "max_value",
            decimal(maxValue),
            "rate",
            decimal(rate),
            AXIS,
            axis(axes)));
  }

  /**
   * One that a file names and that is not known here. It moves nothing.
   *
   * @param entry what the file says, to be written again
   */
  public static Constraint unknown(Object entry) {
    return new Constraint(Kind.UNKNOWN, Collections.singletonMap(ENTRY, entry));
  }

  private static Object axis(int... axes) {
    if (axes.length == 0) {
      return 0; // Keras's default
    }
    return axes.length == 1 ? (Object) axes[0] : Arrays.stream(axes).boxed().toList();
  }

  /** 0.05f as 0.05, not as 0.05000000074505806. */
  private static double decimal(float value) {
    return Float.isFinite(value) ? Double.parseDouble(Float.toString(value)) : value;
  }

  /**
   * The constraint of that Keras name, {@code max_norm} or {@code MaxNorm}, with Keras's default
   * parameters.
   *
   * @throws IllegalArgumentException if there is none; the message lists all
   */
  public static Constraint of(String name) {
    return of(name, Map.of());
  }

  /**
   * The constraint of that Keras name with these parameters by Keras's names; what is missing has
   * Keras's default.
   *
   * @throws IllegalArgumentException if there is none, or it has no such parameter, or not with
   *     that value
   */
  public static Constraint of(String name, Map<String, Object> config) {
    String wanted = Names.given(ENTRY, name).replace("_", "").toLowerCase(Locale.ROOT);
    List<String> names = new ArrayList<>();
    for (Kind k : Kind.values()) {
      if (k == Kind.UNKNOWN) {
        continue;
      }
      if (k.className.toLowerCase(Locale.ROOT).equals(wanted)) {
        return new Constraint(k, config);
      }
      names.add(k.className);
    }
    throw Names.unknown(ENTRY, name, names);
  }

  /** Of {@link Kind#UNKNOWN}: what the file says. */
  public Object entry() {
    return config.get(ENTRY);
  }

  private float number(String parameter) {
    return ((Number) config.get(parameter)).floatValue();
  }
}
