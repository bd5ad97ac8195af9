package io.github.lstm4j.optimizers;

/**
 * How one weight w moves along its gradient g, elementwise; lr is the learning rate of the step.
 * The rules and where epsilon stands are Keras 3's (keras/src/optimizers).
 */
public sealed interface UpdateRule {
  /** How many tensors of the weight's shape the rule keeps between steps, all zero at first. */
  int slots();

  /**
   * {@code w −= lr·g}; with momentum μ: {@code v = μ·v − lr·g}, {@code w += v}, or {@code w += μ·v
   * − lr·g} for Nesterov. Slot: v, if momentum is not 0.
   */
  record Sgd(float momentum, boolean nesterov) implements UpdateRule {
    @Override
    public int slots() {
      return momentum != 0 ? 1 : 0;
    }
  }

  /**
   * {@code v = ρ·v + (1 − ρ)·g²}; {@code d = lr·g / √(v + ε)}, or {@code lr·g / √(v − a² + ε)} if
   * centered, with {@code a = ρ·a + (1 − ρ)·g}; {@code w −= d}, or with momentum {@code m = μ·m +
   * d}, {@code w −= m}. Slots: v, then m if momentum is not 0, then a if centered.
   */
  record RmsProp(float rho, float momentum, float epsilon, boolean centered) implements UpdateRule {
    @Override
    public int slots() {
      return 1 + (momentum != 0 ? 1 : 0) + (centered ? 1 : 0);
    }
  }

  /**
   * {@code w −= w·decay·lr}; {@code m += (g − m)·(1 − β₁)}; {@code v += (g² − v)·(1 − β₂)}; {@code
   * w −= α·m / (√v + ε)} with {@code α = lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ)}, t counting steps from 1.
   * Slots: m, v. Decay is 0 for Adam.
   */
  record Adam(float beta1, float beta2, float epsilon, float weightDecay) implements UpdateRule {
    @Override
    public int slots() {
      return 2;
    }
  }
}
