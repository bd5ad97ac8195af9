package io.github.lstm4j.losses;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.expression.Expression;
import io.github.lstm4j.expression.RowFunction;
import java.util.List;

/**
 * The losses that are written as functions of expressions, Keras's (keras/src/losses/losses.py) and
 * those of forecasts with uncertainty. t is the target, p the prediction, ε = 1e-7; a row's value
 * is the mean over the last axis, or the sum where that is said.
 */
public sealed interface LossFunction extends RowFunction {
  /** The smallest probability whose logarithm is taken. */
  float EPSILON = 1e-7f;

  /** One of each, with Keras's defaults. */
  static List<LossFunction> all() {
    return List.of(
        new Hinge(false),
        new Hinge(true),
        new CategoricalHinge(),
        new KlDivergence(),
        new CosineSimilarity(-1),
        new BinaryFocal(false, 0.25f, 2, false, 0, -1),
        new CategoricalFocal(0.25f, 2, false, 0, -1),
        new Gaussian(),
        new StudentT(4));
  }

  /** The function's name in Keras. */
  String kerasName();

  /** The class's name in Keras. */
  String className();

  /** A short name, or null. */
  default String alias() {
    return null;
  }

  /** Whether Keras has it. */
  default boolean isOfKeras() {
    return true;
  }

  /**
   * {@code max(1 − t·p, 0)}, or its square. Targets are −1 or 1; if all of a batch are 0 or 1, 0
   * counts as −1.
   */
  record Hinge(boolean squared) implements LossFunction {
    @Override
    public String kerasName() {
      return squared ? "squared_hinge" : "hinge";
    }

    @Override
    public String className() {
      return squared ? "SquaredHinge" : "Hinge";
    }

    @Override
    public Expression of(Expression target, Expression prediction) {
      Expression binary = target.equalTo(0).plus(target.equalTo(1));
      while (binary.shape().rank() > 0) {
        binary = binary.min(0);
      }
      Expression labels = binary.greaterThan(0).where(target.times(2).minus(1), target);
      Expression value = labels.times(prediction).negate().plus(1).maximum(0);
      return (squared ? value.square() : value).mean(-1);
    }
  }

  /** {@code max(max((1 − t)·p) − Σ t·p + 1, 0)}; targets are one-hot. */
  record CategoricalHinge() implements LossFunction {
    @Override
    public String kerasName() {
      return "categorical_hinge";
    }

    @Override
    public String className() {
      return "CategoricalHinge";
    }

    @Override
    public Expression of(Expression target, Expression prediction) {
      Expression right = target.times(prediction).sum(-1);
      Expression wrong = target.negate().plus(1).times(prediction).max(-1);
      return wrong.minus(right).plus(1).maximum(0);
    }
  }

  /** {@code Σ t·log(t / p)}, both clipped to [ε, 1]. */
  record KlDivergence() implements LossFunction {
    @Override
    public String kerasName() {
      return "kl_divergence";
    }

    @Override
    public String className() {
      return "KLDivergence";
    }

    @Override
    public String alias() {
      return "kld";
    }

    @Override
    public Expression of(Expression target, Expression prediction) {
      Expression t = target.clip(EPSILON, 1);
      return t.times(t.dividedBy(prediction.clip(EPSILON, 1)).log()).sum(-1);
    }
  }

  /**
   * {@code −Σ t·p} of the two scaled to length 1: −1 where they have the same direction.
   *
   * @param axis of (B,T,K) or (B,K), from the end if negative: that which the vectors lie along
   */
  record CosineSimilarity(int axis) implements LossFunction {
    @Override
    public String kerasName() {
      return "cosine_similarity";
    }

    @Override
    public String className() {
      return "CosineSimilarity";
    }

    @Override
    public Expression of(Expression target, Expression prediction) {
      return unit(target).times(unit(prediction)).sum(axis).negate();
    }

    private Expression unit(Expression e) {
      Expression squares = e.square().sum(axis, true).maximum(EPSILON * EPSILON);
      return e.dividedBy(squares.sqrt());
    }
  }

