package io.github.lstm4j.expression;

/**
 * A loss as a function: the value of each row, a sample or one timestep of one. What becomes of the
 * rows (their weights, masks, the mean) is not its concern.
 */
@FunctionalInterface
public interface RowFunction {
  /**
   * The rows' values.
   *
   * @param target (B,K) or (B,T,K)
   * @param prediction (B,K) or (B,T,K)
   * @return of shape (B) or (B,T): the prediction's without the {@link #axis}; or (B), a value for
   *     each whole sequence
   */
  Expression of(Expression target, Expression prediction);

  /** The axis of the prediction that a row runs along, from the end if negative; not that of B. */
  default int axis() {
    return -1;
  }

  /**
   * How many numbers the last axis of the targets has.
   *
   * @param outputs the length of the prediction's last axis
   * @throws IllegalArgumentException if there are none for so many outputs
   */
  default int targetWidth(int outputs) {
    return outputs;
  }
}
