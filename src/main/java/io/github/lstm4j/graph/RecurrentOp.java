package io.github.lstm4j.graph;

import static io.github.lstm4j.graph.Op.present;

import io.github.lstm4j.activations.Activation;
import java.util.ArrayList;
import java.util.List;

/** Whole sequences through a recurrent cell, and back. */
public sealed interface RecurrentOp extends Op {
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
      implements RecurrentOp {
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
      implements RecurrentOp {
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
}
