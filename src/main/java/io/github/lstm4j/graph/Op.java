package io.github.lstm4j.graph;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.UpdateRule;
import java.util.ArrayList;
import java.util.List;

/**
 * One coarse operation of a program: the small, closed set that every backend implements. A value
 * that may be absent is {@code null}. "Rows" of a tensor are all axes but the last, flattened.
 *
 * <p>T timesteps, B batch, F features, U units, N rows, K and M widths.
 */
public sealed interface Op {
  /** What the op reads (in-place ops name their operand here and in {@link #outputs()}). */
  List<Value> inputs();

  /** What the op writes, completely unless it says otherwise. */
  List<Value> outputs();

  /** The name in listings. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** The arguments that are there. */
  static List<Value> present(Value... values) {
    List<Value> list = new ArrayList<>();
    for (Value v : values) {
      if (v != null) {
        list.add(v);
      }
    }
    return list;
  }

  // ---------------------------------------------------------------- matrix products

  /** {@code y(N,M) = x(N,K)·weight(K,M) [+ bias(M)]}. */
  record MatMul(Value x, Value weight, Value bias, Value y) implements Op {
    @Override
    public List<Value> inputs() {
      return present(x, weight, bias);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /**
   * Gradient of {@link MatMul}: {@code dx(N,K) = dy·weightᵀ}, {@code dWeight(K,M) = xᵀ·dy}, {@code
   * dBias(M)} = sum of the rows of dy. Each output may be absent.
   */
  record MatMulGrad(Value x, Value weight, Value dy, Value dx, Value dWeight, Value dBias)
      implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(x, weight, dy);
    }

    @Override
    public List<Value> outputs() {
      return present(dx, dWeight, dBias);
    }
  }

  // ---------------------------------------------------------------- the LSTM

  /**
   * A whole sequence through an LSTM; the equations stand at {@link LstmSpec}.
   *
   * @param x (T,B,F), or (4,T,B,F) if each gate has an input of its own (dropout beside recurrent
   *     dropout)
   * @param kernel K (F,4U)
   * @param recurrentKernel R (U,4U)
   * @param bias b (4U), may be absent
   * @param peephole as {@link LstmSpec.Peephole} says, absent for NONE
   * @param h0 (B,U) initial output state; absent: zero
   * @param c0 (B,U) initial cell state; absent: zero
   * @param mask (T,B), 1 to process the step and 0 to skip it; absent: all are processed
   * @param recurrentDropout (4,B,U) what h₋ is multiplied by, a mask for each gate; absent: nothing
   * @param hs (T+1,B,U) all output states, in the order of time: slot 0 is the initial state and
   *     slot t+1 the state after time t; with goBackwards slot T is the initial state and slot t
   *     the state after (that is, once processed) time t
   * @param cs (T+1,B,U) all cell states, in slots like hs
   * @param gates (T,B,4U), slot t for time t: i, f, g, o, each activated if its activation {@link
   *     Activation#derivesFromOutput derives from its output}, else before activation
   * @param droppedH (4,T,B,U) what each gate saw of h₋, slot t for time t; present exactly if
   *     recurrentDropout is
   * @param y (T,B,U) the outputs in the order of time. Absent: they equal the states, so that a
   *     view of hs serves. Present if they differ: a mask with an initial state, or
   *     zeroOutputForMask
   */
  record Lstm(
      LstmSpec spec,
      Value x,
      Value kernel,
      Value recurrentKernel,
      Value bias,
      Value peephole,
      Value h0,
      Value c0,
      Value mask,
      Value recurrentDropout,
      Value hs,
      Value cs,
      Value gates,
      Value droppedH,
      Value y)
      implements Op {
    @Override
    public List<Value> inputs() {
      return present(x, kernel, recurrentKernel, bias, peephole, h0, c0, mask, recurrentDropout);
    }

    @Override
    public List<Value> outputs() {
      return present(hs, cs, gates, droppedH, y);
    }

    /** T. */
    public int timesteps() {
      return gates.dim(0);
    }

    /** B. */
    public int batch() {
      return gates.dim(1);
    }

    /** F. */
    public int features() {
      return kernel.dim(0);
    }

    /** U. */
    public int units() {
      return spec.units();
    }

    /** Whether x is (4,T,B,F). */
    public boolean inputPerGate() {
      return x.shape().rank() == 4;
    }

    /** The slot of hs and cs that holds the state before time t. */
    public int slotBefore(int t) {
      return spec.goBackwards() ? t + 1 : t;
    }

    /** The slot of hs and cs that holds the state after time t. */
    public int slotAfter(int t) {
      return spec.goBackwards() ? t : t + 1;
    }

    /** The time of the s-th processed step. */
    public int timeOf(int s) {
      return spec.goBackwards() ? timesteps() - 1 - s : s;
    }
  }

