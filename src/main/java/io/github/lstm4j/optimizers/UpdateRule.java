package io.github.lstm4j.optimizers;

import java.util.ArrayList;
import java.util.List;

/**
 * How one weight w moves along its gradient g, elementwise; lr is the learning rate of the step, t
 * the number of the update, from 1. The rules and where epsilon stands are Keras 3's
 * (keras/src/optimizers).
 */
public sealed interface UpdateRule {
  /**
   * A tensor of the weight's shape that is kept between steps.
   *
   * @param name Keras's
   * @param initial what it holds at first
   */
  record Slot(String name, float initial) {
    /** One that is 0 at first. */
    public Slot(String name) {
      this(name, 0);
    }
  }

  /**
   * What the rule keeps for each weight, in groups as Keras's files have them: all slots of a group
   * for the first weight, then those for the second; then the next group.
   */
  List<List<Slot>> slotGroups();

  /** The slots in the order in which an update takes them. */
  default List<Slot> slots() {
    return slotGroups().stream().flatMap(List::stream).toList();
  }

  /** What depends on the update's number, up to three factors; the rule says which. */
  default float[] factors(float learningRate, long t) {
    return new float[0];
  }

  private static double power(float beta, long t) {
    return Math.pow(beta, (double) t);
  }

  private static List<List<Slot>> together(String... names) {
    List<Slot> slots = new ArrayList<>();
    for (String name : names) {
      slots.add(new Slot(name));
    }
    return List.of(slots);
  }

  private static List<List<Slot>> with(List<List<Slot>> groups, String name) {
    List<List<Slot>> more = new ArrayList<>(groups);
    more.add(List.of(new Slot(name)));
    return more;
  }

  private static void require(boolean holds, String rule, String what, Object got) {
    if (!holds) {
      throw new IllegalArgumentException(rule + ": " + what + ", got " + got);
    }
  }

  private static void requireFraction(String rule, String name, float value) {
    require(value >= 0 && value <= 1, rule, name + " must lie in [0, 1]", value);
  }

  private static void requireAtLeast0(String rule, String name, float value) {
    require(value >= 0 && Float.isFinite(value), rule, name + " must be at least 0", value);
  }

  /** Those of Adam's kin. */
  private static void requireBetas(String rule, float beta1, float beta2, float epsilon) {
    requireFraction(rule, "beta1", beta1);
    requireFraction(rule, "beta2", beta2);
    requireAtLeast0(rule, "epsilon", epsilon);
  }

  /**
   * {@code w −= lr·g}; with momentum μ: {@code v = μ·v − lr·g}, {@code w += v}, or {@code w += μ·v
   * − lr·g} for Nesterov. Slot: v, if momentum is not 0.
   */
  record Sgd(float momentum, boolean nesterov) implements UpdateRule {
    /** Checks the momentum. */
    public Sgd {
      requireFraction("SGD", "momentum", momentum);
    }

    @Override
    public List<List<Slot>> slotGroups() {
      return momentum != 0 ? together("momentum") : List.of();
    }
  }

  /**
   * {@code v = ρ·v + (1 − ρ)·g²}; {@code d = lr·g / √(v + ε)}, or {@code lr·g / √(v − a² + ε)} if
   * centered, with {@code a = ρ·a + (1 − ρ)·g}; {@code w −= d}, or with momentum {@code m = μ·m +
   * d}, {@code w −= m}. Slots: v, then m if momentum is not 0, then a if centered.
   */
  record RmsProp(float rho, float momentum, float epsilon, boolean centered) implements UpdateRule {
    /** Checks the parameters. */
    public RmsProp {
      requireFraction("RMSprop", "rho", rho);
      requireFraction("RMSprop", "momentum", momentum);
      requireAtLeast0("RMSprop", "epsilon", epsilon);
    }

    @Override
    public List<List<Slot>> slotGroups() {
      List<List<Slot>> groups = together("velocity");
      groups = momentum != 0 ? with(groups, "momentum") : groups;
      return centered ? with(groups, "average_gradient") : groups;
    }
  }

