package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.CellSpec;
import java.util.List;

/**
 * A cell at one timestep, for a slice of the batch: rows {@code from} to {@code from + rows - 1}.
 * Each thread has its own. Masked rows are none of its business.
 */
interface CpuCell {
  /**
   * From z, which the gates replace, and the old states to the new states.
   *
   * @param unit the first of some units; 0 unless they can be taken {@link #byUnits apart}
   * @param z the array that has z of these rows and units; that of the op's gates unless they can
   *     be taken apart
   * @param at where z of the first row, unit and gate lies
   * @param ldz how far the next row lies from there
   * @param apart how far the next gate lies from there
   */
  void forward(
      int t, int from, int rows, int unit, int units, float[] z, int at, int ldz, int apart);

  /** Whether some units may go forward before z of the others is there, wherever it lies. */
  default boolean byUnits() {
    return false;
  }

  /**
   * From the gradients of the new states to dZ, which replaces the gates, and to the gradients of
   * the old states, but for what reaches h₋ through z.
   *
   * @param dStates (B,U) for each state. In: its gradient, that of h whole. Out: that of the old
   *     state; h's is read only if the cell {@link CellSpec#passesOutput passes it on}
   */
  void backward(int t, int from, int rows, List<Span> dStates);

  /**
   * The gradients of the cell's weights from the dZ of all timesteps, for the whole batch.
   *
   * @param dRecurrentKernel whose columns of {@link CellSpec#recurrentGates} are there; null if not
   *     wanted
   * @param dCellWeights for each weight, null where it is not wanted
   */
  void weightGradients(Span dRecurrentKernel, List<Span> dCellWeights);
}
