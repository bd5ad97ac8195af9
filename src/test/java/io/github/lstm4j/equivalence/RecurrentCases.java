package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.SequenceSpec;
import io.github.lstm4j.graph.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Recurrent ops and their gradients: every option with every other, all activations, many shapes.
 */
final class RecurrentCases {
  /** Which steps are masked. */
  enum Mask {
    NONE,
    LEADING,
    INNER,
    TRAILING,
    WHOLE_ROWS,
    RANDOM;

    /** A mask (T,B); every row has a pattern of this kind of its own. */
    Fill fill(Random random, int steps, int batch) {
      float[] mask = new float[steps * batch];
      for (int b = 0; b < batch; b++) {
        int from = random.nextInt(steps + 1);
        int to = from + random.nextInt(steps + 1 - from);
        boolean whole = random.nextInt(2) == 0;
        for (int t = 0; t < steps; t++) {
          boolean masked =
              switch (this) {
                case NONE -> false;
                case LEADING -> t < from;
                case INNER -> t > 0 && t < steps - 1 && t >= from && t < to;
                case TRAILING -> t >= from;
                case WHOLE_ROWS -> whole;
                case RANDOM -> random.nextBoolean();
              };
          mask[t * batch + b] = masked ? 0 : 1;
        }
      }
      return Fill.of(mask);
    }
  }

  /** Which cell. */
  enum Kind {
    LSTM,
    SIMPLE_RNN,
    GRU,
    GRU_RESET_BEFORE;

    /** Whether there are gates beside the output: a recurrent activation, inputs of their own. */
    boolean gated() {
      return this != SIMPLE_RNN;
    }
  }

  /**
   * A recurrent op's options; the simple cell has no recurrentActivation, peephole is the LSTM's.
   */
  record Options(
      Kind kind,
      Activation activation,
      Activation recurrentActivation,
      boolean bias,
      Peephole peephole,
      boolean goBackwards,
      Mask mask,
      boolean zeroOutputForMask,
      boolean initialStates,
      boolean recurrentDropout,
      boolean inputPerGate) {
    static Options plain(Kind kind) {
      return new Options(
          kind,
          Activation.TANH,
          Activation.SIGMOID,
          true,
          Peephole.NONE,
          false,
          Mask.NONE,
          false,
          false,
          false,
          false);
    }

    static Options random(Random r, Kind kind, List<Activation> activations) {
      Mask mask = Scene.pick(r, Mask.values());
      return new Options(
          kind,
          activations.get(r.nextInt(activations.size())),
          activations.get(r.nextInt(activations.size())),
          r.nextInt(4) > 0,
          kind == Kind.LSTM ? Scene.pick(r, Peephole.values()) : Peephole.NONE,
          r.nextBoolean(),
          mask,
          mask != Mask.NONE && r.nextBoolean(),
          r.nextBoolean(),
          r.nextInt(3) == 0,
          kind.gated() && r.nextInt(3) == 0);
    }

    Options with(Activation activation, Activation recurrentActivation) {
      return new Options(
          kind,
          activation,
          recurrentActivation,
          bias,
          peephole,
          goBackwards,
          mask,
          zeroOutputForMask,
          initialStates,
          recurrentDropout,
          inputPerGate);
    }

    Options with(Mask pattern) {
      return new Options(
          kind,
          activation,
          recurrentActivation,
          bias,
          peephole,
          goBackwards,
          pattern,
          zeroOutputForMask,
          initialStates,
          recurrentDropout,
          inputPerGate);
    }

    CellSpec cell(int units) {
      return switch (kind) {
        case LSTM -> new CellSpec.Lstm(units, activation, recurrentActivation, peephole);
        case SIMPLE_RNN -> new CellSpec.SimpleRnn(units, activation);
        case GRU -> new CellSpec.Gru(units, activation, recurrentActivation, true);
        case GRU_RESET_BEFORE -> new CellSpec.Gru(units, activation, recurrentActivation, false);
      };
    }

    SequenceSpec sequence() {
      return new SequenceSpec(goBackwards, zeroOutputForMask);
    }

    @Override
    public String toString() {
      StringBuilder s = new StringBuilder(activation.toString());
      s.append(kind.gated() ? "/" + recurrentActivation : "");
      s.append(bias ? "" : " no-bias").append(peephole == Peephole.NONE ? "" : " " + peephole);
      s.append(goBackwards ? " backwards" : "").append(mask == Mask.NONE ? "" : " mask=" + mask);
      s.append(zeroOutputForMask ? " zero-output" : "").append(initialStates ? " initial" : "");
      s.append(recurrentDropout ? " recurrent-dropout" : "");
      return s.append(inputPerGate ? " input-per-gate" : "").toString();
    }
  }