  /** {@code s += g²}; {@code w −= lr·g / √(s + ε)}. Slot: s, which begins with a value. */
  record Adagrad(float initialAccumulatorValue, float epsilon) implements UpdateRule {
    /** Checks the parameters. */
    public Adagrad {
      requireAtLeast0("Adagrad", "initialAccumulatorValue", initialAccumulatorValue);
      requireAtLeast0("Adagrad", "epsilon", epsilon);
    }

    @Override
    public List<List<Slot>> slotGroups() {
      return List.of(List.of(new Slot("accumulator", initialAccumulatorValue)));
    }
  }

  /**
   * {@code s = ρ·s + (1 − ρ)·g²}; {@code d = g·√(u + ε) / √(s + ε)}; {@code u = ρ·u + (1 − ρ)·d²};
   * {@code w −= lr·d}. Slots: s, u.
   */
  record Adadelta(float rho, float epsilon) implements UpdateRule {
    /** Checks the parameters. */
    public Adadelta {
      requireFraction("Adadelta", "rho", rho);
      requireAtLeast0("Adadelta", "epsilon", epsilon);
    }

    @Override
    public List<List<Slot>> slotGroups() {
      return together("accumulated_grad", "accumulated_delta_var");
    }
  }

  /**
   * {@code m += (g − m)·(1 − β₁)}; {@code v += (g² − v)·(1 − β₂)}; {@code w −= α·m / (√v + ε)};
   * with amsgrad {@code h = max(h, v)} stands for v there. Factor: {@code α = lr·√(1 − β₂ᵗ) / (1 −
   * β₁ᵗ)}. Slots: m, v, then h.
   */
  record Adam(float beta1, float beta2, float epsilon, boolean amsgrad) implements UpdateRule {
    /** Checks the parameters. */
    public Adam {
      requireBetas("Adam", beta1, beta2, epsilon);
    }

    @Override
    public List<List<Slot>> slotGroups() {
      List<List<Slot>> groups = together("momentum", "velocity");
      return amsgrad ? with(groups, "velocity_hat") : groups;
    }

    @Override
    public float[] factors(float learningRate, long t) {
      return new float[] {
        (float) (learningRate * Math.sqrt(1 - power(beta2, t)) / (1 - power(beta1, t)))
      };
    }
  }

  /**
   * {@code m += (g − m)·(1 − β₁)}; {@code u = max(β₂·u, |g|)}; {@code w −= α·m / (u + ε)}. Factor:
   * {@code α = lr / (1 − β₁ᵗ)}. Slots: m, u.
   */
  record Adamax(float beta1, float beta2, float epsilon) implements UpdateRule {
    /** Checks the parameters. */
    public Adamax {
      requireBetas("Adamax", beta1, beta2, epsilon);
    }

    @Override
    public List<List<Slot>> slotGroups() {
      return together("momentum", "norm");
    }

    @Override
    public float[] factors(float learningRate, long t) {
      return new float[] {(float) (learningRate / (1 - power(beta1, t)))};
    }
  }

  /**
   * {@code m += (g − m)·(1 − β₁)}; {@code v += (g² − v)·(1 − β₂)}; {@code w −= (a·m + b·g) /
   * (√(c·v) + ε)}. With {@code uᵢ = β₁·(1 − 0.96ⁱ/2)} and P their {@linkplain #product product} up
   * to t the factors are {@code a = lr·uₜ₊₁ / (1 − P·uₜ₊₁)}, {@code b = lr·(1 − uₜ) / (1 − P)} and
   * {@code c = 1 / (1 − β₂ᵗ)}. Slots: m, v.
   */
  record Nadam(float beta1, float beta2, float epsilon) implements UpdateRule {
    /** After so many 0.96ⁱ is nothing beside 1. */
    private static final int SETTLED = 1000;

    /** Checks the parameters. */
    public Nadam {
      requireBetas("Nadam", beta1, beta2, epsilon);
    }

