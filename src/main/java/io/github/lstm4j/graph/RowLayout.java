package io.github.lstm4j.graph;

import io.github.lstm4j.tensor.Shape;

/**
 * How the rows of an objective lie in a prediction (T,B,K) or (B,K): a row runs along one axis, and
 * there is one for each place on the others. Row r begins at {@code r / inner · outer + r mod inner
 * · step}, and its elements lie {@code stride} apart.
 *
 * @param count the number of rows
 * @param columns the number of elements of each
 */
public record RowLayout(int count, int columns, int stride, int inner, int outer, int step) {
  /**
   * Rows along an axis. Along the last one, row r is of sample r mod B; along the timesteps too.
   *
   * @param axis of (B,T,K) or (B,K), as users count them, from the end if negative
   * @throws IllegalArgumentException if there is no such axis
   */
  public static RowLayout of(Shape prediction, int axis) {
    int rank = prediction.rank();
    int outputs = prediction.last();
    int batch = prediction.dim(rank - 2);
    int timesteps = rank == 3 ? prediction.dim(0) : 1;
    int from0 = axis < 0 ? axis + rank : axis;
    if (from0 == rank - 1) {
      return new RowLayout(timesteps * batch, outputs, 1, 1, outputs, 0);
    } else if (from0 == 0) {
      return new RowLayout(timesteps * outputs, batch, outputs, outputs, batch * outputs, 1);
    } else if (from0 == 1) {
      return new RowLayout(outputs * batch, timesteps, batch * outputs, batch, 1, outputs);
    }
    throw new IllegalArgumentException(
        "axis "
            + axis
            + ": an output of rank "
            + rank
            + " has the axes from -"
            + rank
            + " to "
            + (rank - 1));
  }

  /** As {@link #of(Shape, int)}, of what weights and masks go with. */
  static RowLayout of(
      String name, int axis, boolean sparse, Shape prediction, Value weights, Value mask) {
    RowLayout layout = of(prediction, axis);
    boolean last = axis == -1 || axis == prediction.rank() - 1;
    boolean samples = axis == 0 || axis == -prediction.rank();
    boolean ofSteps = mask != null || (weights != null && weights.shape().rank() > 1);
    boolean misfit = !last && (sparse || ofSteps);
    if (misfit || (samples && weights != null)) {
      throw new IllegalArgumentException(
          name
              + ": axis "
              + axis
              + " does not go with "
              + (sparse
                  ? "class numbers as targets"
                  : mask != null ? "a mask" : "such sample weights")
              + "; use axis -1");
    }
    return layout;
  }

  /** Where a row begins. */
  public int start(int row) {
    return row / inner * outer + row % inner * step;
  }
}