  /**
   * {@code (1 − q)^γ} times the binary crossentropy, q being p for a target of 1 and {@code 1 − p}
   * for 0: what is right already counts little (<a href="https://arxiv.org/abs/1708.02002">Lin et
   * al. 2017</a>).
   *
   * @param classBalancing whether targets of 1 count α and those of 0 {@code 1 − α}
   * @param labelSmoothing s: the target is {@code t·(1 − s) + s/2}
   * @param axis of (B,T,K) or (B,K), from the end if negative: that which the mean is over
   */
  record BinaryFocal(
      boolean classBalancing,
      float alpha,
      float gamma,
      boolean fromLogits,
      float labelSmoothing,
      int axis)
      implements LossFunction {
    /** Checks the parameters. */
    public BinaryFocal {
      requireFocal("binary_focal_crossentropy", alpha, gamma, labelSmoothing);
    }

    @Override
    public String kerasName() {
      return "binary_focal_crossentropy";
    }

    @Override
    public String className() {
      return "BinaryFocalCrossentropy";
    }

    @Override
    public Expression of(Expression target, Expression prediction) {
      Expression t = target.times(1 - labelSmoothing).plus(labelSmoothing / 2);
      Expression other = t.negate().plus(1);
      Expression p = fromLogits ? prediction.activate(Activation.of("sigmoid")) : prediction;
      Expression safe = p.clip(EPSILON, 1 - EPSILON);
      Expression crossentropy =
          t.times(safe.log()).plus(other.times(safe.negate().plus(1).log())).negate();
      // 1 − q = t + p − 2·t·p
      Expression wrong = t.plus(p).minus(t.times(p).times(2)).maximum(0);
      Expression value = focus(wrong, gamma).times(crossentropy);
      if (classBalancing) {
        value = value.times(t.times(alpha).plus(other.times(1 - alpha)));
      }
      return value.mean(axis);
    }
  }

  /**
   * {@code −Σ α·(1 − p)^γ·t·log(p)}, p scaled to the sum 1 and clipped to [ε, 1 − ε].
   *
   * @param labelSmoothing s: the target is {@code t·(1 − s) + s/K}, K the length of the last axis
   * @param axis of (B,T,K) or (B,K), from the end if negative: that of the classes
   */
  record CategoricalFocal(
      float alpha, float gamma, boolean fromLogits, float labelSmoothing, int axis)
      implements LossFunction {
    /** Checks the parameters. */
    public CategoricalFocal {
      requireFocal("categorical_focal_crossentropy", alpha, gamma, labelSmoothing);
    }

    @Override
    public String kerasName() {
      return "categorical_focal_crossentropy";
    }

    @Override
    public String className() {
      return "CategoricalFocalCrossentropy";
    }

    @Override
    public Expression of(Expression target, Expression prediction) {
      int classes = target.shape().last();
      Expression t = target.times(1 - labelSmoothing).plus(labelSmoothing / classes);
      Expression p = fromLogits ? exponentials(prediction) : prediction;
      Expression output = p.dividedBy(p.sum(axis, true)).clip(EPSILON, 1 - EPSILON);
      Expression crossentropy = t.times(output.log()).negate();
      Expression factor = focus(output.negate().plus(1), gamma).times(alpha);
      return factor.times(crossentropy).sum(axis);
    }

    /** As large as the softmax, but for a factor: the largest is 1. */
    private Expression exponentials(Expression logits) {
      return logits.minus(logits.max(axis, true).withoutGradient()).exp();
    }
  }

  /**
   * {@code log σ + (t − μ)²/(2σ²) + log(2π)/2}: how unlikely the target is in a normal
   * distribution. The output has the means of all K targets, then the raw scales of all: (…, 2·K),
   * so that {@code σ = softplus(raw) + 1e-6}. Keras has no such loss.
   */
  record Gaussian() implements LossFunction {
    private static final double CONSTANT = Math.log(2 * Math.PI) / 2;

