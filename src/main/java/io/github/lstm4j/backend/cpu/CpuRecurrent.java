package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.RecurrentOp;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * {@link RecurrentOp.Recurrent}: for every timestep {@code z = b + x·K + h₋·R} is two matrix
 * products; the {@link CpuCell} does the rest.
 */
final class CpuRecurrent implements Task {
  /** Slices with fewer rows get all their {@code x·K} at once, before the first timestep. */
  private static final int FEW_ROWS = 16;

  /** Weights are packed if they are used at least so many times. */
  private static final int WORTH_PACKING = 8;

  private final RecurrentOp.Recurrent op;
  private final CpuSequence s;
  private final ThreadTeam team;
  private final BatchSlices slices;
  private final GateProduct input;
  private final GateProduct recurrent;

  /** Both in one, where nothing comes between them; else null. */
  private final Gemm.PackedPair both;

  /** What {@link #both} begins with. */
  private final Span start;

  private final boolean inputAhead;
  private final boolean keepGates;
  private final Product product;
  private final Slice[] parts;
  private final IntConsumer slice = this::slice;

  CpuRecurrent(RecurrentOp.Recurrent op, CpuBinding binding) {
    this.op = op;
    this.team = binding.team();
    this.slices = BatchSlices.of(op, team.size());
    this.inputAhead = slices.rows(0) < FEW_ROWS && slices.parts() == 1;
    this.keepGates = inputAhead || binding.hasGradient(op);
    this.s = new CpuSequence(op, binding, keepGates);
    this.parts = new Slice[slices.parts()];
    Arrays.setAll(parts, part -> new Slice(part, CpuCells.of(s, binding)));
    // one sum over x and h, begun by the bias: how it is cut into products does not change a bit
    Gemm gemm = binding.gemm().chained();
    this.product = new Product(gemm, team);
    boolean often = s.timesteps >= WORTH_PACKING;
    int rows = s.timesteps * s.batch;
    boolean together =
        often
            && !inputAhead
            && !slices.sharedProducts()
            && s.recurrent == s.gates
            && s.recurrentWidth() == s.width
            && s.inputs() == 1
            && s.recurrentInputs() == 1
            && parts[0].cell.byUnits();
    this.both = together ? gemm.packedPair(s.features, s.units, s.width, s.gateCount) : null;
    this.start = s.bias == null ? new Span(new float[s.width], 0, s.width) : s.bias;
    this.input =
        GateProduct.forward(gemm, s.kernel, s.features)
            .perGate(s.inputs(), rows * s.features)
            .packed(often && !inputAhead && !together);
    this.recurrent =
        GateProduct.forward(gemm, s.recurrentKernel, s.units)
            .columns(s.recurrentWidth())
            .perGate(s.recurrentInputs(), rows * s.units)
            .sharedBy(slices.sharedProducts() ? team : null)
            .packed(often && !together);
  }

  /** A slice of the batch, at some timestep. */
  private final class Slice implements Gemm.Ready {
    final CpuCell cell;
    final int from;
    final int rows;
    int t;

    Slice(int part, CpuCell cell) {
      this.cell = cell;
      this.from = slices.from(part);
      this.rows = slices.rows(part);
    }

    @Override
    public void units(
        int row, int some, int unit, int units, float[] z, int at, int ldz, int apart) {
      cell.forward(t, from + row, some, unit, units, z, at, ldz, apart);
    }
  }

  @Override
  public void run() {
    initialStates();
    input.pack();
    recurrent.pack();
    if (both != null) {
      both.pack(
          s.kernel.values(), s.kernel.at(), s.recurrentKernel.values(), s.recurrentKernel.at());
    }
    if (inputAhead) {
      inputOfAllSteps();
    }
    team.run(slices.parts(), slice);
  }

  private void initialStates() {
    for (int i = 0; i < s.states.size(); i++) {
      int at = s.before(op.timeOf(0), 0);
      int size = s.batch * s.units;
      if (s.initialStates.isEmpty()) {
        s.states.get(i).fill(at, size, 0);
      } else {
        s.states.get(i).copy(at, s.initialStates.get(i), 0, size);
      }
    }
  }

  private void fillBias(Span bias, int rows, Span to, int at) {
    if (bias == null) {
      to.fill(at, rows * s.width, 0);
    } else {
      CpuMatMul.fillRows(bias, rows, to, at);
    }
  }

