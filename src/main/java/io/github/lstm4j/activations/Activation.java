package io.github.lstm4j.activations;

import io.github.lstm4j.names.Names;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An activation: a formula and its parameters. Every elementwise activation of Keras 3 by its Keras
 * name, softmax, and two that ONNX has.
 *
 * <pre>{@code
 * Activation tanh = Activation.TANH;
 * Activation leaky = Activation.leakyRelu(0.3);
 * Activation gelu = Activation.of("gelu");
 * }</pre>
 *
 * <p>To add one: a {@link Kind} here, one line each for value and slope in {@code CpuActivations},
 * one in {@code kernels/activations.cuh}; the tests pick it up by themselves. Formulas: <a
 * href="https://keras.io/api/layers/activations/">keras.io/api/layers/activations</a>.
 *
 * @param kind the formula
 * @param alpha the first of its {@link Kind#parameters}, 0 if it has none
 * @param beta the second
 * @param gamma the third
 */
public record Activation(Kind kind, double alpha, double beta, double gamma) {
  private static final String AXIS = "axis";

  /** The formulas. */
  public enum Kind {
    /** {@code x}. */
    LINEAR("linear"),
    /**
     * {@code min(x, max_value)} if {@code x > threshold}, else {@code negative_slope·(x −
     * threshold)}.
     */
    RELU(
        "relu",
        new Parameter("max_value", Double.POSITIVE_INFINITY),
        new Parameter("negative_slope", 0),
        new Parameter("threshold", 0)),
    /** {@code min(max(x, 0), 6)}. */
    RELU6("relu6"),
    /** {@code x} if positive, else {@code negative_slope·x}. */
    LEAKY_RELU("leaky_relu", new Parameter("negative_slope", 0.2)),
    /** {@code x} if positive, else {@code alpha·(exp(x) − 1)}. */
    ELU("elu", new Parameter("alpha", 1)),
    /** {@code x} if positive, else {@code alpha·(exp(x/alpha) − 1)}. */
    CELU("celu", new Parameter("alpha", 1)),
    /** {@code 1.05070098·x} if positive, else {@code 1.05070098·1.67326324·(exp(x) − 1)}. */
    SELU("selu"),
    /** {@code x·Φ(x)} with Φ the normal distribution, by the error function (not the tanh form). */
    GELU("gelu"),
    /** {@code 1 / (1 + exp(−x))}. */
    SIGMOID("sigmoid"),
    /** {@code clip(alpha·x + beta, 0, 1)}; by default Keras 3's, {@code clip(x/6 + 0.5, 0, 1)}. */
    HARD_SIGMOID("hard_sigmoid", new Parameter("alpha", 1 / 6.0), new Parameter("beta", 0.5)),
    /** {@code tanh(x)}. */
    TANH("tanh"),
    /** {@code x / (1 + |x|)}. */
    SOFTSIGN("softsign"),
    /** {@code log(1 + exp(x))}. */
    SOFTPLUS("softplus"),
    /** {@code x·sigmoid(x)}; also called swish. */
    SILU("silu"),
    /** {@code exp(x)}. */
    EXPONENTIAL("exponential"),
    /** {@code x·tanh(softplus(x))}. */
    MISH("mish"),
    /** {@code x·clip(x/6 + 0.5, 0, 1)}; also called hard_swish. */
    HARD_SILU("hard_silu"),
    /** {@code clip(x, −1, 1)}. */
    HARD_TANH("hard_tanh"),
    /** {@code x} if {@code |x| > 0.5}, else 0. */
    HARD_SHRINK("hard_shrink"),
    /** {@code x ∓ 0.5} beyond ±0.5, else 0. */
    SOFT_SHRINK("soft_shrink"),
    /** {@code x − tanh(x)}. */
    TANH_SHRINK("tanh_shrink"),
    /** {@code log(sigmoid(x))}. */
    LOG_SIGMOID("log_sigmoid"),
    /** {@code (x + sqrt(x² + 4)) / 2}. */
    SQUAREPLUS("squareplus"),
    /** 0 below −1, {@code (x + 1)²/4} to 1, {@code x} above. */
    SPARSE_PLUS("sparse_plus"),
    /** 0 below −1, {@code (x + 1)/2} to 1, 1 above. */
    SPARSE_SIGMOID("sparse_sigmoid"),
    /** {@code alpha·x + beta}; of ONNX's recurrent nodes, Keras has none. */
    AFFINE("affine", new Parameter("alpha", 1), new Parameter("beta", 0)),
    /** {@code alpha·tanh(beta·x)}; of ONNX's recurrent nodes, Keras has none. */
    SCALED_TANH("scaled_tanh", new Parameter("alpha", 1), new Parameter("beta", 1)),
    /**
     * {@code exp(x) / Σ exp(x)} over an axis, by default the last; for Dense and Activation, not
     * for gates.
     */
    SOFTMAX("softmax", new Parameter(AXIS, -1)),
    /** The logarithm of {@link #SOFTMAX}; for Dense and Activation, not for gates. */
    LOG_SOFTMAX("log_softmax", new Parameter(AXIS, -1));

    private final String kerasName;

    @SuppressWarnings("ImmutableEnumChecker") // a List.of
    private final List<Parameter> parameters;

    Kind(String kerasName, Parameter... parameters) {
      this.kerasName = kerasName;
      this.parameters = List.of(parameters);
    }

    /** The name in Keras and in its files. */
    public String kerasName() {
      return kerasName;
    }

    /** What the formula leaves open, in the order alpha, beta, gamma. */
    public List<Parameter> parameters() {
      return parameters;
    }

    /** Whether each element is computed by itself, so that it can serve as a gate's activation. */
    public boolean isElementwise() {
      return this != SOFTMAX && this != LOG_SOFTMAX;
    }

    /** The activation of this kind with Keras's default parameters. */
    public Activation usual() {
      return new Activation(this, usual(0), usual(1), usual(2));
    }

    private double usual(int parameter) {
      return parameter < parameters.size() ? parameters.get(parameter).usual() : 0;
    }
  }

  /**
   * A number that a formula leaves open.
   *
   * @param kerasName its name in Keras
   * @param usual Keras's default
   */
  public record Parameter(String kerasName, double usual) {}

  /** {@code x}. */
  public static final Activation LINEAR = Kind.LINEAR.usual();

  /** {@code max(x, 0)}. */
  public static final Activation RELU = Kind.RELU.usual();

  /** {@code 1 / (1 + exp(−x))}. */
  public static final Activation SIGMOID = Kind.SIGMOID.usual();

  /** Keras 3's: {@code clip(x/6 + 0.5, 0, 1)}. */
  public static final Activation HARD_SIGMOID = Kind.HARD_SIGMOID.usual();

  /** That of Keras 1, Keras 2 and TensorFlow 1: {@code clip(0.2·x + 0.5, 0, 1)}. */
  public static final Activation HARD_SIGMOID_KERAS2 = hardSigmoid(0.2, 0.5);

  /** {@code tanh(x)}. */
  public static final Activation TANH = Kind.TANH.usual();

  /** {@code exp(x) / Σ exp(x)} over the last axis. */
  public static final Activation SOFTMAX = Kind.SOFTMAX.usual();

  /** Checks the parameters. */
  public Activation {
    double[] values = {alpha, beta, gamma};
    for (int i = 0; i < values.length; i++) {
      if (i >= kind.parameters.size()) {
        require(values[i] == 0, kind, "parameter " + (i + 1), "absent (0)", values[i]);
      } else if (kind.parameters.get(i).usual() == Double.POSITIVE_INFINITY) {
        require(values[i] >= 0, kind, kind.parameters.get(i).kerasName(), "at least 0", values[i]);
      } else {
        require(
            Double.isFinite(values[i]),
            kind,
            kind.parameters.get(i).kerasName(),
            "a finite number",
            values[i]);
      }
    }
    if (kind == Kind.RELU) {
      require(beta >= 0, kind, "negative_slope", "at least 0", beta);
      require(gamma >= 0, kind, "threshold", "at least 0", gamma);
    } else if (kind == Kind.CELU || kind == Kind.SCALED_TANH) {
      require(alpha != 0, kind, "alpha", "other than 0", alpha);
    } else if (!kind.isElementwise()) {
      boolean axis = alpha == (int) alpha && alpha != 0;
      require(axis, kind, AXIS, "a whole number other than 0, which is the batch", alpha);
    }
  }

  private static void require(
      boolean holds, Kind kind, String parameter, String expected, double got) {
    if (!holds) {
      throw new IllegalArgumentException(
          kind.kerasName + ": " + parameter + " must be " + expected + ", got " + got);
    }
  }

  /**
   * {@code min(x, maxValue)} if {@code x > threshold}, else {@code negativeSlope·(x − threshold)}.
   *
   * @param maxValue at least 0; infinite for none
   * @param negativeSlope at least 0
   * @param threshold at least 0
   */
  public static Activation relu(double maxValue, double negativeSlope, double threshold) {
    return new Activation(Kind.RELU, maxValue, negativeSlope, threshold);
  }

  /**
   * {@code exp(x) / Σ exp(x)} over an axis of the tensor that a layer puts out.
   *
   * @param axis from 1, or, counted from the last, from -1
   */
  public static Activation softmax(int axis) {
    return new Activation(Kind.SOFTMAX, axis, 0, 0);
  }

  /** {@code x} if positive, else {@code negativeSlope·x}; Keras's default is 0.2. */
  public static Activation leakyRelu(double negativeSlope) {
    return new Activation(Kind.LEAKY_RELU, negativeSlope, 0, 0);
  }

  /** {@code x} if positive, else {@code alpha·(exp(x) − 1)}; Keras's default is 1. */
  public static Activation elu(double alpha) {
    return new Activation(Kind.ELU, alpha, 0, 0);
  }

  /** {@code x} if positive, else {@code alpha·(exp(x/alpha) − 1)}, alpha not 0; default 1. */
  public static Activation celu(double alpha) {
    return new Activation(Kind.CELU, alpha, 0, 0);
  }

  /** {@code clip(alpha·x + beta, 0, 1)}; Keras 3's defaults are 1/6 and 0.5. */
  public static Activation hardSigmoid(double alpha, double beta) {
    return new Activation(Kind.HARD_SIGMOID, alpha, beta, 0);
  }

  /** {@code alpha·x + beta}. */
  public static Activation affine(double alpha, double beta) {
    return new Activation(Kind.AFFINE, alpha, beta, 0);
  }

  /** {@code alpha·tanh(beta·x)}, alpha not 0. */
  public static Activation scaledTanh(double alpha, double beta) {
    return new Activation(Kind.SCALED_TANH, alpha, beta, 0);
  }

  /**
   * The activation of that Keras name with Keras's default parameters; {@code swish}, {@code
   * hard_swish} and {@code hard_sigmoid_keras2} are accepted too, and {@code null} or {@code None}
   * is {@link #LINEAR}.
   *
   * @throws IllegalArgumentException if there is none; the message lists all
   */
  public static Activation of(String name) {
    if (name == null) {
      return LINEAR;
    }
    String wanted = name.toLowerCase(Locale.ROOT);
    switch (wanted) {
      case "none":
        return LINEAR;
      case "swish":
        return Kind.SILU.usual();
      case "hard_swish":
        return Kind.HARD_SILU.usual();
      case "hard_sigmoid_keras2":
        return HARD_SIGMOID_KERAS2;
      default:
        for (Kind k : Kind.values()) {
          if (k.kerasName.equals(wanted)) {
            return k.usual();
          }
        }
        throw Names.unknown(
            "activation", name, Arrays.stream(Kind.values()).map(Kind::kerasName).toList());
    }
  }

  /** The name of the kind in Keras and in its files. */
  public String kerasName() {
    return kind.kerasName;
  }

  /** The parameters by their Keras names, none for most kinds. */
  public Map<String, Double> parameters() {
    double[] values = {alpha, beta, gamma};
    Map<String, Double> byName = new LinkedHashMap<>();
    for (int i = 0; i < kind.parameters.size(); i++) {
      byName.put(kind.parameters.get(i).kerasName(), values[i]);
    }
    return byName;
  }

  /** Whether the parameters are Keras's defaults, so that the name says all. */
  public boolean isUsual() {
    return equals(kind.usual());
  }

  /**
   * Whether the derivative is a function of the output alone, so that the input need not be kept:
   * {@code 1 − y²} for tanh. Where a formula has branches, the output must tell which one it was.
   */
  public boolean derivesFromOutput() {
    return switch (kind) {
      // y is above the threshold if and only if x is
      case RELU -> (float) alpha > (float) gamma;
      // y is positive if and only if x is
      case LEAKY_RELU, ELU -> (float) alpha >= 0;
      case LINEAR,
          RELU6,
          CELU,
          SELU,
          SIGMOID,
          HARD_SIGMOID,
          TANH,
          SOFTSIGN,
          SOFTPLUS,
          EXPONENTIAL,
          HARD_TANH,
          LOG_SIGMOID,
          SPARSE_SIGMOID,
          AFFINE,
          SCALED_TANH,
          SOFTMAX,
          LOG_SOFTMAX ->
          true;
      case GELU,
          SILU,
          MISH,
          HARD_SILU,
          HARD_SHRINK,
          SOFT_SHRINK,
          TANH_SHRINK,
          SQUAREPLUS,
          SPARSE_PLUS ->
          false;
    };
  }

  /** Whether each element is computed by itself, so that it can serve as a gate's activation. */
  public boolean isElementwise() {
    return kind.isElementwise();
  }

  /**
   * Whether it goes over the last axis of a tensor, or element by element; else it goes over
   * another one.
   *
   * @param rank the tensor's, the batch counted
   * @throws IllegalArgumentException if the tensor has no such axis, or it is the batch
   */
  public boolean isOverLastAxis(int rank) {
    if (isElementwise()) {
      return true;
    }
    return axis(rank) == rank - 1;
  }

  /**
   * The axis that one goes over which is not {@linkplain #isElementwise element by element}, from
   * the front.
   *
   * @param rank the tensor's, the batch counted
   * @throws IllegalArgumentException if the tensor has no such axis, or it is the batch
   */
  public int axis(int rank) {
    int axis = (int) (alpha < 0 ? alpha + rank : alpha);
    if (axis < 1 || axis >= rank) {
      throw new IllegalArgumentException(
          this + ": a tensor of " + rank + " axes has none but the batch and 1 to " + (rank - 1));
    }
    return axis;
  }

  /** The Keras name, followed by the parameters that are not Keras's defaults. */
  @Override
  public String toString() {
    String others =
        kind.parameters.stream()
            .filter(p -> parameters().get(p.kerasName()) != p.usual())
            .map(p -> p.kerasName() + "=" + parameters().get(p.kerasName()))
            .collect(Collectors.joining(", "));
    return others.isEmpty() ? kind.kerasName : kind.kerasName + "(" + others + ")";
  }
}
