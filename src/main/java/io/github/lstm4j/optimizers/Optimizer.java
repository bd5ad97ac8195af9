package io.github.lstm4j.optimizers;

import io.github.lstm4j.names.Names;
import java.util.List;
import java.util.Locale;

/**
 * An optimizer: a rule, a learning rate, and how gradients are clipped before. Immutable; {@code
 * withX} returns a changed copy.
 *
 * <pre>{@code
 * Optimizer adam = Optimizer.adam(1e-3f).withClipnorm(1f);
 * }</pre>
 *
 * @param name Keras's class name
 * @param learningRate at least 0
 * @param rule how a weight moves
 * @param clipnorm each gradient is scaled down to this norm; 0: not
 * @param clipvalue each element is clipped to ± this; 0: not
 * @param globalClipnorm all gradients together are scaled down to this norm; 0: not
 */
public record Optimizer(
    String name,
    float learningRate,
    UpdateRule rule,
    float clipnorm,
    float clipvalue,
    float globalClipnorm) {

  /** Checks the parameters; at most one of the three clips may be set, as in Keras. */
  public Optimizer {
    if (!(learningRate >= 0)) {
      throw new IllegalArgumentException(
          name + ": learningRate must be at least 0, got " + learningRate);
    }
    int clips = 0;
    for (float clip : new float[] {clipnorm, clipvalue, globalClipnorm}) {
      if (!(clip >= 0)) {
        throw new IllegalArgumentException(name + ": a clip must be at least 0, got " + clip);
      }
      clips += clip > 0 ? 1 : 0;
    }
    if (clips > 1) {
      throw new IllegalArgumentException(
          name + ": only one of clipnorm, clipvalue and globalClipnorm can be set");
    }
  }

  /** Plain gradient descent. Keras's default learning rate is 0.01. */
  public static Optimizer sgd(float learningRate) {
    return sgd(learningRate, 0f, false);
  }

  /** Gradient descent with momentum in [0, 1]. */
  public static Optimizer sgd(float learningRate, float momentum, boolean nesterov) {
    return of("SGD", learningRate, new UpdateRule.Sgd(momentum, nesterov));
  }

  /** RMSprop with Keras's defaults: rho 0.9, epsilon 1e-7. Default learning rate: 0.001. */
  public static Optimizer rmsprop(float learningRate) {
    return rmsprop(learningRate, 0.9f, 0f, 1e-7f, false);
  }

  /** RMSprop. */
  public static Optimizer rmsprop(
      float learningRate, float rho, float momentum, float epsilon, boolean centered) {
    return of("RMSprop", learningRate, new UpdateRule.RmsProp(rho, momentum, epsilon, centered));
  }

  /** Adam with Keras's defaults: 0.9, 0.999, epsilon 1e-7. Default learning rate: 0.001. */
  public static Optimizer adam(float learningRate) {
    return adam(learningRate, 0.9f, 0.999f, 1e-7f);
  }

  /** Adam. */
  public static Optimizer adam(float learningRate, float beta1, float beta2, float epsilon) {
    return of("Adam", learningRate, new UpdateRule.Adam(beta1, beta2, epsilon, 0f));
  }

  /** AdamW; Keras's defaults are learning rate 0.001, weight decay 0.004. */
  public static Optimizer adamW(float learningRate, float weightDecay) {
    return of("AdamW", learningRate, new UpdateRule.Adam(0.9f, 0.999f, 1e-7f, weightDecay));
  }

  private static Optimizer of(String name, float learningRate, UpdateRule rule) {
    return new Optimizer(name, learningRate, rule, 0f, 0f, 0f);
  }

  /**
   * The optimizer of that Keras name with Keras's defaults: sgd, rmsprop, adam, adamw.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Optimizer of(String name) {
    return switch (Names.given("optimizer", name).toLowerCase(Locale.ROOT)) {
      case "sgd" -> sgd(0.01f);
      case "rmsprop" -> rmsprop(0.001f);
      case "adam" -> adam(0.001f);
      case "adamw" -> adamW(0.001f, 0.004f);
      default -> throw Names.unknown("optimizer", name, List.of("sgd", "rmsprop", "adam", "adamw"));
    };
  }

  /** A copy with another learning rate. */
  public Optimizer withLearningRate(float rate) {
    return new Optimizer(name, rate, rule, clipnorm, clipvalue, globalClipnorm);
  }

  /** A copy that scales each weight's gradient down to this norm. */
  public Optimizer withClipnorm(float norm) {
    return new Optimizer(name, learningRate, rule, norm, clipvalue, globalClipnorm);
  }

  /** A copy that clips each element of the gradients to ± this. */
  public Optimizer withClipvalue(float value) {
    return new Optimizer(name, learningRate, rule, clipnorm, value, globalClipnorm);
  }

  /** A copy that scales all gradients together down to this norm. */
  public Optimizer withGlobalClipnorm(float norm) {
    return new Optimizer(name, learningRate, rule, clipnorm, clipvalue, norm);
  }

  /**
   * The step size that multiplies the rule's direction in step {@code t}, counted from 1: the
   * learning rate, but for Adam {@code lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ)}.
   */
  public float stepSize(float rate, long t) {
    return rule.stepSize(rate, t);
  }
}
