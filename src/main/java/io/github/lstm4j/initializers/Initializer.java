package io.github.lstm4j.initializers;

import io.github.lstm4j.names.Parameters;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Memory;
import io.github.lstm4j.tensor.Shape;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a weight is before training: Keras 3's initializers (keras/src/initializers), drawn from our
 * own counter-based generator, so that one seed gives the same weights everywhere.
 *
 * <p>The numbers are drawn from the model's seed, or, where the initializer has a {@linkplain
 * #seed(long) seed} of its own, from that: then it gives the same values each time, to two weights
 * of one shape too, as in Keras. They are not Keras's numbers.
 *
 * @param kind the formula
 * @param config its parameters by Keras's names, {@code {"mean": 0.0, "stddev": 0.05, "seed":
 *     null}}; of {@link Kind#UNKNOWN} what a file says, as {@code "initializer"}
 */
public record Initializer(Kind kind, Map<String, Object> config) {
  /**
   * The formulas. fanIn is the next to last dimension, fanOut the last, each times those before (a
   * convolution's kernel: size, features, filters); a vector has its length for both. A normal that
   * is cut off is drawn again beyond two of its deviations, and made wider by
   * 1/0.87962566103423978, so that the variance is what is said.
   */
  public enum Kind {
    /** All 0. */
    ZEROS("Zeros"),
    /** All 1. */
    ONES("Ones"),
    /** All one {@code value}, by default 0. */
    CONSTANT("Constant", "value", 0.0),
    /** {@code gain} on the diagonal of a matrix, 0 elsewhere. */
    IDENTITY("Identity", "gain", 1.0),
    /** Uniform between {@code minval} and {@code maxval}; Keras's default is ±0.05. */
    RANDOM_UNIFORM("RandomUniform", "minval", -0.05, "maxval", 0.05, "seed", null),
    /** Normal; Keras's default is mean 0, standard deviation 0.05. */
    RANDOM_NORMAL("RandomNormal", "mean", 0.0, "stddev", 0.05, "seed", null),
    /** Normal, drawn again beyond two deviations; not made wider. */
    TRUNCATED_NORMAL("TruncatedNormal", "mean", 0.0, "stddev", 0.05, "seed", null),
    /**
     * Variance {@code scale/n}, where n is fanIn, fanOut or their mean, by {@code mode}; {@code
     * distribution} is uniform, truncated_normal or untruncated_normal. {@code input_axes} and
     * {@code output_axes} may say which dimensions fanIn and fanOut are the products of.
     */
    VARIANCE_SCALING(
        "VarianceScaling",
        "scale",
        1.0,
        "mode",
        FAN_IN,
        "distribution",
        TRUNCATED,
        "seed",
        null,
        INPUT_AXES,
        null,
        OUTPUT_AXES,
        null),
    /** Uniform within ± {@code √(6/(fanIn + fanOut))}. */
    GLOROT_UNIFORM("GlorotUniform", new Scaling(1, FAN_AVG, UNIFORM)),
    /** Normal cut off at two deviations, variance {@code 2/(fanIn + fanOut)}. */
    GLOROT_NORMAL("GlorotNormal", new Scaling(1, FAN_AVG, TRUNCATED)),
    /** Uniform within ± {@code √(6/fanIn)}. */
    HE_UNIFORM("HeUniform", new Scaling(2, FAN_IN, UNIFORM)),
    /** Normal cut off at two deviations, variance {@code 2/fanIn}. */
    HE_NORMAL("HeNormal", new Scaling(2, FAN_IN, TRUNCATED)),
    /** Uniform within ± {@code √(3/fanIn)}. */
    LECUN_UNIFORM("LecunUniform", new Scaling(1, FAN_IN, UNIFORM)),
    /** Normal cut off at two deviations, variance {@code 1/fanIn}. */
    LECUN_NORMAL("LecunNormal", new Scaling(1, FAN_IN, TRUNCATED)),
    /** Rows (or columns, if fewer) are orthonormal: the Q of a normal matrix, times the gain. */
    ORTHOGONAL("Orthogonal", "gain", 1.0, "seed", null),
    /** One that a file names and that is not known here: kept, so that it can be written again. */
    UNKNOWN("", ENTRY, null);

    @SuppressWarnings("ImmutableEnumChecker") // it does not change
    private final Parameters parameters;

    @SuppressWarnings("ImmutableEnumChecker") // of immutables
    private final Scaling scaling; // null if the parameters say it, or there is none

    Kind(String className, Object... usual) {
      this(className, null, usual);
    }

    Kind(String className, Scaling scaling) {
      this(className, scaling, new Object[] {"seed", null, INPUT_AXES, null, OUTPUT_AXES, null});
    }

    Kind(String className, Scaling scaling, Object[] usual) {
      this.scaling = scaling;
      this.parameters = Parameters.of(className, usual);
    }

    /** The class's name in Keras. */
    public String className() {
      return parameters.className();
    }
  }

  private record Scaling(double scale, String mode, String distribution) {}

  private static final String FAN_IN = "fan_in";
  private static final String FAN_OUT = "fan_out";
  private static final String FAN_AVG = "fan_avg";
  private static final String UNIFORM = "uniform";
  private static final String TRUNCATED = "truncated_normal";
  private static final String UNTRUNCATED = "untruncated_normal";
  private static final String SEED = "seed";
  private static final String INPUT_AXES = "input_axes";
  private static final String OUTPUT_AXES = "output_axes";
  private static final String ENTRY = "initializer";

  /** No model draws from it, so that a seed here and there gives unlike numbers. */
  private static final int OWN_SEED_STREAM = Integer.MAX_VALUE;

  /** What Keras calls some too; the last two were classes before 3.7. */
  private static final Map<String, Kind> OTHERS =
      Map.of(
          "zero", Kind.ZEROS,
          "one", Kind.ONES,
          "uniform", Kind.RANDOM_UNIFORM,
          "normal", Kind.RANDOM_NORMAL,
          "identityinitializer", Kind.IDENTITY,
          "orthogonalinitializer", Kind.ORTHOGONAL);

  /** Checks the parameters; what is missing has Keras's default. */
  public Initializer {
    config = kind.parameters.with(config, (name, value) -> checked(kind, name, value));
  }

  private static Object checked(Kind kind, String name, Object value) {
    switch (name) {
      case ENTRY -> {}
      case "mode" ->
          require(
              List.of(FAN_IN, FAN_OUT, FAN_AVG).contains(value),
              kind,
              name,
              "fan_in, fan_out or fan_avg",
              value);
      case "distribution" -> {
        if ("normal".equals(value)) { // Keras 1's name
          return TRUNCATED;
        }
        require(
            List.of(UNIFORM, TRUNCATED, UNTRUNCATED).contains(value),
            kind,
            name,
            "uniform, truncated_normal or untruncated_normal",
            value);
      }
      case SEED -> // a map is a generator, whose seed it says
          require(
              value == null || seedOf(value) != null, kind, name, "a whole number or null", value);
      case INPUT_AXES, OUTPUT_AXES ->
          require(
              value == null
                  || (value instanceof List<?> axes
                      && axes.stream().allMatch(Integer.class::isInstance)),
              kind,
              name,
              "a list of axes or null",
              value);
      default -> {
        require(
            value instanceof Number n && Float.isFinite(n.floatValue()),
            kind,
            name,
            "a number",
            value);
        require(
            !name.equals("scale") || ((Number) value).doubleValue() > 0,
            kind,
            name,
            "above 0",
            value);
        require(
            !name.equals("stddev") || ((Number) value).doubleValue() >= 0,
            kind,
            name,
            "at least 0",
            value);
        return ((Number) value).doubleValue();
      }
    }
    return value;
  }

  private static void require(
      boolean holds, Kind kind, String parameter, String expected, Object got) {
    if (!holds) {
      throw kind.parameters.wrong(parameter, expected, got);
    }
  }

  private static Long seedOf(Object value) {
    Object seed =
        value instanceof Map<?, ?> generator && generator.get("config") instanceof Map<?, ?> c
            ? c.get(SEED)
            : value;
    return seed instanceof Integer || seed instanceof Long ? ((Number) seed).longValue() : null;
  }

  /** All zero. */
  public static Initializer zeros() {
    return new Initializer(Kind.ZEROS, Map.of());
  }

  /** All one. */
  public static Initializer ones() {
    return new Initializer(Kind.ONES, Map.of());
  }

  /** All one value. */
  public static Initializer constant(float value) {
    return new Initializer(Kind.CONSTANT, Map.of("value", Parameters.decimal(value)));
  }

  /** Uniform between two bounds. */
  public static Initializer randomUniform(float low, float high) {
    return new Initializer(
        Kind.RANDOM_UNIFORM,
        Map.of("minval", Parameters.decimal(low), "maxval", Parameters.decimal(high)));
  }

  /** Normal; {@code deviation} at least 0. */
  public static Initializer randomNormal(float mean, float deviation) {
    return new Initializer(
        Kind.RANDOM_NORMAL,
        Map.of("mean", Parameters.decimal(mean), "stddev", Parameters.decimal(deviation)));
  }

  /** Normal, drawn again beyond two deviations; {@code deviation} at least 0. */
  public static Initializer truncatedNormal(float mean, float deviation) {
    return new Initializer(
        Kind.TRUNCATED_NORMAL,
        Map.of("mean", Parameters.decimal(mean), "stddev", Parameters.decimal(deviation)));
  }

  /**
   * Of a variance that depends on the weight's shape; see {@link Kind#VARIANCE_SCALING}.
   *
   * @param scale above 0
   * @param mode fan_in, fan_out or fan_avg
   * @param distribution uniform, truncated_normal or untruncated_normal
   */
  public static Initializer varianceScaling(float scale, String mode, String distribution) {
    return new Initializer(
        Kind.VARIANCE_SCALING,
        Map.of("scale", Parameters.decimal(scale), "mode", mode, "distribution", distribution));
  }

  /** Glorot's uniform, Keras's default for kernels. */
  public static Initializer glorotUniform() {
    return new Initializer(Kind.GLOROT_UNIFORM, Map.of());
  }

  /** Orthogonal, Keras's default for recurrent kernels. */
  public static Initializer orthogonal() {
    return new Initializer(Kind.ORTHOGONAL, Map.of());
  }

  /**
   * One that a file names and that is not known here. It draws nothing; weights of a file need no
   * draw.
   *
   * @param entry what the file says, to be written again
   */
  public static Initializer unknown(Object entry) {
    return new Initializer(Kind.UNKNOWN, Collections.singletonMap(ENTRY, entry));
  }

  /**
   * The initializer of that Keras name, {@code glorot_uniform} or {@code GlorotUniform}, with
   * Keras's default parameters.
   *
   * @throws IllegalArgumentException if there is none; the message lists all
   */
  public static Initializer of(String name) {
    return of(name, Map.of());
  }

  /**
   * The initializer of that Keras name with these parameters by Keras's names; what is missing has
   * Keras's default.
   *
   * @throws IllegalArgumentException if there is none, or it has no such parameter, or not with
   *     that value
   */
  public static Initializer of(String name, Map<String, Object> config) {
    List<Kind> kinds = List.of(Kind.values());
    return new Initializer(Parameters.find(ENTRY, name, kinds, k -> k.parameters, OTHERS), config);
  }

  /**
   * The same with a seed of its own, whatever the model's is.
   *
   * @throws IllegalArgumentException if it draws nothing
   */
  public Initializer seed(long seed) {
    Map<String, Object> c = new LinkedHashMap<>(config);
    c.put(SEED, seed);
    return new Initializer(kind, c);
  }

  private double number(String parameter) {
    return ((Number) config.get(parameter)).doubleValue();
  }

  /**
   * Values for a weight of that shape, row-major.
   *
   * @param random where they are drawn from, unless there is a seed
   * @throws IllegalStateException if it is {@link Kind#UNKNOWN}
   */
  public float[] initialize(Shape shape, Philox random) {
    Long seed = seedOf(config.get(SEED));
    return draw(shape, seed == null ? random : new Philox(seed, OWN_SEED_STREAM));
  }

  private float[] draw(Shape shape, Philox random) {
    float[] w = Memory.floats("initial values", shape);
    switch (kind) {
      case ZEROS -> {}
      case ONES -> Arrays.fill(w, 1f);
      case CONSTANT -> Arrays.fill(w, (float) number("value"));
      case IDENTITY -> identity(w, shape, (float) number("gain"));
      case RANDOM_UNIFORM -> uniform(w, (float) number("minval"), (float) number("maxval"), random);
      case RANDOM_NORMAL ->
          normal(w, (float) number("mean"), (float) number("stddev"), false, random);
      case TRUNCATED_NORMAL ->
          normal(w, (float) number("mean"), (float) number("stddev"), true, random);
      case VARIANCE_SCALING ->
          scaled(
              w,
              shape,
              new Scaling(
                  number("scale"),
                  (String) config.get("mode"),
                  (String) config.get("distribution")),
              random);
      case GLOROT_UNIFORM, GLOROT_NORMAL, HE_UNIFORM, HE_NORMAL, LECUN_UNIFORM, LECUN_NORMAL ->
          scaled(w, shape, kind.scaling, random);
      case ORTHOGONAL -> {
        int columns = shape.rank() == 0 ? 1 : shape.last();
        orthogonal(w, shape.size() / columns, columns, (float) number("gain"), random);
      }
      case UNKNOWN ->
          throw new IllegalStateException(
              "the initializer " + config.get(ENTRY) + " is not known here; set the weights");
    }
    return w;
  }

  private static void identity(float[] w, Shape shape, float gain) {
    if (shape.rank() != 2) {
      throw new IllegalStateException(
          "Identity: expected a weight of two dimensions, got " + shape);
    }
    for (int i = 0; i < Math.min(shape.dim(0), shape.dim(1)); i++) {
      w[i * shape.dim(1) + i] = gain;
    }
  }

  private void scaled(float[] w, Shape shape, Scaling scaling, Philox random) {
    double fanOut = shape.rank() == 0 ? 1 : shape.last();
    double fanIn = shape.rank() < 2 ? fanOut : shape.dim(-2);
    for (int axis = 0; axis < shape.rank() - 2; axis++) {
      fanIn *= shape.dim(axis);
      fanOut *= shape.dim(axis);
    }
    if (config.get(INPUT_AXES) != null && config.get(OUTPUT_AXES) != null) {
      fanIn = product(shape, (List<?>) config.get(INPUT_AXES));
      fanOut = product(shape, (List<?>) config.get(OUTPUT_AXES));
    }
    double scale = scaling.mode.equals(FAN_AVG) ? 2 * scaling.scale : scaling.scale;
    double n =
        switch (scaling.mode) {
          case FAN_IN -> Math.max(1, fanIn);
          case FAN_OUT -> Math.max(1, fanOut);
          default -> Math.max(2, fanIn + fanOut);
        };
    switch (scaling.distribution) {
      case UNIFORM -> {
        float limit = (float) Math.sqrt(3 * scale / n);
        uniform(w, -limit, limit, random);
      }
      case TRUNCATED -> normal(w, 0, Math.sqrt(scale / n) / 0.8796256610342398, true, random);
      default -> normal(w, 0, Math.sqrt(scale / n), false, random);
    }
  }

  private static int product(Shape shape, List<?> axes) {
    return axes.stream().mapToInt(a -> shape.dim((int) a)).reduce(1, (a, b) -> a * b);
  }

  private static void normal(
      float[] w, double mean, double deviation, boolean cutOff, Philox random) {
    for (int i = 0; i < w.length; i++) {
      double g;
      do {
        g = random.nextGaussian();
      } while (cutOff && Math.abs(g) > 2);
      w[i] = (float) (mean + g * deviation);
    }
  }

  private static void uniform(float[] w, float low, float high, Philox random) {
    for (int i = 0; i < w.length; i++) {
      w[i] = low + (high - low) * random.nextFloat();
    }
  }

  /**
   * Rows of a normal matrix made orthonormal one after the other (Gram and Schmidt, each row twice,
   * which is as accurate as Householder's way), in double. Whether rows or columns come out depends
   * on which are fewer.
   */
  private static void orthogonal(float[] w, int rows, int columns, float gain, Philox random) {
    int n = Math.min(rows, columns);
    int width = Math.max(rows, columns);
    double[][] q = new double[n][width];
    for (int i = 0; i < n; i++) {
      double norm;
      do {
        for (int k = 0; k < width; k++) {
          q[i][k] = random.nextGaussian();
        }
        for (int pass = 0; pass < 2; pass++) {
          for (int j = 0; j < i; j++) {
            double d = dot(q[i], q[j]);
            for (int k = 0; k < width; k++) {
              q[i][k] -= d * q[j][k];
            }
          }
        }
        norm = Math.sqrt(dot(q[i], q[i]));
      } while (norm < 1e-6);
      for (int k = 0; k < width; k++) {
        q[i][k] /= norm;
      }
    }
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        w[r * columns + c] = (float) (gain * (rows <= columns ? q[r][c] : q[c][r]));
      }
    }
  }

  /** Four sums, so that the additions do not wait for one another. */
  private static double dot(double[] x, double[] y) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int k = 0;
    for (; k + 3 < x.length; k += 4) {
      s0 += x[k] * y[k];
      s1 += x[k + 1] * y[k + 1];
      s2 += x[k + 2] * y[k + 2];
      s3 += x[k + 3] * y[k + 3];
    }
    for (; k < x.length; k++) {
      s0 += x[k] * y[k];
    }
    return s0 + s1 + (s2 + s3);
  }
}
