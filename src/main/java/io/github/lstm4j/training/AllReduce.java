package io.github.lstm4j.training;

/**
 * What ties trainings of one model together, each of which has a share of every batch: in threads,
 * processes or machines of which this library knows nothing. Each calls {@code fit} with the same
 * model and options, data of its own, and {@link Fit#allReduce}; all make the steps of one training
 * on all the data.
 *
 * <pre>{@code
 * // in each of 4 processes, of which this is number `rank`
 * model.fit(ownSamples, Fit.epochs(10).batchSize(64 / 4).allReduce(peers));
 * }</pre>
 */
public interface AllReduce {
  /** The number of trainings. */
  int size();

  /** Which one this is, from 0. */
  int rank();

  /**
   * Adds up arrays element by element, and gives all of them the same sums to the bit. All call it
   * equally often with arrays of the same length; it returns when all have.
   *
   * @param values are set to the sums
   */
  void sum(float[] values);
}
