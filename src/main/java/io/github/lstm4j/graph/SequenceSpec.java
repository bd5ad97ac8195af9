package io.github.lstm4j.graph;

/**
 * How a recurrent layer goes through a sequence. Values stay in the order of time whatever the
 * direction: of states (T+1,B,U) slot t+1 is the state after time t and slot 0 the initial one, or
 * backwards slot t the state after time t and slot T the initial one.
 *
 * <p>A masked step (mask 0) carries the states over and repeats the previous output, zero if there
 * is none yet; with {@code zeroOutputForMask} its output is zero.
 *
 * @param goBackwards time runs from the last step to the first
 * @param zeroOutputForMask see above
 */
public record SequenceSpec(boolean goBackwards, boolean zeroOutputForMask) {
  /** The time of the s-th processed step of {@code timesteps}. */
  public int timeOf(int s, int timesteps) {
    return goBackwards ? timesteps - 1 - s : s;
  }

  /** The slot that holds the state before time t. */
  public int slotBefore(int t) {
    return goBackwards ? t + 1 : t;
  }

  /** The slot that holds the state after time t. */
  public int slotAfter(int t) {
    return goBackwards ? t : t + 1;
  }
}