  private final List<Case> cases = new ArrayList<>();
  private final long seed;

  private RecurrentCases(long seed) {
    this.seed = seed;
  }

  static List<Case> all(long seed) {
    RecurrentCases c = new RecurrentCases(seed);
    for (Kind kind : Kind.values()) {
      c.shapes(kind);
      c.options(kind);
      c.manyRows(kind);
    }
    for (Kind kind : Kind.values()) {
      if (kind.gated()) {
        c.activations(kind);
      }
    }
    c.simpleActivations();
    return c.cases;
  }

  private void add(Options o, boolean optional, double tolerance, double gain, int... d) {
    cases.add(
        new Case(
            o.cell(1).getClass().getSimpleName() + (o.kind() == Kind.GRU ? " reset after" : ""),
            o.toString(),
            "T=" + d[0] + " B=" + d[1] + " F=" + d[2] + " U=" + d[3],
            seed + cases.size(),
            optional,
            s -> {
              s.tolerance = tolerance;
              s.absolute = 1e-7;
              build(s, o, gain, d[0], d[1], d[2], d[3]);
            }));
  }

  /** Plain, and with random options, over sizes. */
  private void shapes(Kind kind) {
    int[][] sizes = {
      {1, 1, 1, 1},
      {1, 2, 3, 5},
      {7, 1, 2, 3},
      {2, 7, 1, 31},
      {3, 3, 5, 32},
      {4, 2, 2, 33},
      {5, 31, 3, 7},
      {3, 32, 4, 16},
      {2, 33, 33, 8},
      {3, 5, 128, 13},
      {2, 3, 7, 128},
      {2, 65, 3, 64},
      {31, 2, 3, 4},
      {128, 1, 2, 3},
      {2, 128, 5, 129},
      {1031, 1, 1, 2},
      {2, 1031, 2, 3},
      {2, 1, 1031, 5},
      {2, 1, 3, 1031},
      {3, 17, 31, 257}
    };
    Random random = new Random(seed);
    for (int[] d : sizes) {
      boolean large = d[3] > 200; // the oracle takes its time: one cell does
      if (large && kind != Kind.LSTM) {
        continue;
      }
      add(Options.plain(kind), false, 1e-5, 1, d);
      for (int i = 0; i < (kind == Kind.LSTM ? 4 : 1); i++) {
        add(Options.random(random, kind, Activations.TAME), false, 1e-5, 1, d);
      }
    }
  }

  /** More masked rows than are summed at once. */
  private void manyRows(Kind kind) {
    Random random = new Random(seed + 4);
    for (int i = 0; i < 2; i++) {
      Options o = Options.random(random, kind, Activations.TAME);
      add(o.with(Mask.RANDOM), false, 1e-5, 1, 50, 43, 5, 6);
    }
  }

  /** All pairs of activations; every activation once is not optional. */
  private void activations(Kind kind) {
    Random random = new Random(seed + 1);
    List<Activation> all = Activations.ELEMENTWISE;
    for (int i = 0; i < all.size(); i++) {
      for (int j = 0; j < all.size(); j++) {
        boolean needed = (i + 1) % all.size() == j;
        if (!needed && kind != Kind.LSTM) {
          continue;
        }
        Options o = Options.random(random, kind, Activations.TAME).with(all.get(i), all.get(j));
        int explosive = (explodes(all.get(i)) ? 1 : 0) + (explodes(all.get(j)) ? 1 : 0);
        add(o, !needed, 3e-5, explosive > 0 ? 0.1 : 1, 3 - explosive, 2, 3, 5);
      }
    }
  }

