package io.github.lstm4j.optimizers;

import java.util.ArrayList;
import java.util.List;

/**
 * How one weight w moves along its gradient g, elementwise; lr is the learning rate of the step.
 * The rules and where epsilon stands are Keras 3's (keras/src/optimizers).
 */
public sealed interface UpdateRule {
  /**
   * A tensor of the weight's shape that the rule keeps between steps.
   *
   * @param name Keras's
   * @param initial what it holds at first
   */
  record Slot(String name, float initial) {}

  /** How Keras orders the slots of all weights in a file. */
  enum SlotOrder {
    /** All slots of the first weight, then those of the second. */
    BY_WEIGHT,
    /** The first slot of all weights, then the second. */
    BY_SLOT
  }

  /** What the rule keeps for each weight, in the order in which an update takes it. */
  List<Slot> slots();

  /** The order of the slots in files. */
  SlotOrder slotOrder();

  /** What multiplies the rule's direction in step {@code t}, counted from 1. */
  default float stepSize(float learningRate, long t) {
    return learningRate;
  }

  /**
   * {@code w −= lr·g}; with momentum μ: {@code v = μ·v − lr·g}, {@code w += v}, or {@code w += μ·v
   * − lr·g} for Nesterov. Slot: v, if momentum is not 0.
   */
  record Sgd(float momentum, boolean nesterov) implements UpdateRule {
    @Override
    public List<Slot> slots() {
      return momentum != 0 ? List.of(new Slot("momentum", 0)) : List.of();
    }

    @Override
    public SlotOrder slotOrder() {
      return SlotOrder.BY_SLOT;
    }
  }

  /**
   * {@code v = ρ·v + (1 − ρ)·g²}; {@code d = lr·g / √(v + ε)}, or {@code lr·g / √(v − a² + ε)} if
   * centered, with {@code a = ρ·a + (1 − ρ)·g}; {@code w −= d}, or with momentum {@code m = μ·m +
   * d}, {@code w −= m}. Slots: v, then m if momentum is not 0, then a if centered.
   */
  record RmsProp(float rho, float momentum, float epsilon, boolean centered) implements UpdateRule {
    @Override
    public List<Slot> slots() {
      List<Slot> slots = new ArrayList<>(List.of(new Slot("velocity", 0)));
      if (momentum != 0) {
        slots.add(new Slot("momentum", 0));
      }
      if (centered) {
        slots.add(new Slot("average_gradient", 0));
      }
      return slots;
    }

    @Override
    public SlotOrder slotOrder() {
      return SlotOrder.BY_SLOT;
    }
  }

  /**
   * {@code w −= w·decay·lr}; {@code m += (g − m)·(1 − β₁)}; {@code v += (g² − v)·(1 − β₂)}; {@code
   * w −= α·m / (√v + ε)} with {@code α = lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ)}, t counting steps from 1.
   * Slots: m, v. Decay is 0 for Adam.
   */
  record Adam(float beta1, float beta2, float epsilon, float weightDecay) implements UpdateRule {
    @Override
    public List<Slot> slots() {
      return List.of(new Slot("momentum", 0), new Slot("velocity", 0));
    }

    @Override
    public SlotOrder slotOrder() {
      return SlotOrder.BY_WEIGHT;
    }

    @Override
    public float stepSize(float learningRate, long t) {
      return (float)
          (learningRate
              * Math.sqrt(1 - Math.pow(beta2, (double) t))
              / (1 - Math.pow(beta1, (double) t)));
    }
  }
}