  /**
   * Gradient of {@link Lstm}: back-propagation through time, from the last processed step to the
   * first. {@code gates} is overwritten by dZ, the gradient of the gates before activation.
   *
   * @param dy (T,B,U) gradient of the outputs in the order of time; absent: zero
   * @param dhLast (B,U) gradient of the last state h; absent: zero
   * @param dcLast (B,U) gradient of the last state c; absent: zero
   * @param dyLast (B,U) gradient of the last processed output, which under a mask may differ from
   *     the last state; absent: zero
   * @param dx like x, absent if not wanted
   * @param dBias absent if there is no bias; likewise dPeephole
   * @param dh0 (B,U) absent if not wanted
   * @param dc0 (B,U) absent if not wanted
   * @param dh (B,U) scratch: gradient of the state h while going back
   * @param dc (B,U) scratch: likewise c
   * @param dDroppedH (4,B,U) scratch, present exactly if there is recurrent dropout
   * @param dyCarry (B,U) scratch, present exactly if y is: gradient that masked outputs pass to the
   *     output before
   */
  record LstmGrad(
      Lstm forward,
      Value dy,
      Value dhLast,
      Value dcLast,
      Value dyLast,
      Value dx,
      Value dKernel,
      Value dRecurrentKernel,
      Value dBias,
      Value dPeephole,
      Value dh0,
      Value dc0,
      Value dh,
      Value dc,
      Value dDroppedH,
      Value dyCarry)
      implements Op {
    @Override
    public List<Value> inputs() {
      List<Value> list = new ArrayList<>(forward.inputs());
      list.addAll(forward.outputs());
      list.addAll(present(dy, dhLast, dcLast, dyLast));
      return list;
    }

    @Override
    public List<Value> outputs() {
      return present(
          forward.gates(),
          dx,
          dKernel,
          dRecurrentKernel,
          dBias,
          dPeephole,
          dh0,
          dc0,
          dh,
          dc,
          dDroppedH,
          dyCarry);
    }
  }

  // ---------------------------------------------------------------- elementwise

  /** {@code y = activation(x)}; for softmax over the last axis. */
  record Activate(Activation activation, Value x, Value y) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** Gradient of {@link Activate}: {@code dx = dy·activation'(x)}; x and y are both there. */
  record ActivateGrad(Activation activation, Value x, Value y, Value dy, Value dx) implements Op {
    @Override
    public List<Value> inputs() {
      // which of the two is read decides how long it must be kept
      return activation.derivesFromOutput() ? List.of(y, dy) : List.of(x, dy);
    }

    @Override
    public List<Value> outputs() {
      return List.of(dx);
    }
  }

  /** What {@link Binary} computes. */
  enum Combine {
    /** {@code a + b}. */
    SUM,
    /** {@code a·b}. */
    MUL,
    /** {@code (a + b)/2}. */
    AVE
  }

  /** {@code y = a combined with b}, elementwise; all of one shape. y may be a or b. */
  record Binary(Combine combine, Value a, Value b, Value y) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(a, b);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** {@code y = factor·x}. */
  record Scale(float factor, Value x, Value y) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** {@code to = from}: how a state is kept for the next run. */
  record Copy(Value from, Value to) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(from);
    }

