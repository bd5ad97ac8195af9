package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.SequenceSpec;
import io.github.lstm4j.graph.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Where the operands of a recurrent op lie, step by step, in the slots of {@link SequenceSpec}.
 * Shapes: T timesteps, B batch, F features, U units, G gates.
 */
final class SequencePlaces {
  final RecurrentOp.Recurrent op;
  final int t;
  final int b;
  final int f;
  final int u;
  final int g;
  final long state; // floats of a state (B,U)
  private final Predicate<Value> read;
  private final int part; // of so many steps the gates are there at a time, if nobody reads them

  /**
   * @param read whether anyone reads a value but the steps themselves: else two slots of it take
   *     turns, which stay in the device's cache
   */
  SequencePlaces(RecurrentOp.Recurrent op, Predicate<Value> read) {
    this(op, read, op.timesteps());
  }

  private SequencePlaces(RecurrentOp.Recurrent op, Predicate<Value> read, int part) {
    this.op = op;
    this.read = read;
    this.part = part;
    t = op.timesteps();
    b = op.batch();
    f = op.features();
    u = op.units();
    g = op.cell().gates();
    state = (long) b * u;
  }

  /** The same with the gates of that many steps at a time, where nobody else reads them. */
  SequencePlaces inParts(int steps) {
    return new SequencePlaces(op, read, steps);
  }

  /** Floats of what is written step by step and not kept whole. */
  Map<Value, Long> keeps() {
    Map<Value, Long> floats = new HashMap<>();
    for (Value states : op.states().subList(1, op.states().size())) {
      if (!read.test(states)) {
        floats.put(states, 2 * state);
      }
    }
    if (!read.test(op.gates())) {
      floats.put(op.gates(), (long) part * g * state);
    }
    return floats;
  }

  /** A state (B,U) before the s-th processed step; null before the first of a zero state. */
  Place before(int index, int s) {
    return s == 0 && initial(index) == null ? null : slot(index, op.slotBefore(op.timeOf(s)));
  }

  /** A state (B,U) after the s-th processed step. */
  Place after(int index, int s) {
    return slot(index, op.slotAfter(op.timeOf(s)));
  }

  /** Where the state (B,U) before all steps lies, also if it is zero. */
  Place start(int index) {
    return slot(index, op.slotBefore(op.timeOf(0)));
  }

  /** The steps that have a state before them: all, or from a zero state all but the first. */
  int stepsWithBefore() {
    return initial(0) == null ? t - 1 : t;
  }

  /** The earliest time of these steps. */
  private int earliestWithBefore() {
    return initial(0) == null && !op.sequence().goBackwards() ? 1 : 0;
  }

  /** A state before these steps, (steps·B,U) in the order of time. */
  Place allBefore(int index) {
    return slot(index, op.slotBefore(earliestWithBefore()));
  }

  /** What lies (T,B,width) in the order of time, from the earliest of these steps on. */
  Place fromBefore(Place all, int width) {
    return all.plus((long) earliestWithBefore() * b * width);
  }

  /** What later steps, or who uses the last state, give the gradient of a state after step s. */
  Place later(RecurrentOp.RecurrentGrad grad, int index, int s) {
    return Place.of((s == t - 1 ? grad.dLastStates() : grad.dStates()).get(index));
  }

  /** Whether a gradient of h can pass a step by, or is to be kept beside that of the dropped h. */
  boolean passesBy() {
    return op.in().mask() != null || op.droppedH() != null;
  }

  /** A state after all times, (T·B,U) in the order of time. */
  Place allAfter(int index) {
    return slot(index, Math.min(op.slotAfter(0), op.slotAfter(t - 1)));
  }

  private Place slot(int index, int slot) {
    Value states = op.states().get(index);
    return Place.of(states, (read.test(states) ? slot : slot % 2) * state);
  }

  /** An initial state (B,U), or null for zero. */
  Place initial(int index) {
    return op.in().initialStates().isEmpty() ? null : Place.of(op.in().initialStates().get(index));
  }

  /** The gates (B,G·U) of the s-th processed step. */
  Place gates(int s) {
    int from = s / part * part;
    int to = Math.min(t, from + part) - 1;
    int first = read.test(op.gates()) ? 0 : Math.min(op.timeOf(from), op.timeOf(to));
    return Place.of(op.gates(), (long) g * (op.timeOf(s) - first) * state);
  }

  /** What h₋·R of the s-th processed step is added to, (B,G·U): the gates, or a place apart. */
  Place recurrent(int s) {
    return apart() ? Place.of(op.inner(), (long) g * op.timeOf(s) * state) : gates(s);
  }

  /** {@link #recurrent} of all steps, (T·B,G·U) in the order of time. */
  Place allRecurrent() {
    return Place.of(apart() ? op.inner() : op.gates());
  }

  /** Whether h₋·R lies apart from the gates. */
  boolean apart() {
    return op.cell().recurrentApart();
  }

  /** The gates (T·B,G·U) of all steps, in the order of time. */
  Place allGates() {
    return Place.of(op.gates());
  }

  /** The mask (B) of the s-th processed step, or null. */
  Place mask(int s) {
    return Place.of(op.in().mask(), (long) op.timeOf(s) * b);
  }

  /** What lies (T,B,U) in the order of time, at the s-th processed step; null if it is absent. */
  Place at(Value sequence, int s) {
    return Place.of(sequence, op.timeOf(s) * state);
  }

  /** The output (B,U) of the s-th processed step where it is not the state h, else null. */
  Place y(int s) {
    return at(op.y(), s);
  }

  /** The output that a masked s-th step repeats, or null: it is zero then, or the state h. */
  Place yBefore(int s) {
    return s == 0 || op.sequence().zeroOutputForMask() ? null : at(op.y(), s - 1);
  }

  /** The bias (G·U), or null. */
  Place bias() {
    return Place.of(op.in().bias());
  }

  /** The bias (G·U) of h₋·R, or null. */
  Place recurrentBias() {
    return apart() ? Place.of(op.in().bias(), (long) g * u) : null;
  }

  /** The masks (G,B,U) of recurrent dropout, or null. */
  Place dropMasks() {
    return Place.of(op.in().recurrentDropout());
  }

  /** What gate 0 sees of h at the s-th processed step, with recurrent dropout; else null. */
  Place droppedH(int s) {
    return at(op.droppedH(), s);
  }

  /** {@link #droppedH} of the next step; null at the last. */
  Place droppedNext(int s) {
    return s + 1 < t ? droppedH(s + 1) : null;
  }

  /** Floats from one gate of {@link #droppedH} to the next. */
  int gateStride() {
    return Math.toIntExact(t * state);
  }
}
