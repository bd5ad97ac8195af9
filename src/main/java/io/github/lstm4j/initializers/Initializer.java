package io.github.lstm4j.initializers;

import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a weight is before training: Keras 3's initializers (keras/src/initializers), drawn from our
 * own counter-based generator, so that one seed gives the same weights everywhere.
 *
 * @param kind the formula
 * @param a its first parameter: the value of CONSTANT, the lower bound of RANDOM_UNIFORM, the mean
 *     of RANDOM_NORMAL, the gain of ORTHOGONAL
 * @param b its second parameter: the upper bound of RANDOM_UNIFORM, the standard deviation of
 *     RANDOM_NORMAL
 */
public record Initializer(Kind kind, float a, float b) {
  /** The formulas. fanIn is the next to last dimension, fanOut the last. */
  public enum Kind {
    /** All 0. */
    ZEROS("Zeros"),
    /** All 1. */
    ONES("Ones"),
    /** All one value. */
    CONSTANT("Constant"),
    /** Uniform between two bounds; Keras's default is ±0.05. */
    RANDOM_UNIFORM("RandomUniform"),
    /** Normal; Keras's default is mean 0, standard deviation 0.05. */
    RANDOM_NORMAL("RandomNormal"),
    /** Uniform within ± {@code √(6/(fanIn + fanOut))}. */
    GLOROT_UNIFORM("GlorotUniform"),
    /** Normal cut off at two deviations, variance {@code 2/(fanIn + fanOut)}. */
    GLOROT_NORMAL("GlorotNormal"),
    /** Uniform within ± {@code √(6/fanIn)}. */
    HE_UNIFORM("HeUniform"),
    /** Normal cut off at two deviations, variance {@code 2/fanIn}. */
    HE_NORMAL("HeNormal"),
    /** Uniform within ± {@code √(3/fanIn)}. */
    LECUN_UNIFORM("LecunUniform"),
    /** Normal cut off at two deviations, variance {@code 1/fanIn}. */
    LECUN_NORMAL("LecunNormal"),
    /** Rows (or columns, if fewer) are orthonormal: the Q of a normal matrix, times the gain. */
    ORTHOGONAL("Orthogonal");

    private final String className;

    Kind(String className) {
      this.className = className;
    }

    /** The class's name in Keras. */
    public String className() {
      return className;
    }
  }

  /** All zero. */
  public static Initializer zeros() {
    return new Initializer(Kind.ZEROS, 0, 0);
  }

  /** All one. */
  public static Initializer ones() {
    return new Initializer(Kind.ONES, 0, 0);
  }

  /** All one value. */
  public static Initializer constant(float value) {
    return new Initializer(Kind.CONSTANT, value, 0);
  }

  /** Uniform between two bounds. */
  public static Initializer randomUniform(float low, float high) {
    return new Initializer(Kind.RANDOM_UNIFORM, low, high);
  }

  /** Normal. */
  public static Initializer randomNormal(float mean, float deviation) {
    return new Initializer(Kind.RANDOM_NORMAL, mean, deviation);
  }

  /** Glorot's uniform, Keras's default for kernels. */
  public static Initializer glorotUniform() {
    return new Initializer(Kind.GLOROT_UNIFORM, 0, 0);
  }

  /** Orthogonal, Keras's default for recurrent kernels. */
  public static Initializer orthogonal() {
    return new Initializer(Kind.ORTHOGONAL, 1, 0);
  }