  private void simpleActivations() {
    Random random = new Random(seed + 3);
    for (Activation a : Activations.ELEMENTWISE) {
      Options o = Options.random(random, Kind.SIMPLE_RNN, Activations.TAME).with(a, a);
      add(o, false, 3e-5, explodes(a) ? 0.1 : 1, explodes(a) ? 2 : 3, 2, 3, 5);
    }
  }

  /** Exponentials of exponentials soon leave the range of a float. */
  private static boolean explodes(Activation a) {
    return a.kind() == Activation.Kind.EXPONENTIAL
        || (a.kind() == Activation.Kind.CELU && a.alpha() < 0);
  }

  /** All combinations of the others. */
  private void options(Kind kind) {
    Random random = new Random(seed + 2);
    int[] small = {1, 2, 3, 5};
    for (Mask mask : Mask.values()) {
      for (Peephole peephole : Peephole.values()) {
        for (int bits = 0; bits < 64; bits++) {
          boolean zero = (bits & 32) != 0;
          boolean perGate = (bits & 16) != 0;
          if ((zero && mask == Mask.NONE)
              || (peephole != Peephole.NONE && kind != Kind.LSTM)
              || (perGate && !kind.gated())) {
            continue;
          }
          Options o =
              new Options(
                  kind,
                  Activation.TANH,
                  Activation.SIGMOID,
                  (bits & 1) == 0,
                  peephole,
                  (bits & 2) != 0,
                  mask,
                  zero,
                  (bits & 4) != 0,
                  (bits & 8) != 0,
                  perGate);
          int[] d = new int[4];
          for (int i = 0; i < 4; i++) {
            d[i] = small[random.nextInt(4)];
          }
          d[0] += mask == Mask.NONE ? 0 : 2;
          boolean optional = random.nextInt(20) > 0;
          if (!optional || kind == Kind.LSTM || random.nextInt(4) == 0) {
            add(o, optional, 1e-5, 1, d);
          }
        }
      }
    }
  }

  /**
   * A recurrent op with weights as large as {@code gain} says, and its gradient for random
   * gradients of its outputs.
   */
  static void build(
      Scene s, Options o, double gain, int steps, int batch, int features, int units) {
    RecurrentOp.Inputs in = inputs(s, o, gain, steps, batch, features, units);
    if (in.mask() != null && s.random.nextBoolean()) {
      spoilMasked(s.data.get(in.x()), s.data.get(in.mask()), features);
    }
    RecurrentOp.Results out = s.graph.recurrent(o.cell(units), o.sequence(), in, "layer");
    RecurrentOp.Recurrent op = (RecurrentOp.Recurrent) s.graph.ops().get(s.graph.ops().size() - 1);
    s.compare(out.sequence());
    s.compare(out.last());
    out.states().forEach(s::compare);
    for (Value v : op.outputs()) {
      if (v != op.gates()) {
        s.compare(v);
      }
    }
    // the way back overwrites the gates
    Value gates = s.temporary("gates before", op.gates().shape().dims());
    s.graph.add(new ElementwiseOp.Copy(op.gates(), gates));
    s.compare(gates);
    if (op.cell().recurrentApart()) {
      Value inner = s.temporary("inner before", op.inner().shape().dims());
      s.graph.add(new ElementwiseOp.Copy(op.inner(), inner));
      s.compare(inner);
      if (in.mask() != null) {
        s.open.put(inner, masked(s, in.mask(), 1, op.cell().gates() * units));
      }
    }
    if (in.mask() != null) {
      s.open.put(gates, masked(s, in.mask(), 1, op.cell().gates() * units));
      if (op.droppedH() != null) {
        s.open.put(op.droppedH(), masked(s, in.mask(), op.cell().gates(), units));
      }
    }
    Fill normal = Fill.normal(1);
    int which = 1 + s.random.nextInt(15);
    Value dy = (which & 1) != 0 ? s.sequence("dy", normal, steps, batch, units) : null;
    List<Value> dLast = new ArrayList<>();
    List<Value> scratch = new ArrayList<>();
    for (String state : op.cell().states()) {
      boolean there = (which & 2 << dLast.size()) != 0;
      dLast.add(there ? s.input("d" + state + "Last", normal, batch, units) : null);
      scratch.add(s.temporary("d" + state, batch, units));
    }
    boolean last = op.y() != null && (which & 8) != 0;
    Value dyLast = last ? s.input("dyLast", normal, batch, units) : null;
    Value dropped = in.recurrentDropout() == null ? null : s.like(in.recurrentDropout());
    Value carry = op.y() == null ? null : s.temporary("dyCarry", batch, units);
    RecurrentOp.RecurrentGrad grad =
        new RecurrentOp.RecurrentGrad(
            op,
            dy,
            dLast,
            dyLast,
            gradient(s, in.x()),
            gradient(s, in.kernel()),
            gradient(s, in.recurrentKernel()),
            gradient(s, in.bias()),
            in.cellWeights().stream().map(v -> gradient(s, v)).toList(),
            in.initialStates().stream().map(v -> gradient(s, v)).toList(),
            scratch,
            dropped,
            carry);
    s.graph.add(grad);
    for (Value v : grad.outputs()) {
      if (!scratch.contains(v) && v != dropped && v != carry) {
        s.compare(v);
      }
    }
  }

