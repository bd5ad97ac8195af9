package io.github.lstm4j.activations;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Every elementwise activation of Keras 3 by its Keras name, the old {@code hard_sigmoid} under a
 * name of its own, and softmax.
 *
 * <p>To add one: a constant here, one line each for value and slope in {@code CpuActivations}, one
 * in {@code kernels/activations.cuh}; the tests pick it up by themselves. Formulas: <a
 * href="https://keras.io/api/layers/activations/">keras.io/api/layers/activations</a>.
 */
public enum Activation {
  /** {@code x}. */
  LINEAR("linear", true),
  /** {@code max(x, 0)}. */
  RELU("relu", true),
  /** {@code min(max(x, 0), 6)}. */
  RELU6("relu6", true),
  /** {@code x} if positive, else {@code 0.2·x}. */
  LEAKY_RELU("leaky_relu", true),
  /** {@code x} if positive, else {@code exp(x) − 1}. */
  ELU("elu", true),
  /** As {@link #ELU}, which it equals for Keras's default alpha of 1. */
  CELU("celu", true),
  /** {@code 1.05070098·x} if positive, else {@code 1.05070098·1.67326324·(exp(x) − 1)}. */
  SELU("selu", true),
  /** {@code x·Φ(x)} with Φ the normal distribution, by the error function (not the tanh form). */
  GELU("gelu", false),
  /** {@code 1 / (1 + exp(−x))}. */
  SIGMOID("sigmoid", true),
  /** Keras 3: {@code clip(x/6 + 0.5, 0, 1)}. */
  HARD_SIGMOID("hard_sigmoid", true),
  /** Keras 1, Keras 2 and TensorFlow 1: {@code clip(0.2·x + 0.5, 0, 1)}. */
  HARD_SIGMOID_KERAS2("hard_sigmoid_keras2", true),
  /** {@code tanh(x)}. */
  TANH("tanh", true),
  /** {@code x / (1 + |x|)}. */
  SOFTSIGN("softsign", true),
  /** {@code log(1 + exp(x))}. */
  SOFTPLUS("softplus", true),
  /** {@code x·sigmoid(x)}; also called swish. */
  SILU("silu", false),
  /** {@code exp(x)}. */
  EXPONENTIAL("exponential", true),
  /** {@code x·tanh(softplus(x))}. */
  MISH("mish", false),
  /** {@code x·clip(x/6 + 0.5, 0, 1)}; also called hard_swish. */
  HARD_SILU("hard_silu", false),
  /** {@code clip(x, −1, 1)}. */
  HARD_TANH("hard_tanh", true),
  /** {@code x} if {@code |x| > 0.5}, else 0. */
  HARD_SHRINK("hard_shrink", false),
  /** {@code x ∓ 0.5} beyond ±0.5, else 0. */
  SOFT_SHRINK("soft_shrink", false),
  /** {@code x − tanh(x)}. */
  TANH_SHRINK("tanh_shrink", false),
  /** {@code log(sigmoid(x))}. */
  LOG_SIGMOID("log_sigmoid", true),
  /** {@code (x + sqrt(x² + 4)) / 2}. */
  SQUAREPLUS("squareplus", false),
  /** 0 below −1, {@code (x + 1)²/4} to 1, {@code x} above. */
  SPARSE_PLUS("sparse_plus", false),
  /** 0 below −1, {@code (x + 1)/2} to 1, 1 above. */
  SPARSE_SIGMOID("sparse_sigmoid", true),
  /** {@code exp(x) / Σ exp(x)} over the last axis; for Dense and Activation, not for gates. */
  SOFTMAX("softmax", true),
  /** The logarithm of {@link #SOFTMAX}; for Dense and Activation, not for gates. */
  LOG_SOFTMAX("log_softmax", true);

  private final String kerasName;
  private final boolean derivesFromOutput;

  Activation(String kerasName, boolean derivesFromOutput) {
    this.kerasName = kerasName;
    this.derivesFromOutput = derivesFromOutput;
  }

  /** The name in Keras and in its files. */
  public String kerasName() {
    return kerasName;
  }

  /**
   * Whether the derivative is a function of the output alone, so that the input need not be kept:
   * {@code 1 − y²} for tanh.
   */
  public boolean derivesFromOutput() {
    return derivesFromOutput;
  }

  /** Whether each element is computed by itself, so that it can serve as a gate's activation. */
  public boolean isElementwise() {
    return this != SOFTMAX && this != LOG_SOFTMAX;
  }

  /**
   * The activation of that Keras name; {@code swish} and {@code hard_swish} are accepted too, and
   * {@code null} or {@code None} is {@link #LINEAR}.
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
        return SILU;
      case "hard_swish":
        return HARD_SILU;
      default:
        for (Activation a : values()) {
          if (a.kerasName.equals(wanted)) {
            return a;
          }
        }
        throw new IllegalArgumentException(
            "no activation is called '"
                + name
                + "'; there are "
                + Arrays.stream(values()).map(a -> a.kerasName).collect(Collectors.joining(", ")));
    }
  }

  @Override
  public String toString() {
    return kerasName;
  }
}