    @Override
    public List<List<Slot>> slotGroups() {
      return together("momentum", "velocity");
    }

    /** {@code u₁·…·uₜ}, which Keras keeps in a variable: here it follows from t. */
    public double product(long t) {
      double product = power(beta1, t);
      for (int i = 1; i <= Math.min(t, SETTLED); i++) {
        product *= 1 - 0.5 * Math.pow(0.96, i);
      }
      return product;
    }

    private double momentum(long i) {
      return beta1 * (1 - 0.5 * Math.pow(0.96, (double) i));
    }

    @Override
    public float[] factors(float learningRate, long t) {
      double product = product(t);
      double now = momentum(t);
      double next = momentum(t + 1);
      return new float[] {
        (float) (learningRate * next / (1 - product * next)),
        (float) (learningRate * (1 - now) / (1 - product)),
        (float) (1 / (1 - power(beta2, t)))
      };
    }
  }

  /**
   * {@code w −= lr·sign(β₁·m + (1 − β₁)·g)}; {@code m = β₂·m + (1 − β₂)·g}. Slot: m. Keras's
   * default rate of 0.001 suits it; weight decay is usual with it.
   */
  record Lion(float beta1, float beta2) implements UpdateRule {
    /** Checks the parameters. */
    public Lion {
      require(beta1 > 0 && beta1 <= 1, "Lion", "beta1 must lie in (0, 1]", beta1);
      requireFraction("Lion", "beta2", beta2);
    }

    @Override
    public List<List<Slot>> slotGroups() {
      return together("momentum");
    }
  }

  /**
   * Follow the regularised leader: {@code n' = n + g²}; {@code z += g + 2·s·w − w·(n'^−p −
   * n^−p)/lr}; {@code w = (clip(z, −l1, l1) − z) / (n'^−p/lr + 2·l2 + β/lr)}; {@code n = n'}.
   * Slots: n, which begins with a value, and z. It needs a learning rate above 0.
   *
   * @param learningRatePower p, at most 0
   * @param l2Shrinkage s
   */
  record Ftrl(
      float learningRatePower,
      float initialAccumulatorValue,
      float l1,
      float l2,
      float l2Shrinkage,
      float beta)
      implements UpdateRule {
    /** Checks the parameters. */
    public Ftrl {
      require(
          learningRatePower <= 0, "Ftrl", "learningRatePower must be at most 0", learningRatePower);
      requireAtLeast0("Ftrl", "initialAccumulatorValue", initialAccumulatorValue);
      requireAtLeast0("Ftrl", "l1", l1);
      requireAtLeast0("Ftrl", "l2", l2);
      requireAtLeast0("Ftrl", "l2Shrinkage", l2Shrinkage);
      require(Float.isFinite(beta), "Ftrl", "beta must be a number", beta);
    }

    @Override
    public List<List<Slot>> slotGroups() {
      return List.of(List.of(new Slot("accumulator", initialAccumulatorValue), new Slot("linear")));
    }
  }

  /**
   * {@code m += (g − m)·(1 − β₁)}; {@code v += (g² − v)·(1 − β₂)}; {@code d = a·m / (√(b·v) + ε)};
   * {@code w −= lr·r·d} with {@code r = ‖w‖ / ‖d‖} over the whole weight, 1 where one of the norms
   * is 0. Factors: {@code a = 1 / (1 − β₁ᵗ)}, {@code b = 1 / (1 − β₂ᵗ)}. Slots: m, v.
   */
  record Lamb(float beta1, float beta2, float epsilon) implements UpdateRule {
    /** Checks the parameters. */
    public Lamb {
      requireBetas("Lamb", beta1, beta2, epsilon);
    }

    @Override
    public List<List<Slot>> slotGroups() {
      return together("momentum", "velocity");
    }

    @Override
    public float[] factors(float learningRate, long t) {
      return new float[] {(float) (1 / (1 - power(beta1, t))), (float) (1 / (1 - power(beta2, t)))};
    }
  }
}