  private void inputOfAllSteps() {
    int rows = s.timesteps * s.batch;
    int columns = s.width / s.inputs();
    fillBias(s.bias, rows, s.gates, 0);
    for (int g = 0; g < s.inputs(); g++) {
      // x·K: (T·B,F)x(F,G·U) -> (T·B,G·U), or gate by gate
      product
          .of(rows, columns, s.features)
          .a(s.x, g * rows * s.features, s.features)
          .b(s.kernel, g * columns, s.width)
          .addTo(s.gates, g * columns, s.width);
    }
  }

  /** Takes a slice of the batch through all timesteps. */
  private void slice(int part) {
    Slice of = parts[part];
    int from = of.from;
    int rows = of.rows;
    for (int step = 0; step < s.timesteps; step++) {
      int t = op.timeOf(step);
      int z = s.gatesAt(t, from);
      of.t = t;
      if (s.mask != null) {
        carryMasked(t, from, rows);
      }
      if (both != null) {
        // b + x_t·K + h₋·R: (rows,F)x(F,G·U) + (rows,U)x(U,G·U) -> (rows,G·U)
        both.multiply(
            rows,
            s.x.values(),
            s.x.at() + (t * s.batch + from) * s.features,
            s.states.get(0).values(),
            s.states.get(0).at() + s.before(t, from),
            start.values(),
            start.at(),
            s.gates.values(),
            s.gates.at() + z,
            keepGates,
            of);
      } else {
        products(t, from, rows, z);
        of.units(0, rows, 0, s.units, s.gates.values(), s.gates.at() + z, s.width, s.units);
      }
      if (s.y != null) {
        outputs(step, from, rows);
      }
    }
  }

  /** Adds {@code x·K + h₋·R} to z one after the other. */
  private void products(int t, int from, int rows, int z) {
    if (!inputAhead) {
      fillBias(s.bias, rows, s.gates, z);
      // x_t·K: (rows,F)x(F,G·U) -> (rows,G·U)
      input.multiply(rows, s.x, (t * s.batch + from) * s.features, s.gates, z, true);
    }
    if (s.recurrent != s.gates) {
      fillBias(s.recurrentBias, rows, s.recurrent, z);
    }
    if (s.recurrentDropout == null) {
      // h₋·R: (rows,U)x(U,G·U) -> (rows,G·U)
      recurrent.multiply(rows, s.states.get(0), s.before(t, from), s.recurrent, z, true);
    } else {
      dropH(t, from, rows);
      // the same, each gate with its own h₋
      recurrent.multiply(rows, s.droppedH, (t * s.batch + from) * s.units, s.recurrent, z, true);
    }
  }

  /** What each gate sees of h₋. */
  private void dropH(int t, int from, int rows) {
    Span hs = s.states.get(0);
    int h = s.before(t, from);
    for (int g = 0; g < s.gateCount; g++) {
      int m = (g * s.batch + from) * s.units;
      int to = ((g * s.timesteps + t) * s.batch + from) * s.units;
      for (int e = 0; e < rows * s.units; e++) {
        s.droppedH.set(to + e, hs.get(h + e) * s.recurrentDropout.get(m + e));
      }
    }
  }

  /** A masked row keeps its states. */
  private void carryMasked(int t, int from, int rows) {
    for (int r = from; r < from + rows; r++) {
      if (s.masked(t, r)) {
        for (int i = 0; i < s.states.size(); i++) {
          Span states = s.states.get(i);
          states.copy(s.after(t, r), states, s.before(t, r), s.units);
        }
      }
    }
  }

  /** The outputs where they differ from the states. */
  private void outputs(int step, int from, int rows) {
    int t = op.timeOf(step);
    for (int r = from; r < from + rows; r++) {
      int out = (t * s.batch + r) * s.units;
      if (!s.masked(t, r)) {
        s.y.copy(out, s.states.get(0), s.after(t, r), s.units);
      } else if (step == 0 || op.sequence().zeroOutputForMask()) {
        s.y.fill(out, s.units, 0);
      } else {
        s.y.copy(out, s.y, (op.timeOf(step - 1) * s.batch + r) * s.units, s.units);
      }
    }
  }
}