    @Override
    public List<Value> outputs() {
      return List.of(to);
    }
  }

  // ---------------------------------------------------------------- dropout

  /**
   * Which random bits a dropout draws: element e of the tensor is kept if {@code (w >>> 8)·2⁻²⁴ ≥
   * rate}, where w is word {@code e mod 4} of Philox4x32-10 with the key {@code (seed low, seed
   * high)} and the counter {@code (e div 4, stream, step, 0)}; step is element {@link Scalars#STEP}
   * of the scalars, as raw bits. Kept elements are scaled by {@code 1/(1 − rate)}.
   */
  record Draw(float rate, long seed, int stream) {}

  /** {@code y = x} with elements dropped; its own gradient, with the same draw. */
  record Dropout(Draw draw, Value x, Value scalars, Value y) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(x, scalars);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** A mask to multiply by: 0 or {@code 1/(1 − rate)}. */
  record DropoutMask(Draw draw, Value scalars, Value mask) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(scalars);
    }

    @Override
    public List<Value> outputs() {
      return List.of(mask);
    }
  }

  /**
   * The same mask for every timestep: {@code y[g,t,b,f] = x[t,b,f]·masks[g,b,f]}.
   *
   * @param x (T,B,F)
   * @param masks (G,B,F) with G 1 or 4
   * @param y (T,B,F) for G = 1, (4,T,B,F) for G = 4
   */
  record SequenceDropout(Value x, Value masks, Value y) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(x, masks);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** Gradient of {@link SequenceDropout}: {@code dx[t,b,f] = Σ_g dy[g,t,b,f]·masks[g,b,f]}. */
  record SequenceDropoutGrad(Value dy, Value masks, Value dx) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(dy, masks);
    }

    @Override
    public List<Value> outputs() {
      return List.of(dx);
    }
  }

  // ---------------------------------------------------------------- masks

  /** {@code mask(N) = 1} where any of the row's features in x(N,F) differs from the value. */
  record MaskOf(Value x, float maskValue, Value mask) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(mask);
    }
  }

  /** {@code y(N,F) = x(N,F)} where mask(N) is 1, else 0 (even where x is NaN); its own gradient. */
  record MaskRows(Value x, Value mask, Value y) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(x, mask);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  // ---------------------------------------------------------------- shape

  /** {@code y(N,K+M) = [a(N,K), b(N,M)]}. */
  record Concat(Value a, Value b, Value y) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(a, b);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** {@code y(N,M) = x(N,K)[:, from : from+M]}. */
  record Slice(Value x, int from, Value y) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** {@code y[t] = x[T−1−t]} along the first axis; its own gradient. */
  record Reverse(Value x, Value y) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /**
   * {@code y[j,i,:] = x[i,j,:]} for x of shape (rows,columns,width); the shapes of x and y may be
   * flattened forms of these. Its own gradient with rows and columns exchanged.
   */
  record SwapAxes(Value x, int rows, int columns, int width, Value y) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** {@code y(T,B,F)} = x(B,F) repeated T times. */
  record Repeat(Value x, Value y) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** Gradient of {@link Repeat}: {@code dx(B,F)} = sum of dy(T,B,F) over T. */
  record RepeatGrad(Value dy, Value dx) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(dy);
    }

    @Override
    public List<Value> outputs() {
      return List.of(dx);
    }
  }

  // ---------------------------------------------------------------- embedding

  /**
   * {@code y(N,E)} = rows of table(V,E) numbered by ids(N). An id is a whole number in [0, V) as a
   * float; the model checks that before a run.
   */
  record Embed(Value ids, Value table, Value y) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(ids, table);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** Gradient of {@link Embed}: {@code dTable[v]} = sum of dy's rows whose id is v, in order. */
  record EmbedGrad(Value ids, Value dy, Value dTable) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(ids, dy);
    }

    @Override
    public List<Value> outputs() {
      return List.of(dTable);
    }
  }

  // ---------------------------------------------------------------- loss and metrics

  /**
   * The loss of prediction p(N,K) against target t (N,K), or (N) class numbers if sparse.
   *
   * @param weights (N) 1 or 0, the propagated mask; absent: all 1
   * @param rows (N) scratch: each row's weighted value
   * @param result (2): the loss {@code Σ rows / Σ weights} (0 if the weights sum to 0), and {@code
   *     Σ weights}
   */
  record LossOp(Loss loss, Value prediction, Value target, Value weights, Value rows, Value result)
      implements Op {
    @Override
    public List<Value> inputs() {
      return present(prediction, target, weights);
    }

    @Override
    public List<Value> outputs() {
      return List.of(rows, result);
    }
  }

  /** Gradient of {@link LossOp} by the prediction: dPrediction(N,K). */
  record LossGrad(LossOp forward, Value dPrediction) implements Op {
    @Override
    public List<Value> inputs() {
      return present(forward.prediction(), forward.target(), forward.weights(), forward.result());
    }

    @Override
    public List<Value> outputs() {
      return List.of(dPrediction);
    }
  }

  /**
   * One batch of a metric; operands as in {@link LossOp}. For RMSE the sum is of the squares.
   *
   * @param result (2): {@code Σ rows} and {@code Σ weights}
   */
  record MetricOp(
      Metric metric, Value prediction, Value target, Value weights, Value rows, Value result)
      implements Op {
    @Override
    public List<Value> inputs() {
      return present(prediction, target, weights);
    }

    @Override
    public List<Value> outputs() {
      return List.of(rows, result);
    }
  }

  /**
   * Adds a batch to the totals of an epoch.
   *
   * @param lossResult the result of the {@link LossOp}; counts with weight {@code batch}, as
   *     Keras's loss tracker does
   * @param metricResults the results of the {@link MetricOp}s
   * @param totals (1 + metrics, 4): for each its sum and its weight, both as an unevaluated sum of
   *     two floats (high, low), so that long epochs lose nothing: {@code [sumHigh, sumLow,
   *     weightHigh, weightLow]}. Added by Knuth's TwoSum. In place
   */
  record Accumulate(Value lossResult, int batch, List<Value> metricResults, Value totals)
      implements Op {
    @Override
    public List<Value> inputs() {
      List<Value> list = new ArrayList<>(metricResults);
      list.add(lossResult);
      list.add(totals);
      return list;
    }

    @Override
    public List<Value> outputs() {
      return List.of(totals);
    }
  }

  // ---------------------------------------------------------------- training

  /** {@code g = clip(g, −limit, limit)}, in place. */
  record ClipValue(float limit, Value gradient) implements Op {
    @Override
    public List<Value> inputs() {
      return List.of(gradient);
    }

    @Override
    public List<Value> outputs() {
      return List.of(gradient);
    }
  }

  /**
   * {@code g = g·limit / max(‖g‖, limit)} in place, the norm over all gradients together; for a
   * clip per gradient there is one op for each.
   *
   * @param norms (n + 1) scratch: the sum of squares of each gradient, then the factor
   */
  record ClipNorm(float limit, List<Value> gradients, Value norms) implements Op {
    @Override
    public List<Value> inputs() {
      return gradients;
    }

    @Override
    public List<Value> outputs() {
      List<Value> list = new ArrayList<>(gradients);
      list.add(norms);
      return list;
    }
  }

  /** Moves a weight along its gradient by {@link UpdateRule}; weight and slots in place. */
  record Update(UpdateRule rule, Value weight, Value gradient, List<Value> slots, Value scalars)
      implements Op {
    @Override
    public List<Value> inputs() {
      List<Value> list = new ArrayList<>(slots);
      list.add(weight);
      list.add(gradient);
      list.add(scalars);
      return list;
    }

    @Override
    public List<Value> outputs() {
      List<Value> list = new ArrayList<>(slots);
      list.add(weight);
      return list;
    }
  }

  /** What changes from step to step lies in one small input, so that a program stays the same. */
  final class Scalars {
    /** The learning rate. */
    public static final int LEARNING_RATE = 0;

    /** The rule's step size, {@code Optimizer.stepSize}. */
    public static final int STEP_SIZE = 1;

    /** The number of the step for {@link Draw}, an int as raw bits. */
    public static final int STEP = 2;

    /** The number of elements. */
    public static final int SIZE = 4;

    private Scalars() {}
  }
}
