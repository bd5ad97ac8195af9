package io.github.lstm4j.constraints;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.names.Parameters;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
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

    @SuppressWarnings("ImmutableEnumChecker") // it does not change
    private final Parameters parameters;

    Kind(String className, Object... usual) {
      parameters = Parameters.of(className, usual);
    }

    /** The class's name in Keras. */
    public String className() {
      return parameters.className();
    }
  }

  /** Keras's fuzz factor ε. */
  private static final float EPSILON = 1e-7f;

  private static final String AXIS = "axis";
  private static final String ENTRY = "constraint";

  /** Checks the parameters; what is missing has Keras's default. */
  public Constraint {
    config = kind.parameters.with(config, (name, value) -> checked(kind, name, value));
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
        throw kind.parameters.wrong(name, "an axis or a list of axes", value);
      }
      return axes ? List.copyOf((List<?>) value) : value;
    }
    if (!(value instanceof Number n) || !Float.isFinite(n.floatValue())) {
      throw kind.parameters.wrong(name, "a number", value);
    }
    return n.doubleValue();
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
    return new Constraint(
        Kind.MAX_NORM, Map.of("max_value", Parameters.decimal(maxValue), AXIS, axis(axes)));
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
            Parameters.decimal(minValue),
            "max_value",
            Parameters.decimal(maxValue),
            "rate",
            Parameters.decimal(rate),
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
    List<Kind> kinds = List.of(Kind.values());
    return new Constraint(Parameters.find(ENTRY, name, kinds, k -> k.parameters, Map.of()), config);
  }

  /** Of {@link Kind#UNKNOWN}: what the file says. */
  public Object entry() {
    return config.get(ENTRY);
  }

  private List<Integer> axes() {
    Object axis = config.getOrDefault(AXIS, List.of());
    List<Integer> axes = new ArrayList<>();
    (axis instanceof List<?> list ? list : List.of(axis)).forEach(a -> axes.add((Integer) a));
    return axes;
  }

  /**
   * Checks that it can be of a weight of that shape.
   *
   * @param what names the weight in errors
   * @throws IllegalArgumentException if it has no such axis
   */
  public void requireFits(String what, Shape shape) {
    for (int axis : axes()) {
      if (axis < -shape.rank() || axis >= shape.rank()) {
        throw new IllegalArgumentException(
            what + " " + shape + ": " + kind.className() + ": there is no axis " + axis);
      }
    }
  }

  /**
   * Writes where a weight is moved.
   *
   * @return null if it stays
   */
  public Value apply(Graph graph, Value w, String name) {
    if (kind == Kind.UNKNOWN) {
      return null;
    }
    if (kind == Kind.NON_NEG) {
      return graph.binary(Combine.MAX, w, graph.constant(0), name);
    }
    Value sum = graph.unary(Unary.SQUARE, w, name + ".squares");
    for (int axis : axes()) {
      sum = graph.reduce(Reduction.SUM, sum, axis, true, name + ".sum");
    }
    Value norm = graph.unary(Unary.SQRT, sum, name + ".norm");
    Value shifted = graph.affine(1, norm, EPSILON, name + ".shifted");
    if (kind == Kind.UNIT_NORM) {
      return graph.binary(Combine.DIV, w, shifted, name);
    }
    Value factor = graph.binary(Combine.DIV, desired(graph, norm, name), shifted, name + ".factor");
    return graph.binary(Combine.MUL, w, factor, name);
  }

  private Value desired(Graph graph, Value norm, String name) {
    float low = kind == Kind.MIN_MAX_NORM ? number("min_value") : 0;
    Value least = graph.binary(Combine.MAX, norm, graph.constant(low), name + ".least");
    Value clipped =
        graph.binary(Combine.MIN, least, graph.constant(number("max_value")), name + ".clipped");
    float rate = kind == Kind.MIN_MAX_NORM ? number("rate") : 1;
    if (rate == 1) {
      return clipped;
    }
    return graph.binary(
        Combine.SUM,
        graph.scale(rate, clipped, name + ".new"),
        graph.scale(1 - rate, norm, name + ".old"),
        name + ".desired");
  }

  private float number(String parameter) {
    return ((Number) config.get(parameter)).floatValue();
  }
}
