package io.github.lstm4j.regularizers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.names.Parameters;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * A penalty that a weight, or a layer's output, adds to the loss: Keras 3's regularizers
 * (keras/src/regularizers).
 *
 * @param kind the formula
 * @param config its parameters by Keras's names, {@code {"l2": 0.01}}; of {@link Kind#UNKNOWN} what
 *     a file says, as {@code "regularizer"}
 */
public record Regularizer(Kind kind, Map<String, Object> config) {
  /** The formulas, of a tensor w. */
  public enum Kind {
    /** {@code l1·Σ|w|}. */
    L1("L1", "l1", 0.01),
    /** {@code l2·Σw²}. */
    L2("L2", "l2", 0.01),
    /** {@code l1·Σ|w| + l2·Σw²}. */
    L1L2("L1L2", "l1", 0.0, "l2", 0.0),
    /**
     * {@code factor} times the mean of |cosine| over all pairs of rows (or of columns, by {@code
     * mode}) of a matrix: 0 if they are orthogonal.
     */
    ORTHOGONAL("OrthogonalRegularizer", "factor", 0.01, MODE, ROWS),
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

  private static final String MODE = "mode";
  private static final String ROWS = "rows";
  private static final String COLUMNS = "columns";
  private static final String ENTRY = "regularizer";

  /** Checks the parameters; what is missing has Keras's default. */
  public Regularizer {
    config = kind.parameters.with(config, (name, value) -> checked(kind, name, value));
  }

  private static Object checked(Kind kind, String name, Object value) {
    if (name.equals(ENTRY)) {
      return value;
    }
    if (name.equals(MODE)) {
      if (!List.of(ROWS, COLUMNS).contains(value)) {
        throw kind.parameters.wrong(name, "rows or columns", value);
      }
      return value;
    }
    if (!(value instanceof Number n) || !Float.isFinite(n.floatValue()) || n.doubleValue() < 0) {
      throw kind.parameters.wrong(name, "a number of at least 0", value);
    }
    return n.doubleValue();
  }

  /**
   * The sum of absolute values, times a factor of at least 0; draws weights to exactly 0.
   *
   * <pre>{@code
   * new Dense(3).kernelRegularizer(Regularizer.l1(0.001f));
   * }</pre>
   */
  public static Regularizer l1(float l1) {
    return new Regularizer(Kind.L1, Map.of("l1", Parameters.decimal(l1)));
  }

  /** The sum of squares, times a factor of at least 0. */
  public static Regularizer l2(float l2) {
    return new Regularizer(Kind.L2, Map.of("l2", Parameters.decimal(l2)));
  }

  /** Both; each factor at least 0. */
  public static Regularizer l1l2(float l1, float l2) {
    return new Regularizer(
        Kind.L1L2, Map.of("l1", Parameters.decimal(l1), "l2", Parameters.decimal(l2)));
  }

  /**
   * How far rows or columns of a matrix are from being orthogonal.
   *
   * @param factor at least 0
   * @param mode {@code rows} or {@code columns}
   */
  public static Regularizer orthogonal(float factor, String mode) {
    return new Regularizer(
        Kind.ORTHOGONAL, Map.of("factor", Parameters.decimal(factor), MODE, mode));
  }

  /**
   * One that a file names and that is not known here. It costs nothing.
   *
   * @param entry what the file says, to be written again
   */
  public static Regularizer unknown(Object entry) {
    return new Regularizer(Kind.UNKNOWN, Collections.singletonMap(ENTRY, entry));
  }

  /**
   * The regularizer of that Keras name, {@code l2} or {@code L2}, with Keras's default parameters.
   *
   * @throws IllegalArgumentException if there is none; the message lists all
   */
  public static Regularizer of(String name) {
    return of(name, Map.of());
  }

  /**
   * The regularizer of that Keras name with these parameters by Keras's names; what is missing has
   * Keras's default.
   *
   * @throws IllegalArgumentException if there is none, or it has no such parameter, or not with
   *     that value
   */
  public static Regularizer of(String name, Map<String, Object> config) {
    List<Kind> kinds = List.of(Kind.values());
    return new Regularizer(
        Parameters.find(ENTRY, name, kinds, k -> k.parameters, Map.of()), config);
  }

  /** Of {@link Kind#UNKNOWN}: what the file says. */
  public Object entry() {
    return config.get(ENTRY);
  }

  /**
   * Checks that it can be of a tensor of that shape.
   *
   * @param what names the tensor in errors
   * @throws IllegalArgumentException if it cannot
   */
  public void requireFits(String what, Shape shape) {
    if (kind == Kind.ORTHOGONAL && shape.rank() != 2) {
      throw new IllegalArgumentException(
          what + ": OrthogonalRegularizer expects a matrix, got " + shape + "; use l1 or l2");
    }
  }

  /**
   * Writes the penalty for a value: a number of shape ().
   *
   * @return null if it costs nothing
   */
  public Value penalty(Graph graph, Value x, String name) {
    return switch (kind) {
      case L1 -> sum(graph, Unary.ABS, number("l1"), x, name);
      case L2 -> sum(graph, Unary.SQUARE, number("l2"), x, name);
      case L1L2 -> {
        Value l1 = sum(graph, Unary.ABS, number("l1"), x, name + ".l1");
        Value l2 = sum(graph, Unary.SQUARE, number("l2"), x, name + ".l2");
        yield l1 == null ? l2 : l2 == null ? l1 : graph.binary(Combine.SUM, l1, l2, name);
      }
      case ORTHOGONAL -> orthogonal(graph, x, name);
      case UNKNOWN -> null;
    };
  }

  /** {@code factor·Σ of(x)}; null for a factor of 0. */
  private static Value sum(Graph graph, Unary of, float factor, Value x, String name) {
    if (factor == 0) {
      return null;
    }
    Value each = graph.unary(of, x, name + ".each");
    Value flat = graph.reshape(each, Shape.of(x.size()), name + ".flat");
    Value sum = graph.reduce(Reduction.SUM, flat, 0, false, name + ".sum");
    return graph.scale(factor, sum, name);
  }

  private Value orthogonal(Graph graph, Value x, String name) {
    boolean rows = config.get(MODE).equals(ROWS);
    int n = x.dim(rows ? 0 : 1);
    if (n < 2) {
      return null; // no pair; Keras has 0/0
    }
    Value squares = graph.unary(Unary.SQUARE, x, name + ".squares");
    Value norms = graph.reduce(Reduction.SUM, squares, rows ? 1 : 0, true, name + ".norms");
    Value inverse = graph.unary(Unary.RSQRT, norms, name + ".inverse");
    // one over ε at most, as Keras's normalize
    Value limited = graph.binary(Combine.MIN, inverse, graph.constant(1e7f), name + ".limited");
    Value unit = graph.binary(Combine.MUL, x, limited, name + ".unit");
    Value matrix = graph.reshape(unit, Shape.of(1, x.dim(0), x.dim(1)), name + ".matrix");
    Value cosines = graph.batchMatMul(matrix, matrix, !rows, rows, name + ".cosines");
    Tensor pairs = Tensor.zeros(1, n, n);
    for (int i = 0; i < n * n; i++) {
      pairs.data()[i] = i % (n + 1) == 0 ? 0 : 1;
    }
    Value others =
        graph.binary(
            Combine.MUL, cosines, graph.constant(name + ".pairs", pairs), name + ".others");
    return sum(graph, Unary.ABS, number("factor") / ((float) n * (n - 1)), others, name);
  }

  private float number(String parameter) {
    return ((Number) config.get(parameter)).floatValue();
  }
}
