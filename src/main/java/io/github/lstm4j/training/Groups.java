package io.github.lstm4j.training;

import io.github.lstm4j.random.Philox;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/** Samples, one after the other, become batches of a size: which ones go together. */
abstract class Groups {
  private final int batchSize;
  private final Deque<List<Batch>> ready = new ArrayDeque<>();
  private boolean ended;
  private int count; // samples

  private Groups(int batchSize) {
    this.batchSize = batchSize;
  }

  abstract void add(Batch sample);

  /** No more samples come. */
  abstract void end();

  /** The next batch of the samples of these batches; null at the end. */
  final Batch next(Supplier<Batch> source) {
    while (ready.isEmpty() && !ended) {
      Batch batch = source.get();
      if (batch == null) {
        ended = true;
        end();
      } else {
        for (int row = 0; row < batch.size(); row++, count++) {
          add(batch.sample(row, batch.isNumbered() ? batch.number(row) : count));
        }
      }
    }
    return ready.isEmpty() ? null : Batch.join(ready.remove());
  }

  final void put(List<Batch> group, Batch sample) {
    group.add(sample);
    if (group.size() == batchSize) {
      rest(group);
    }
  }

  final void rest(List<Batch> group) {
    if (!group.isEmpty()) {
      ready.add(List.copyOf(group));
      group.clear();
    }
  }

  /** As they come. */
  static class InOrder extends Groups {
    private final List<Batch> group = new ArrayList<>();

    InOrder(int batchSize) {
      super(batchSize);
    }

    @Override
    void add(Batch sample) {
      put(group, sample);
    }

    @Override
    void end() {
      rest(group);
    }
  }

  /** Each is drawn from the next ones. */
  static final class Shuffled extends InOrder {
    private final List<Batch> buffer = new ArrayList<>();
    private final int size;
    private final Philox random;

    Shuffled(int batchSize, int size, Philox shuffle) {
      super(batchSize);
      this.size = size;
      // numbers of its own: the source draws from the others, maybe in another thread
      this.random = new Philox((long) shuffle.nextInt() << 32 ^ shuffle.nextInt(), 0);
    }

    @Override
    void add(Batch sample) {
      if (buffer.size() < size) {
        buffer.add(sample);
      } else {
        super.add(buffer.set(random.nextInt(size), sample));
      }
    }

    @Override
    void end() {
      for (int i : random.permutation(buffer.size())) {
        super.add(buffer.get(i));
      }
      super.end();
    }
  }

  /** Those of like length. */
  static final class ByLength extends Groups {
    private final List<List<Batch>> buckets = new ArrayList<>();
    private final int[] boundaries;

    ByLength(int batchSize, int[] boundaries) {
      super(batchSize);
      this.boundaries = boundaries;
      for (int i = 0; i <= boundaries.length; i++) {
        buckets.add(new ArrayList<>());
      }
    }

    @Override
    void add(Batch sample) {
      int length = sample.timesteps();
      int bucket = 0;
      while (bucket < boundaries.length && length >= boundaries[bucket]) {
        bucket++;
      }
      put(buckets.get(bucket), sample);
    }

    @Override
    void end() {
      buckets.forEach(this::rest);
    }
  }
}
