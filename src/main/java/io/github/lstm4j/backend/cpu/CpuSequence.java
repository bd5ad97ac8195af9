package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.RecurrentOp;
import java.util.List;

/** The memory of a recurrent op: where the rows of the batch lie at each timestep. */
final class CpuSequence {
  final RecurrentOp.Recurrent op;
  final int timesteps;
  final int batch;
  final int features;
  final int units;

  /** G. */
  final int gateCount;

  /** G·U. */
  final int width;

  final Span x;
  final Span kernel;
  final Span recurrentKernel;

  /** b (G·U), or null. */
  final Span bias;

  /** The bias (G·U) of h₋·R, or null. */
  final Span recurrentBias;

  final List<Span> cellWeights;
  final List<Span> initialStates;
  final Span mask;
  final Span recurrentDropout;
  final List<Span> states;

  /** (T,B,G·U), or only (B,G·U) is used of it. */
  final Span gates;

  final Span inner;

  /** What h₋·R is added to, rows as wide as those of the gates: the gates, or a place apart. */
  final Span recurrent;

  final Span droppedH;
  final Span y;

  /** How far apart the gates of two timesteps lie: 0 if each step overwrites those before. */
  private final int gatesPerStep;

  /**
   * The memory of an op.
   *
   * @param keepGates whether the gates of a timestep are still needed when the next one begins; if
   *     not, all lie in one place, which stays in the cache
   */
  CpuSequence(RecurrentOp.Recurrent op, CpuBinding binding, boolean keepGates) {
    RecurrentOp.Inputs in = op.in();
    this.op = op;
    this.timesteps = op.timesteps();
    this.batch = op.batch();
    this.features = op.features();
    this.units = op.units();
    this.gateCount = op.cell().gates();
    this.width = gateCount * units;
    this.gatesPerStep = keepGates ? batch * width : 0;
    this.x = binding.span(in.x());
    this.kernel = binding.span(in.kernel());
    this.recurrentKernel = binding.span(in.recurrentKernel());
    Span biases = binding.span(in.bias());
    this.bias = biases == null ? null : biases.part(0, width);
    boolean two = biases != null && op.cell().recurrentApart();
    this.recurrentBias = two ? biases.part(width, width) : null;
    this.cellWeights = binding.spans(in.cellWeights());
    this.initialStates = binding.spans(in.initialStates());
    this.mask = binding.span(in.mask());
    this.recurrentDropout = binding.span(in.recurrentDropout());
    this.states = binding.spans(op.states());
    this.gates = binding.span(op.gates());
    this.inner = binding.span(op.inner());
    this.recurrent = op.cell().recurrentApart() ? inner : gates;
    this.droppedH = binding.span(op.droppedH());
    this.y = binding.span(op.y());
  }

  /** How many parts x has: one for each gate, or one for all. */
  int inputs() {
    return op.in().inputPerGate() ? gateCount : 1;
  }

  /** How many parts h₋ has: one for each gate under recurrent dropout, or one for all. */
  int recurrentInputs() {
    return recurrentDropout == null ? 1 : op.cell().recurrentGates();
  }

  /** The columns of the recurrent kernel that h₋ is multiplied by. */
  int recurrentWidth() {
    return op.cell().recurrentGates() * units;
  }

  boolean masked(int t, int row) {
    return mask != null && mask.get(t * batch + row) == 0;
  }

  /** How many rows from one on, up to another, are not masked before one that is. */
  int unmasked(int t, int row, int end) {
    int r = row;
    while (r < end && !masked(t, r)) {
      r++;
    }
    return r - row;
  }

  /** Where a row's gates begin at time t, in {@link #gates}. */
  int gatesAt(int t, int row) {
    return t * gatesPerStep + row * width;
  }

  /** Where a row's state before time t begins, in its span of {@link #states}. */
  int before(int t, int row) {
    return (op.slotBefore(t) * batch + row) * units;
  }

  /** Where a row's state after time t begins, in its span of {@link #states}. */
  int after(int t, int row) {
    return (op.slotAfter(t) * batch + row) * units;
  }

  /** Where the states before all timesteps, in the order of time, begin in their spans. */
  int firstBefore() {
    return before(0, 0);
  }

  /** Where the states after all timesteps, in the order of time, begin in their spans. */
  int firstAfter() {
    return after(0, 0);
  }
}
