package io.github.lstm4j.graph;

import static io.github.lstm4j.graph.Op.present;

import io.github.lstm4j.activations.Activation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Whole sequences through a recurrent cell, and back. The equations stand at the {@link CellSpec};
 * U, G and the states are those of the cell.
 */
public sealed interface RecurrentOp extends Op {
  @Override
  default boolean isLong() {
    return true;
  }

  /**
   * What a recurrent layer reads.
   *
   * @param x (T,B,F), or (G,T,B,F) if each gate has an input of its own (dropout beside recurrent
   *     dropout, where there are several gates)
   * @param kernel K (F,G·U)
   * @param recurrentKernel R (U,G·U)
   * @param bias b, of {@link CellSpec#biasShape}, may be absent
   * @param cellWeights as {@link CellSpec#cellWeights()} says
   * @param initialStates (B,U) for each state, or none: all are zero
   * @param mask (T,B), 1 to process the step and 0 to skip it; absent: all are processed
   * @param recurrentDropout (G,B,U) what h₋ is multiplied by, a mask for each gate; absent: nothing
   */
  record Inputs(
      Value x,
      Value kernel,
      Value recurrentKernel,
      Value bias,
      List<Value> cellWeights,
      List<Value> initialStates,
      Value mask,
      Value recurrentDropout) {
    /** Takes copies of the lists. */
    public Inputs {
      cellWeights = List.copyOf(cellWeights);
      initialStates = List.copyOf(initialStates);
    }

    /** Whether x is (G,T,B,F). */
    public boolean inputPerGate() {
      return x.shape().rank() == 4;
    }

    /** T. */
    public int timesteps() {
      return x.dim(x.shape().rank() - 3);
    }

    /** B. */
    public int batch() {
      return x.dim(x.shape().rank() - 2);
    }

    /** F. */
    public int features() {
      return kernel.dim(0);
    }

    List<Value> all() {
      List<Value> list = present(x, kernel, recurrentKernel, bias);
      list.addAll(cellWeights);
      list.addAll(initialStates);
      list.addAll(present(mask, recurrentDropout));
      return list;
    }
  }

  /**
   * What others read of a recurrent layer: views of what the op writes.
   *
   * @param sequence (T,B,U) all outputs, in the order of time
   * @param last (B,U) the last processed output
   * @param states (B,U) the last states: the first is {@code last} itself, unless a mask and
   *     initial states, or zeroOutputForMask, make them differ
   */
  record Results(Value sequence, Value last, List<Value> states) {
    /** Takes a copy of the list. */
    public Results {
      states = List.copyOf(states);
    }
  }

  /**
   * A whole sequence through a cell.
   *
   * @param states (T+1,B,U) for each state of the cell, in the slots of {@link SequenceSpec}
   * @param gates (T,B,G·U), slot t for time t: each gate activated if its activation {@link
   *     Activation#derivesFromOutput derives from its output}, else before activation
   * @param inner (T,B,{@link CellSpec#innerGates}·U) what the cell keeps beside the gates, slot t
   *     for time t; absent if it keeps nothing
   * @param droppedH (G,T,B,U) what each gate saw of h₋, slot t for time t; present exactly if
   *     recurrentDropout is
   * @param y (T,B,U) the outputs in the order of time. Absent: they equal the states h, so that a
   *     view of these serves. Present if they differ: a mask with initial states, or
   *     zeroOutputForMask
   * @param out the views of these that others read
   */
  record Recurrent(
      CellSpec cell,
      SequenceSpec sequence,
      Inputs in,
      List<Value> states,
      Value gates,
      Value inner,
      Value droppedH,
      Value y,
      Results out)
      implements RecurrentOp {
    /** Takes a copy of the list. */
    public Recurrent {
      states = List.copyOf(states);
    }

    @Override
    public List<Value> inputs() {
      return in.all();
    }

    @Override
    public List<Value> outputs() {
      List<Value> list = new ArrayList<>(states);
      list.addAll(present(gates, inner, droppedH, y));
      return list;
    }

    @Override
    public List<Value> results() {
      List<Value> list = new ArrayList<>(out.states());
      list.add(out.sequence());
      list.add(out.last());
      return list;
    }

    /** The states that are the outputs, h. */
    public Value hs() {
      return states.get(0);
    }

    /** T. */
    public int timesteps() {
      return in.timesteps();
    }

    /** B. */
    public int batch() {
      return in.batch();
    }

    /** F. */
    public int features() {
      return in.features();
    }

    /** U. */
    public int units() {
      return cell.units();
    }

    /** The slot of the states that holds those before time t. */
    public int slotBefore(int t) {
      return sequence.slotBefore(t);
    }

    /** The slot of the states that holds those after time t. */
    public int slotAfter(int t) {
      return sequence.slotAfter(t);
    }

    /** The time of the s-th processed step. */
    public int timeOf(int s) {
      return sequence.timeOf(s, timesteps());
    }
  }

  /**
   * Gradient of {@link Recurrent}: back-propagation through time, from the last processed step to
   * the first. {@code gates} is overwritten by dZ, the gradient of the gates before activation, and
   * {@code inner}, where it is h₋·R, by the gradient of that.
   *
   * @param dy (T,B,U) gradient of the outputs in the order of time; absent: zero
   * @param dLastStates (B,U) for each state its gradient after the last step; an absent one (null):
   *     zero
   * @param dyLast (B,U) gradient of the last processed output where it is not the last state h;
   *     absent: zero
   * @param dx like x, absent if not wanted, as all that follow up to dInitialStates
   * @param dCellWeights for each of the cell's weights
   * @param dInitialStates (B,U) for each state
   * @param dStates (B,U) for each state, scratch: its gradient while going back
   * @param dDroppedH (G,B,U) scratch, present exactly if there is recurrent dropout
   * @param dyCarry (B,U) scratch, present exactly if y is: gradient that masked outputs pass to the
   *     output before
   */
  record RecurrentGrad(
      Recurrent forward,
      Value dy,
      List<Value> dLastStates,
      Value dyLast,
      Value dx,
      Value dKernel,
      Value dRecurrentKernel,
      Value dBias,
      List<Value> dCellWeights,
      List<Value> dInitialStates,
      List<Value> dStates,
      Value dDroppedH,
      Value dyCarry)
      implements RecurrentOp {
    @Override
    public List<Value> inputs() {
      List<Value> list = new ArrayList<>(forward.inputs());
      list.addAll(forward.outputs());
      list.addAll(present(dy));
      list.addAll(present(dLastStates));
      list.addAll(present(dyLast));
      return list;
    }

    @Override
    public List<Value> outputs() {
      List<Value> list =
          present(forward.gates(), forward.inner(), dx, dKernel, dRecurrentKernel, dBias);
      list.addAll(present(dCellWeights));
      list.addAll(present(dInitialStates));
      list.addAll(present(dStates));
      list.addAll(present(dDroppedH, dyCarry));
      return list;
    }

    private static List<Value> present(Collection<Value> values) {
      return Op.present(values.toArray(Value[]::new));
    }

    private static List<Value> present(Value... values) {
      return Op.present(values);
    }
  }
}