  /** A masked step's input may be NaN, and nobody may see it. */
  private static void spoilMasked(float[] x, float[] mask, int features) {
    for (int i = 0; i < x.length; i++) {
      if (mask[i / features % mask.length] == 0) {
        x[i] = Float.NaN;
      }
    }
  }

  /** The gradient of {@code v}, which one in six is not wanted. */
  private static Value gradient(Scene s, Value v) {
    return v == null || s.random.nextInt(6) == 0 ? null : s.like(v);
  }

  /** Inputs and weights of fitting shapes; weights are scaled by {@code gain}. */
  static RecurrentOp.Inputs inputs(
      Scene s, Options o, double gain, int steps, int batch, int features, int units) {
    int gates = o.cell(units).gates();
    Fill normal = Fill.normal(1);
    Fill dropped = (random, i) -> random.nextInt(3) == 0 ? 0 : 1.5f;
    return new RecurrentOp.Inputs(
        o.inputPerGate()
            ? s.input("x", normal, gates, steps, batch, features)
            : s.sequence("x", normal, steps, batch, features),
        s.variable("kernel", Fill.normal(gain / Math.sqrt(features)), features, gates * units),
        s.variable("recurrent", Fill.normal(0.7 * gain / Math.sqrt(units)), units, gates * units),
        o.bias()
            ? s.variable("bias", Fill.normal(0.5 * gain), o.cell(units).biasShape().dims())
            : null,
        peephole(s, o.peephole(), units),
        o.initialStates() ? initialStates(s, o.cell(units), batch) : List.of(),
        o.mask() == Mask.NONE
            ? null
            : s.sequence("mask", o.mask().fill(s.random, steps, batch), steps, batch),
        o.recurrentDropout() ? s.input("drop", dropped, gates, batch, units) : null);
  }

  static List<Value> initialStates(Scene s, CellSpec cell, int batch) {
    return cell.states().stream()
        .map(name -> s.input(name + "0", Fill.normal(0.5), batch, cell.units()))
        .toList();
  }

  /** The weights of the cell: none, or one. */
  static List<Value> peephole(Scene s, Peephole peephole, int units) {
    Fill fill = Fill.normal(0.7 / Math.sqrt(units));
    return switch (peephole) {
      case NONE -> List.of();
      case FULL_OUTPUT -> List.of(s.variable("V", fill, units, units));
      case DIAGONAL_OUTPUT -> List.of(s.variable("p", Fill.normal(0.5), units));
      case DIAGONAL -> List.of(s.variable("p", Fill.normal(0.5), 3 * units));
    };
  }

  /** Elements of a (lead,T,B,width) tensor that belong to masked steps. */
  private static boolean[] masked(Scene s, Value mask, int lead, int width) {
    float[] on = s.data.get(mask);
    boolean[] open = new boolean[lead * on.length * width];
    for (int i = 0; i < open.length; i++) {
      open[i] = on[i / width % on.length] == 0;
    }
    return open;
  }
}
