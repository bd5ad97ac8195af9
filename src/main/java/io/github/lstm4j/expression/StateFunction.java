package io.github.lstm4j.expression;

/**
 * A metric with a state: sums over all batches of an epoch, of which a number is computed at its
 * end.
 *
 * <pre>{@code
 * // the share of the errors in the sum of what was to be predicted
 * StateFunction wape =
 *     new StateFunction() {
 *       public int size() {
 *         return 2;
 *       }
 *
 *       public Expression addend(Expression target, Expression prediction, Expression weights) {
 *         Expression wide = weights.expandDims(-1);
 *         Expression error = target.minus(prediction).abs().times(wide).sum();
 *         return Expression.concat(error, target.abs().times(wide).sum());
 *       }
 *
 *       public double result(double[] state) {
 *         return state[0] / state[1];
 *       }
 *     };
 * model.compile(optimizer, loss, Metric.of("wape", wape));
 * }</pre>
 */
public interface StateFunction {
  /** S: how many numbers the state has, all 0 before an epoch. */
  int size();

  /**
   * What a batch adds to the state.
   *
   * @param target (B,K) or (B,T,K); 0 where the weight is
   * @param prediction (B,K) or (B,T,K); 0 where the weight is
   * @param weights (B) or (B,T), the prediction's without the {@link #axis}: what each row counts,
   *     1 if nothing is weighted or masked
   * @return of shape (S)
   */
  Expression addend(Expression target, Expression prediction, Expression weights);

  /** The axis of the prediction that a row runs along, from the end if negative; not that of B. */
  default int axis() {
    return -1;
  }

  /** The number that the state gives at the end; the first, of several. */
  double result(double[] state);

  /**
   * How many numbers the state gives. Logs have several as {@code name[0]}, {@code name[1]} …, as
   * Python indexes Keras's.
   */
  default int results() {
    return 1;
  }

  /**
   * One of several numbers.
   *
   * @param which from 0 to less than {@link #results}
   */
  default double result(double[] state, int which) {
    return result(state);
  }

  /** Whether rows that a layer's mask leaves out do not count, as if their weight were 0. */
  default boolean heedsMask() {
    return true;
  }

  /** Whether a larger result is a better one. */
  default boolean moreIsBetter() {
    return false;
  }
}