  /**
   * The initializer of that Keras name, {@code glorot_uniform} or {@code GlorotUniform}, with
   * Keras's default parameters.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Initializer of(String name) {
    String wanted = name.replace("_", "").toLowerCase(Locale.ROOT);
    StringBuilder names = new StringBuilder();
    for (Kind k : Kind.values()) {
      if (k.className.toLowerCase(Locale.ROOT).equals(wanted)
          || (wanted.equals("uniform") && k == Kind.RANDOM_UNIFORM)
          || (wanted.equals("normal") && k == Kind.RANDOM_NORMAL)
          || (wanted.equals("orthogonalinitializer") && k == Kind.ORTHOGONAL)) { // before Keras 3.7
        return withDefaults(k);
      }
      names.append(names.length() == 0 ? "" : ", ").append(k.className);
    }
    throw new IllegalArgumentException(
        "no initializer is called '" + name + "'; there are " + names);
  }

  private static Initializer withDefaults(Kind k) {
    return switch (k) {
      case RANDOM_UNIFORM -> randomUniform(-0.05f, 0.05f);
      case RANDOM_NORMAL -> randomNormal(0f, 0.05f);
      case ORTHOGONAL -> orthogonal();
      default -> new Initializer(k, 0, 0);
    };
  }

  /** The parameters by Keras's names. */
  public Map<String, Object> config() {
    Map<String, Object> c = new LinkedHashMap<>();
    switch (kind) {
      case ZEROS, ONES -> {}
      case CONSTANT -> c.put("value", (double) a);
      case RANDOM_UNIFORM -> {
        c.put("minval", (double) a);
        c.put("maxval", (double) b);
        c.put("seed", null);
      }
      case RANDOM_NORMAL -> {
        c.put("mean", (double) a);
        c.put("stddev", (double) b);
        c.put("seed", null);
      }
      case ORTHOGONAL -> {
        c.put("gain", (double) a);
        c.put("seed", null);
      }
      default -> c.put("seed", null);
    }
    return c;
  }

  /** Reads {@link #config()} back; what is missing has Keras's default. */
  public static Initializer of(String name, Map<String, Object> config) {
    Initializer d = of(name);
    return switch (d.kind) {
      case CONSTANT -> constant(number(config, "value", 0f));
      case RANDOM_UNIFORM ->
          randomUniform(number(config, "minval", d.a), number(config, "maxval", d.b));
      case RANDOM_NORMAL ->
          randomNormal(number(config, "mean", d.a), number(config, "stddev", d.b));
      case ORTHOGONAL -> new Initializer(Kind.ORTHOGONAL, number(config, "gain", 1f), 0);
      default -> d;
    };
  }

  private static float number(Map<String, Object> config, String key, float otherwise) {
    Object value = config.getOrDefault(key, otherwise);
    if (value instanceof Number n) {
      return n.floatValue();
    }
    throw new IllegalArgumentException("expected a number as " + key + ", got " + value);
  }

  /** Values for a weight of that shape, row-major. */
  public float[] initialize(Shape shape, Philox random) {
    int fanOut = shape.rank() == 0 ? 1 : shape.last();
    int fanIn = shape.rank() < 2 ? fanOut : shape.dim(-2);
    float[] w = new float[shape.size()];
    switch (kind) {
      case ZEROS -> {}
      case ONES -> java.util.Arrays.fill(w, 1f);
      case CONSTANT -> java.util.Arrays.fill(w, a);
      case RANDOM_UNIFORM -> uniform(w, a, b, random);
      case RANDOM_NORMAL -> {
        for (int i = 0; i < w.length; i++) {
          w[i] = (float) (a + b * random.nextGaussian());
        }
      }
      case GLOROT_UNIFORM -> uniform(w, Math.sqrt(6.0 / (fanIn + fanOut)), random);
      case HE_UNIFORM -> uniform(w, Math.sqrt(6.0 / fanIn), random);
      case LECUN_UNIFORM -> uniform(w, Math.sqrt(3.0 / fanIn), random);
      case GLOROT_NORMAL -> truncated(w, Math.sqrt(2.0 / (fanIn + fanOut)), random);
      case HE_NORMAL -> truncated(w, Math.sqrt(2.0 / fanIn), random);
      case LECUN_NORMAL -> truncated(w, Math.sqrt(1.0 / fanIn), random);
      case ORTHOGONAL -> orthogonal(w, shape.size() / fanOut, fanOut, a, random);
    }
    return w;
  }

  private static void uniform(float[] w, double limit, Philox random) {
    uniform(w, (float) -limit, (float) limit, random);
  }

  private static void uniform(float[] w, float low, float high, Philox random) {
    for (int i = 0; i < w.length; i++) {
      w[i] = low + (high - low) * random.nextFloat();
    }
  }

  /** Keras divides by the deviation of a normal that is cut off at 2. */
  private static void truncated(float[] w, double deviation, Philox random) {
    double scale = deviation / 0.8796256610342398;
    for (int i = 0; i < w.length; i++) {
      double g;
      do {
        g = random.nextGaussian();
      } while (Math.abs(g) > 2);
      w[i] = (float) (g * scale);
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
