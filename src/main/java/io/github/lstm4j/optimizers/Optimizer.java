package io.github.lstm4j.optimizers;

import io.github.lstm4j.names.Arguments;
import io.github.lstm4j.names.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An optimizer: a rule, a learning rate, and what happens to gradients before and to weights after.
 * Immutable; {@code withX} returns a changed copy.
 *
 * <pre>{@code
 * Optimizer adam = Optimizer.adam(1e-3f).withClipnorm(1f);
 * Optimizer decaying =
 *     Optimizer.of("lion")
 *         .withLearningRate(LearningRateSchedule.cosineDecay(1e-4, 10_000, 0))
 *         .withWeightDecay(0.01f)
 *         .excludeFromWeightDecay("bias");
 * }</pre>
 *
 * <p>A step: clip the gradients, let weights decay, follow the rule, average the weights. With
 * gradient accumulation only the last of so many steps does the first three, with the mean of their
 * gradients.
 *
 * @param name Keras's class name
 * @param schedule the learning rate of each step
 * @param rule how a weight moves
 * @param clip how gradients are clipped
 * @param weightDecay before each update a weight loses {@code weightDecay·learningRate} of itself;
 *     0: nothing
 * @param undecayed which weights do not: see {@link #excludeFromWeightDecay}
 * @param ema the moving average of the weights; null: none is kept
 * @param gradientAccumulationSteps how many steps make an update, at least 1
 */
public record Optimizer(
    String name,
    LearningRateSchedule schedule,
    UpdateRule rule,
    Clip clip,
    float weightDecay,
    List<String> undecayed,
    Ema ema,
    int gradientAccumulationSteps) {

  /** The names that {@link #of(String)} takes. */
  public static final List<String> NAMES =
      List.of(
          "sgd",
          "rmsprop",
          "adam",
          "adamw",
          "adamax",
          "nadam",
          "adagrad",
          "adadelta",
          "lion",
          "ftrl",
          "lamb");

  /**
   * How gradients are clipped; 0 is not at all. At most one may be set, as in Keras.
   *
   * @param norm each gradient is scaled down to this norm
   * @param value each element is clipped to ± this
   * @param globalNorm all gradients together are scaled down to this norm
   */
  public record Clip(float norm, float value, float globalNorm) {
    /** Not at all. */
    public static final Clip NONE = new Clip(0, 0, 0);

    /** Checks the limits. */
    public Clip {
      int set = 0;
      for (float limit : new float[] {norm, value, globalNorm}) {
        if (!(limit >= 0)) {
          throw new IllegalArgumentException("optimizer: a clip must be at least 0, got " + limit);
        }
        set += limit > 0 ? 1 : 0;
      }
      if (set > 1) {
        throw new IllegalArgumentException(
            "optimizer: only one of clipnorm, clipvalue and globalClipnorm can be set");
      }
    }
  }

  /**
   * An exponential moving average of the weights, {@code average = m·average + (1 − m)·weight}
   * after each step; after the first one it is the weight. When {@code fit} has ended the weights
   * are set to it. See {@code SwapEMAWeights} for evaluating with it between epochs.
   *
   * @param momentum m, in [0, 1]
   * @param overwriteFrequency after so many updates each the weights are set to the average; 0:
   *     never before the end
   */
  public record Ema(float momentum, int overwriteFrequency) {
    /** Checks the parameters. */
    public Ema {
      if (!(momentum >= 0 && momentum <= 1)) {
        throw new IllegalArgumentException(
            "optimizer: the EMA's momentum must lie in [0, 1], got " + momentum);
      }
      if (overwriteFrequency < 0) {
        throw new IllegalArgumentException(
            "optimizer: the EMA's overwriteFrequency must be at least 0, got "
                + overwriteFrequency);
      }
    }
  }

  /** Checks the parameters. */
  public Optimizer {
    Arguments.given("a schedule", schedule);
    if (!(weightDecay >= 0 && Float.isFinite(weightDecay))) {
      throw new IllegalArgumentException(
          name + ": weightDecay must be at least 0, got " + weightDecay);
    }
    if (gradientAccumulationSteps < 1) {
      throw new IllegalArgumentException(
          name
              + ": gradientAccumulationSteps must be at least 1, got "
              + gradientAccumulationSteps);
    }
    undecayed = List.copyOf(undecayed);
  }

  private static Optimizer of(String name, float learningRate, UpdateRule rule) {
    LearningRateSchedule rate = new LearningRateSchedule.Constant(learningRate);
    return new Optimizer(name, rate, rule, Clip.NONE, 0, List.of(), null, 1);
  }

  // ---------------------------------------------------------------- Keras's

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
    return of("Adam", learningRate, new UpdateRule.Adam(beta1, beta2, epsilon, false));
  }

  /** AdamW; Keras's defaults are learning rate 0.001, weight decay 0.004. */
  public static Optimizer adamW(float learningRate, float weightDecay) {
    return of("AdamW", learningRate, new UpdateRule.Adam(0.9f, 0.999f, 1e-7f, false))
        .withWeightDecay(weightDecay);
  }

  /** Adamax with Keras's defaults: 0.9, 0.999, epsilon 1e-7. Default learning rate: 0.001. */
  public static Optimizer adamax(float learningRate) {
    return of("Adamax", learningRate, new UpdateRule.Adamax(0.9f, 0.999f, 1e-7f));
  }

  /** Nadam with Keras's defaults: 0.9, 0.999, epsilon 1e-7. Default learning rate: 0.001. */
  public static Optimizer nadam(float learningRate) {
    return of("Nadam", learningRate, new UpdateRule.Nadam(0.9f, 0.999f, 1e-7f));
  }

  /** Adagrad with Keras's defaults: accumulators from 0.1, epsilon 1e-7. Default rate: 0.001. */
  public static Optimizer adagrad(float learningRate) {
    return of("Adagrad", learningRate, new UpdateRule.Adagrad(0.1f, 1e-7f));
  }

  /** Adadelta with Keras's defaults: rho 0.95, epsilon 1e-7. Default learning rate: 0.001. */
  public static Optimizer adadelta(float learningRate) {
    return of("Adadelta", learningRate, new UpdateRule.Adadelta(0.95f, 1e-7f));
  }

  /** Lion with Keras's defaults: 0.9, 0.99. Default learning rate: 0.001. */
  public static Optimizer lion(float learningRate) {
    return of("Lion", learningRate, new UpdateRule.Lion(0.9f, 0.99f));
  }

  /** Ftrl with Keras's defaults: power −0.5, accumulators from 0.1. Default rate: 0.001. */
  public static Optimizer ftrl(float learningRate) {
    return of("Ftrl", learningRate, new UpdateRule.Ftrl(-0.5f, 0.1f, 0, 0, 0, 0));
  }

  /** Lamb with Keras's defaults: 0.9, 0.999, epsilon 1e-7. Default learning rate: 0.001. */
  public static Optimizer lamb(float learningRate) {
    return of("Lamb", learningRate, new UpdateRule.Lamb(0.9f, 0.999f, 1e-7f));
  }

  /**
   * The optimizer of that Keras name, one of {@link #NAMES} in any case, with Keras's defaults.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Optimizer of(String name) {
    return switch (Names.given("optimizer", name).toLowerCase(Locale.ROOT)) {
      case "sgd" -> sgd(0.01f);
      case "rmsprop" -> rmsprop(0.001f);
      case "adam" -> adam(0.001f);
      case "adamw" -> adamW(0.001f, 0.004f);
      case "adamax" -> adamax(0.001f);
      case "nadam" -> nadam(0.001f);
      case "adagrad" -> adagrad(0.001f);
      case "adadelta" -> adadelta(0.001f);
      case "lion" -> lion(0.001f);
      case "ftrl" -> ftrl(0.001f);
      case "lamb" -> lamb(0.001f);
      default -> throw Names.unknown("optimizer", name, NAMES);
    };
  }

  // ---------------------------------------------------------------- copies

  /** A copy with another learning rate, at least 0. */
  public Optimizer withLearningRate(float rate) {
    return withLearningRate(new LearningRateSchedule.Constant(rate));
  }

  /** A copy whose learning rate goes on by a schedule of training steps. */
  public Optimizer withLearningRate(LearningRateSchedule other) {
    return new Optimizer(
        name, other, rule, clip, weightDecay, undecayed, ema, gradientAccumulationSteps);
  }

  /** A copy with another rule, of the same name. */
  public Optimizer withRule(UpdateRule other) {
    return new Optimizer(
        name, schedule, other, clip, weightDecay, undecayed, ema, gradientAccumulationSteps);
  }

  /** A copy that scales each weight's gradient down to this norm. */
  public Optimizer withClipnorm(float norm) {
    return withClip(new Clip(norm, clip.value, clip.globalNorm));
  }

  /** A copy that clips each element of the gradients to ± this. */
  public Optimizer withClipvalue(float value) {
    return withClip(new Clip(clip.norm, value, clip.globalNorm));
  }

  /** A copy that scales all gradients together down to this norm. */
  public Optimizer withGlobalClipnorm(float norm) {
    return withClip(new Clip(clip.norm, clip.value, norm));
  }

  /** A copy that clips so. */
  public Optimizer withClip(Clip other) {
    return new Optimizer(
        name, schedule, rule, other, weightDecay, undecayed, ema, gradientAccumulationSteps);
  }

  /** A copy in which weights lose {@code rate·learningRate} of themselves before each update. */
  public Optimizer withWeightDecay(float rate) {
    return new Optimizer(
        name, schedule, rule, clip, rate, undecayed, ema, gradientAccumulationSteps);
  }

  /**
   * A copy in which some weights do not decay, Keras's {@code exclude_from_weight_decay}.
   *
   * @param weights parts of weights' names, {@code bias}, or the whole {@code Weight.path()} of
   *     single ones, {@code dense.kernel}
   */
  public Optimizer excludeFromWeightDecay(String... weights) {
    return new Optimizer(
        name, schedule, rule, clip, weightDecay, List.of(weights), ema, gradientAccumulationSteps);
  }

  /** A copy with Adam's {@code amsgrad}. */
  public Optimizer withAmsgrad() {
    if (rule instanceof UpdateRule.Adam adam) {
      return withRule(new UpdateRule.Adam(adam.beta1(), adam.beta2(), adam.epsilon(), true));
    }
    throw new IllegalArgumentException(name + " has no amsgrad; Adam and AdamW have");
  }

  /** A copy that averages the weights. */
  public Optimizer withEma(float momentum) {
    return withEma(new Ema(momentum, 0));
  }

  /** A copy that averages the weights so; null: not at all. */
  public Optimizer withEma(Ema other) {
    return new Optimizer(
        name, schedule, rule, clip, weightDecay, undecayed, other, gradientAccumulationSteps);
  }

  /** A copy that updates after so many steps each, by the mean of their gradients. */
  public Optimizer withGradientAccumulationSteps(int steps) {
    return new Optimizer(name, schedule, rule, clip, weightDecay, undecayed, ema, steps);
  }

  // ---------------------------------------------------------------- what it does

  /** The learning rate of the first step. */
  public float learningRate() {
    return learningRate(0);
  }

  /**
   * The learning rate of a step.
   *
   * @param step from 0; with gradient accumulation each step counts, as in Keras
   */
  public float learningRate(long step) {
    return (float) schedule.at(step);
  }

  /** Whether a step is the last of those that make an update. */
  public boolean updatesAt(long step) {
    return (step + 1) % gradientAccumulationSteps == 0;
  }

  /**
   * Whether a weight loses some of itself before an update.
   *
   * @param weight its name
   * @param path its name with the layer's before it
   */
  public boolean decays(String weight, String path) {
    return weightDecay > 0
        && undecayed.stream().noneMatch(u -> weight.contains(u) || path.equals(u));
  }

  /**
   * What is kept for each weight, grouped as {@link UpdateRule#slotGroups}: the average, the sum of
   * gradients, then what the rule keeps.
   */
  public List<List<UpdateRule.Slot>> slotGroups() {
    List<List<UpdateRule.Slot>> groups = new ArrayList<>();
    if (ema != null) {
      groups.add(List.of(new UpdateRule.Slot("average")));
    }
    if (gradientAccumulationSteps > 1) {
      groups.add(List.of(new UpdateRule.Slot("gradient_accumulator")));
    }
    groups.addAll(rule.slotGroups());
    return groups;
  }
}
