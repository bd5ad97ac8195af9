package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An LSTM of up to 128 units whose every sample goes through the whole sequence in one block, which
 * keeps the recurrent weights: {@code kernels/lstm_persistent1.cu} and {@code
 * lstm_persistent1_backward.cu} between the {@link SequenceProducts}. Float32, whatever the
 * products round to.
 */
final class OneBlock implements RecurrentPlan {
  static final int MOST_UNITS = 128;

  /** With fewer steps, reading the weights costs more than the launches that are saved. */
  private static final int FEWEST_STEPS = 4;

  /** About what a step costs that is a product and a launch, in microseconds on an H100. */
  private static final double STEP_BY_STEP = 4;

  private static final int REGISTERS_OF_MULTIPROCESSOR = 1 << 16;
  private static final int REGISTERS_AT_ONCE = 8; // they are given to a thread so many at a time
  private static final double CLOCKS_OF_MICROSECOND = 1755;
  private static final double LATENCY = 450; // clocks of a step however little there is to do
  private static final double BARRIER = 0.06; // microseconds

  /**
   * One size of the kernels.
   *
   * @param units it has room for
   * @param any whether of any activation, with masks and peepholes
   * @param registers of a thread, forward or backward, the most on any architecture
   * @param clocks in which a multiprocessor issues a block's instructions of a step, as counted
   * @param forwardRows of R that a thread has in registers on the way forward; the rest of its
   *     units/4 are in shared memory
   * @param backwardColumns of R that a thread has in registers on the way back; the rest of its
   *     {@code units} are in shared memory
   */
  record Size(
      int units, boolean any, int registers, int clocks, int forwardRows, int backwardColumns) {
    int threads() {
      return 4 * units;
    }

    /** Dynamic shared memory, as the headers of the kernels say. */
    int sharedBytes(boolean back) {
      return back
          ? 16 * units * (units - backwardColumns) + 4 * 2 * 4 * (units + 4)
          : 16 * threads() * (units / 4 - forwardRows) + 4 * 2 * 4 * (units / 4 + 4);
    }

    String entry(boolean back) {
      return module(back) + (any ? "_any_" : "_") + units;
    }

    /** Blocks that a multiprocessor has at once. */
    int blocks() {
      int each = (registers + REGISTERS_AT_ONCE - 1) / REGISTERS_AT_ONCE * REGISTERS_AT_ONCE;
      return REGISTERS_OF_MULTIPROCESSOR / (each * threads());
    }

    /**
     * Microseconds for a step of all samples, estimated for an H100.
     *
     * @param batch samples
     */
    double step(int batch, int multiprocessors) {
      int atOnce = multiprocessors * blocks();
      int waves = (batch + atOnce - 1) / atOnce;
      int beside = Math.min(blocks(), (batch + multiprocessors - 1) / multiprocessors);
      return waves * (BARRIER + Math.max(LATENCY, beside * clocks) / CLOCKS_OF_MICROSECOND);
    }
  }

  /** The sizes that there are; a test holds their registers against the assembler's. */
  static final List<Size> SIZES =
      List.of(
          new Size(32, false, 64, 240, 8, 32),
          new Size(64, false, 111, 552, 16, 64),
          new Size(128, false, 128, 1424, 25, 96),
          new Size(32, true, 80, 240, 8, 32),
          new Size(64, true, 120, 552, 16, 64),
          new Size(128, true, 128, 1424, 20, 76));

  private final PlanBuilder plan;
  private final SequencePlaces at;
  private final CellSpec.Lstm lstm;
  private final LstmKernels cell;
  private final Size size;
  private final SequenceProducts products;
  private final int stepsAtOnce;

  OneBlock(PlanBuilder plan, SequencePlaces places, Size size) {
    this.plan = plan;
    this.size = size;
    stepsAtOnce = stepsAtOnce(plan.target(), places, size);
    // where another launch goes on, it begins with the states
    at = stepsAtOnce < places.t ? new SequencePlaces(places.op, value -> true) : places;
    lstm = (CellSpec.Lstm) at.op.cell();
    cell = new LstmKernels(plan, at, lstm);
    products = new SequenceProducts(plan, at);
  }

  /** A size, or the reason why there is none. */
  record Choice(Size size, String reason) {}

  /**
   * For an op, or for its gradient, which needs no less and so finds what only a block leaves.
   *
   * @param back whether it is for the gradient
   */
  static Choice choose(Target target, SequencePlaces at, boolean back) {
    String reason = refusal(at);
    if (!reason.isEmpty()) {
      return new Choice(null, reason);
    }
    Size size = smallest(at);
    if (size.sharedBytes(back) > target.sharedBytes()) {
      return new Choice(
          null,
          String.format(
              Locale.ROOT,
              "a block would need %,d bytes of shared memory, and the device gives it %,d",
              size.sharedBytes(back),
              target.sharedBytes()));
    } else if (size.step(at.b, target.multiprocessors()) >= STEP_BY_STEP) {
      return new Choice(
          null,
          String.format(
              Locale.ROOT,
              "%d samples of %d units are too much for a block each on %d multiprocessors",
              at.b,
              at.u,
              target.multiprocessors()));
    } else if (stepsAtOnce(target, at, size) < at.t
        && at.op.y() != null
        && !at.op.sequence().zeroOutputForMask()) {
      return new Choice(
          null, "the device limits how long a launch takes, and masked steps repeat outputs");
    }
    return new Choice(size, "");
  }