    @Override
    public String kerasName() {
      return "gaussian_nll";
    }

    @Override
    public String className() {
      return "GaussianNLL";
    }

    @Override
    public boolean isOfKeras() {
      return false;
    }

    @Override
    public int targetWidth(int outputs) {
      return half(kerasName(), outputs);
    }

    @Override
    public Expression of(Expression target, Expression prediction) {
      Expression scale = scale(target, prediction);
      Expression z = target.minus(mean(target, prediction)).dividedBy(scale);
      return scale.log().plus(z.square().times(0.5f)).plus((float) CONSTANT).mean(-1);
    }
  }

  /**
   * As {@link Gaussian}, in Student's t-distribution, whose tails forgive outliers: {@code log σ +
   * (ν + 1)/2·log(1 + z²/ν) + c}, {@code z = (t − μ)/σ}, where c makes the density's integral 1.
   *
   * @param degreesOfFreedom ν, greater than 0
   */
  record StudentT(float degreesOfFreedom) implements LossFunction {
    /** Checks ν. */
    public StudentT {
      if (!(degreesOfFreedom > 0 && Float.isFinite(degreesOfFreedom))) {
        throw new IllegalArgumentException(
            "student_t_nll: degreesOfFreedom must be greater than 0, got " + degreesOfFreedom);
      }
    }

    @Override
    public String kerasName() {
      return "student_t_nll";
    }

    @Override
    public String className() {
      return "StudentTNLL";
    }

    @Override
    public boolean isOfKeras() {
      return false;
    }

    @Override
    public int targetWidth(int outputs) {
      return half(kerasName(), outputs);
    }

    @Override
    public Expression of(Expression target, Expression prediction) {
      double nu = degreesOfFreedom;
      double constant = logGamma(nu / 2) - logGamma((nu + 1) / 2) + Math.log(nu * Math.PI) / 2;
      Expression scale = scale(target, prediction);
      Expression z = target.minus(mean(target, prediction)).dividedBy(scale);
      Expression tail = z.square().times((float) (1 / nu)).log1p().times((float) ((nu + 1) / 2));
      return scale.log().plus(tail).plus((float) constant).mean(-1);
    }

    /** By Stirling's series (Abramowitz and Stegun 6.1.41), after shifting x beyond 8. */
    private static double logGamma(double x) {
      double shift = 0;
      double y = x;
      while (y < 8) {
        shift += Math.log(y);
        y++;
      }
      double r = 1 / (y * y);
      double series = (1 / 12.0 - r * (1 / 360.0 - r * (1 / 1260.0 - r / 1680))) / y;
      return (y - 0.5) * Math.log(y) - y + Math.log(2 * Math.PI) / 2 + series - shift;
    }
  }

  /** {@code base^γ} of a base of at least 0. */
  private static Expression focus(Expression base, float gamma) {
    return gamma == 2 ? base.square() : base.power(gamma);
  }

  private static Expression mean(Expression target, Expression prediction) {
    return prediction.slice(-1, 0, target.shape().last());
  }

  private static Expression scale(Expression target, Expression prediction) {
    int targets = target.shape().last();
    Expression raw = prediction.slice(-1, targets, targets);
    return raw.activate(Activation.of("softplus")).plus(1e-6f);
  }

  private static int half(String name, int outputs) {
    if (outputs % 2 != 0) {
      throw new IllegalArgumentException(
          name
              + ": expected an even number of outputs, the means of all targets and then their"
              + " scales, got "
              + outputs);
    }
    return outputs / 2;
  }

  private static void requireFocal(String name, float alpha, float gamma, float smoothing) {
    if (!(Float.isFinite(alpha) && gamma >= 0 && smoothing >= 0 && smoothing <= 1)) {
      throw new IllegalArgumentException(
          name
              + ": expected a number as alpha, gamma of at least 0 and labelSmoothing in [0, 1],"
              + " got "
              + alpha
              + ", "
              + gamma
              + " and "
              + smoothing);
    }
  }
}
