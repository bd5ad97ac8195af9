package io.github.lstm4j.training;

import io.github.lstm4j.random.Philox;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The batches of one epoch after the other. Each epoch is a pass over the source; or, where it has
 * a number of steps, it goes on where the one before it stopped, and a pass takes several. No epoch
 * has batches of two passes: as in Keras, it is short where the source runs dry
 * (keras/src/trainers/epoch_iterator.py).
 */
final class Passes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Passes.class);

  /** Where the random order of a pass comes from. */
  interface Order {
    /**
     * The order, or null: as the samples lie.
     *
     * @param first the epoch that the pass begins with
     * @param made the steps from epoch 0 to the one that begins now
     */
    Philox of(int first, long made);
  }

  private final BatchSource source;
  private final int batchSize;
  private final int steps; // in an epoch, or UNKNOWN
  private final int length; // steps in a pass, or UNKNOWN
  private BatchSource.Batches pass; // null between passes
  private int seen; // batches of this pass
  private Batch next; // looked at already

  /**
   * @param steps in an epoch, or {@link BatchSource#UNKNOWN}: a pass
   */
  Passes(BatchSource source, int batchSize, int steps) {
    this.source = source;
    this.batchSize = batchSize;
    this.steps = steps;
    this.length = source.steps(batchSize);
  }

  /** Begins an epoch; its batches are closed with it if they are a whole pass. */
  BatchSource.Batches begin(int epoch, Order order) {
    if (pass != null) {
      next = pass.next();
      if (next == null) { // it ended with the epoch before, which nobody could know
        close();
      }
    }
    if (pass == null) {
      int within =
          steps == BatchSource.UNKNOWN || length == BatchSource.UNKNOWN
              ? 0
              : epoch % epochsOfPass();
      pass = source.batches(batchSize, order.of(epoch - within, stepsBefore(epoch)));
      for (int skipped = 0; skipped < within * steps; skipped++) {
        next();
      }
    }
    return new Epoch(epoch);
  }

  private int epochsOfPass() {
    return Math.max(1, (length + steps - 1) / steps);
  }

  /** From epoch 0 on, as far as that is known. */
  private long stepsBefore(int epoch) {
    if (length == BatchSource.UNKNOWN) {
      return 0;
    }
    if (steps == BatchSource.UNKNOWN) {
      return (long) epoch * length;
    }
    return (long) (epoch / epochsOfPass()) * length + (long) (epoch % epochsOfPass()) * steps;
  }

  private Batch next() {
    Batch batch = next == null ? pass.next() : next;
    next = null;
    seen++;
    return batch;
  }

  @Override
  public void close() {
    if (pass != null) {
      BatchSource.Batches ended = pass;
      pass = null;
      next = null;
      seen = 0;
      ended.close();
    }
  }

  private final class Epoch implements BatchSource.Batches {
    private final int epoch;
    private int step;

    Epoch(int epoch) {
      this.epoch = epoch;
    }

    @Override
    public Batch next() {
      if (steps == BatchSource.UNKNOWN) {
        return Passes.this.next();
      }
      if (step == steps) {
        return null;
      }
      Batch batch = pass == null || seen == length ? null : Passes.this.next();
      if (batch == null) {
        LOG.warn(
            "fit: the source ran out of data: epoch {} has {} of {} steps; it must give stepsPerEpoch"
                + " times epochs batches",
            epoch + 1,
            step,
            steps);
        Passes.this.close();
        return null;
      }
      step++;
      return batch;
    }

    @Override
    public void close() {
      if (steps == BatchSource.UNKNOWN || seen == length) {
        Passes.this.close();
      }
    }
  }
}