  /** Steps of a launch: all, or as many as a driver that ends long ones lets it take. */
  private static int stepsAtOnce(Target target, SequencePlaces at, Size size) {
    double step = 1e-6 * size.step(at.b, target.multiprocessors());
    return (int) Math.max(1, Math.min(at.t, target.longestLaunch() / step));
  }

  /** Why no size takes the op, on whatever device; or nothing. */
  private static String refusal(SequencePlaces at) {
    if (!(at.op.cell() instanceof CellSpec.Lstm lstm)) {
      return "only an LSTM goes through a block";
    } else if (lstm.peephole() == Peephole.FULL_OUTPUT) {
      return "a full peephole matrix wants a product at each step";
    } else if (at.op.droppedH() != null) {
      return "recurrent dropout gives each gate a state of its own";
    } else if (at.t < FEWEST_STEPS) {
      return at.t + " timesteps are too few";
    }
    return "";
  }

  private static Size smallest(SequencePlaces at) {
    CellSpec.Lstm lstm = (CellSpec.Lstm) at.op.cell();
    boolean usual =
        lstm.activation().kind() == Activation.Kind.TANH
            && lstm.recurrentActivation().kind() == Activation.Kind.SIGMOID
            && lstm.peephole() == Peephole.NONE
            && at.op.in().mask() == null;
    return SIZES.stream()
        .filter(s -> s.any() != usual && s.units() >= at.u)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public Route route(String whose) {
    double microseconds = size.step(at.b, plan.target().multiprocessors()) * at.t;
    return new Route(
        1e-6 * microseconds,
        String.format(
            Locale.ROOT,
            "%s: a block of %d threads takes each sample through the whole sequence",
            whose,
            size.threads()));
  }

  @Override
  public Map<Value, Long> keeps() {
    return at.keeps();
  }

  private void launch(boolean back, Object... arguments) {
    LaunchConfig config =
        LaunchConfig.of(Dim3.of(at.b), Dim3.of(size.threads())).withShared(size.sharedBytes(back));
    plan.persistent(module(back), size.entry(back), config, arguments);
  }

  private static String module(boolean back) {
    return back ? "lstm_persistent1_backward" : "lstm_persistent1";
  }

  /** The earliest time of some steps; the slots before and after them begin there too. */
  private int earliest(int from, int steps) {
    return Math.min(at.op.timeOf(from), at.op.timeOf(from + steps - 1));
  }

  @Override
  public void forward() {
    products.input();
    for (int s = 0; s < at.t; s += stepsAtOnce) {
      forward(s, Math.min(stepsAtOnce, at.t - s));
    }
  }

  private void forward(int from, int steps) {
    RecurrentOp.Recurrent op = at.op;
    int time = earliest(from, steps);
    long states = time * at.state;
    Value c = op.states().get(1);
    launch(
        false,
        at.allGates().plus(at.g * states),
        at.bias(),
        Place.of(op.in().recurrentKernel()),
        cell.peepholeIF(),
        cell.peepholeO(),
        from == 0 ? at.initial(0) : at.before(0, from),
        from == 0 ? at.initial(1) : at.before(1, from),
        Place.of(op.in().mask(), (long) time * at.b),
        Place.of(op.hs(), states),
        plan.isRead(c) || steps < at.t ? Place.of(c, states) : null,
        Place.of(op.y(), states),
        plan.isRead(op.gates()) ? 1 : 0,
        op.sequence().zeroOutputForMask() ? 1 : 0,
        steps,
        at.b,
        at.u,
        op.sequence().goBackwards() ? 1 : 0,
        lstm.activation(),
        lstm.recurrentActivation());
  }

  @Override
  public void backward(RecurrentOp.RecurrentGrad grad) {
    for (int end = at.t; end > 0; end -= stepsAtOnce) {
      int from = Math.max(0, end - stepsAtOnce);
      backward(grad, from, end - from);
    }
    products.gradients(grad);
    cell.weightGradients(grad);
  }

  private void backward(RecurrentOp.RecurrentGrad grad, int from, int steps) {
    RecurrentOp.Recurrent op = at.op;
    int time = earliest(from, steps);
    long states = time * at.state;
    boolean last = from + steps == at.t;
    List<Value> later = last ? grad.dLastStates() : grad.dStates();
    List<Value> before = from == 0 ? grad.dInitialStates() : grad.dStates();
    launch(
        true,
        at.allGates().plus(at.g * states),
        Place.of(op.in().recurrentKernel()),
        cell.peepholeIF(),
        cell.peepholeO(),
        Place.of(op.states().get(1), states),
        Place.of(op.in().mask(), (long) time * at.b),
        Place.of(grad.dy(), states),
        Place.of(later.get(0)),
        Place.of(later.get(1)),
        last ? Place.of(grad.dyLast()) : null,
        before.isEmpty() ? null : Place.of(before.get(0)),
        before.isEmpty() ? null : Place.of(before.get(1)),
        grad.dyCarry() != null ? 1 : 0,
        op.sequence().zeroOutputForMask() ? 1 : 0,
        steps,
        at.b,
        at.u,
        op.sequence().goBackwards() ? 1 : 0,
        lstm.activation(),
        lstm.recurrentActivation());
  }
}
