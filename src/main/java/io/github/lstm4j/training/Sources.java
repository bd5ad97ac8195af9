package io.github.lstm4j.training;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sources behind {@link BatchSource}'s factories. */
final class Sources {
  private static final Logger LOG = LoggerFactory.getLogger(Sources.class);

  private Sources() {}

  /** What a source threw, which is its cause, apart from what its batches are refused for. */
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Failure(String what, Exception cause) {
      super(what + " failed (" + Printable.reason(cause) + ")", cause);
    }
  }

  /** A source whose failures can be told from those of who uses it. */
  record Guarded(String what, BatchSource source) implements BatchSource {
    @Override
    public int samples() {
      return source.samples();
    }

    @Override
    public int steps(int batchSize) {
      return source.steps(batchSize);
    }

    @Override
    public Batches batches(int batchSize, Philox shuffle) {
      Batches given = guard(() -> source.batches(batchSize, shuffle));
      return new Batches() {
        @Override
        public Batch next() {
          return guard(given::next);
        }

        @Override
        public void close() {
          guard(
              () -> {
                given.close();
                return null;
              });
        }
      };
    }

    private <T> T guard(Supplier<T> call) {
      try {
        return call.get();
      } catch (Exception e) { // also what other languages than Java may throw from here
        throw new Failure(what, e);
      }
    }
  }

  /** Batches, and what is to be done at their end. */
  record Closing(Supplier<Batch> batches, Runnable end) implements BatchSource.Batches {
    static Closing of(Stream<Batch> stream) {
      Iterator<Batch> batches = stream.iterator();
      return new Closing(() -> batches.hasNext() ? batches.next() : null, stream::close);
    }

    @Override
    public Batch next() {
      return batches.get();
    }

    @Override
    public void close() {
      end.run();
    }
  }

  /** The first batches of a source alone. */
  record First(BatchSource source, int steps) implements BatchSource {
    First {
      if (steps < 1) {
        throw new IllegalArgumentException("take: steps must be at least 1, got " + steps);
      }
    }

    @Override
    public int steps(int batchSize) {
      int all = source.steps(batchSize);
      return all == UNKNOWN ? UNKNOWN : Math.min(all, steps);
    }

    @Override
    public Batches batches(int batchSize, Philox shuffle) {
      Batches given = source.batches(batchSize, shuffle);
      return new Batches() {
        private int done;

        @Override
        public Batch next() {
          Batch batch = done == steps ? null : given.next();
          if (batch != null) {
            done++;
          } else if (done < steps && done > 0) {
            LOG.warn("the source ran out of data after {} of {} steps", done, steps);
          }
          return batch;
        }

        @Override
        public void close() {
          given.close();
        }
      };
    }
  }

  /** How samples are grouped, for batches of that size, in that order or as they come. */
  interface Grouping {
    Groups groups(int batchSize, Philox shuffle);
  }

  /**
   * The samples of a source in other batches than they come in.
   *
   * @param full whether all batches but the last are
   */
  record Regrouped(BatchSource source, Grouping grouping, boolean full) implements BatchSource {
    static BatchSource inOrder(BatchSource source) {
      return new Regrouped(source, (batchSize, shuffle) -> new Groups.InOrder(batchSize), true);
    }

    static BatchSource shuffled(BatchSource source, int buffer) {
      if (buffer < 1) {
        throw new IllegalArgumentException("shuffle: buffer must be at least 1, got " + buffer);
      }
      return new Regrouped(
          source,
          (batchSize, shuffle) ->
              shuffle == null
                  ? new Groups.InOrder(batchSize)
                  : new Groups.Shuffled(batchSize, buffer, shuffle),
          true);
    }

    static BatchSource byLength(BatchSource source, int[] boundaries) {
      int[] kept = boundaries.clone();
      for (int i = 0; i < kept.length; i++) {
        if (kept[i] <= (i == 0 ? 0 : kept[i - 1])) {
          throw new IllegalArgumentException(
              "bucketByLength: expected ascending lengths, got " + Arrays.toString(kept));
        }
      }
      return new Regrouped(
          source, (batchSize, shuffle) -> new Groups.ByLength(batchSize, kept), false);
    }

    @Override
    public int samples() {
      return source.samples();
    }

    @Override
    public int steps(int batchSize) {
      return full ? BatchSource.super.steps(batchSize) : UNKNOWN;
    }

    @Override
    public Batches batches(int batchSize, Philox shuffle) {
      Groups groups = grouping.groups(batchSize, shuffle);
      // one by one: samples of different lengths lie in no batch together
      Batches given = source.batches(1, shuffle);
      return new Closing(() -> groups.next(given::next), given::close);
    }
  }

  /** A source whose batches another thread prepares. */
  record Prefetched(BatchSource source, int ahead) implements BatchSource {
    Prefetched {
      if (ahead < 1) {
        throw new IllegalArgumentException("prefetch: batches must be at least 1, got " + ahead);
      }
    }

    @Override
    public int samples() {
      return source.samples();
    }

    @Override
    public int steps(int batchSize) {
      return source.steps(batchSize);
    }

    @Override
    public BatchSource shuffleBlocks(int block, int blocks) {
      return new Prefetched(source.shuffleBlocks(block, blocks), ahead);
    }

    @Override
    public Batches batches(int batchSize, Philox shuffle) {
      Batches given = source.batches(batchSize, shuffle);
      Ahead prepared = new Ahead(given::next, given::close, ahead);
      return new Closing(prepared::next, prepared::close);
    }
  }

  /** Samples that lie in tensors, or a part of them. */
  static final class OfTensors implements BatchSource {
    private final List<Tensor> tensors; // inputs, targets, and weights
    private final int inputs;
    private final int targets;
    private final boolean hasWeights;
    private final Batch.Names names;
    private final int from;
    private final int to;

    /**
     * @param sampleWeights or null
     * @param names of inputs and targets, or null: they are in the model's order
     */
    OfTensors(List<Tensor> x, List<Tensor> y, Tensor sampleWeights, Batch.Names names) {
      if (x.isEmpty()) {
        throw new IllegalArgumentException("expected at least one tensor of inputs, got none");
      }
      this.tensors = new ArrayList<>(x);
      this.tensors.addAll(y);
      this.inputs = x.size();
      this.targets = y.size();
      this.hasWeights = sampleWeights != null;
      if (hasWeights) {
        tensors.add(sampleWeights);
      }
      this.names = names;
      this.from = 0;
      this.to = x.get(0).dim(0);
      x.forEach(t -> requireSamples("inputs", t));
      y.forEach(t -> requireSamples("targets", t));
      requireSamples("sample weights", sampleWeights);
    }

    private void requireSamples(String what, Tensor t) {
      if (t != null && t.dim(0) != to) {
        throw new IllegalArgumentException(
            "expected as many "
                + what
                + " as samples of the first input, "
                + tensors.get(0).shape()
                + ", got "
                + t.shape());
      }
    }

    private OfTensors(OfTensors of, int from, int to) {
      this.tensors = of.tensors;
      this.inputs = of.inputs;
      this.targets = of.targets;
      this.hasWeights = of.hasWeights;
      this.names = of.names;
      this.from = from;
      this.to = to;
    }

    /** Where the tensors lie. */
    List<float[]> arrays() {
      return tensors.stream().map(Tensor::data).toList();
    }

    /** The samples {@code first} to {@code end − 1} of these. */
    OfTensors part(int first, int end) {
      return new OfTensors(this, from + first, from + end);
    }

    @Override
    public int samples() {
      return to - from;
    }

    @Override
    public Batches batches(int batchSize, Philox shuffle) {
      int[] order = shuffle == null ? null : shuffle.permutation(samples());
      if (order != null && from > 0) {
        for (int i = 0; i < order.length; i++) {
          order[i] += from;
        }
      }
      return new Batches() {
        private final List<Rows.Scratch> gathered =
            order == null ? List.of() : tensors.stream().map(t -> new Rows.Scratch()).toList();
        private int at;

        @Override
        public Batch next() {
          int size = Math.min(batchSize, samples() - at);
          if (size <= 0 && !(at == 0 && samples() == 0)) {
            return null;
          }
          List<Rows> rows = new ArrayList<>();
          for (int i = 0; i < tensors.size(); i++) {
            rows.add(rows(i, size));
          }
          Batch batch =
              new Batch(
                  rows.subList(0, inputs),
                  rows.subList(inputs, inputs + targets),
                  hasWeights ? rows.get(inputs + targets) : null,
                  names,
                  order,
                  order == null ? from + at : at);
          at += Math.max(size, 1);
          return batch;
        }

        private Rows rows(int number, int size) {
          Tensor t = tensors.get(number);
          Shape shape = t.shape().with(0, size);
          if (order == null) {
            int width = t.dim(0) == 0 ? 0 : t.size() / t.dim(0);
            return new Rows(t.data(), (from + at) * width, shape);
          }
          return new Rows(t.data(), order, at, shape, gathered.get(number));
        }
      };
    }
  }

  /**
   * Samples that are made when their batch is needed.
   *
   * @param block how many samples keep together when they are shuffled; 0: no two
   * @param blocks among how many blocks the samples are shuffled
   */
  record OfNumbers(int samples, Function<int[], Batch> batch, int block, int blocks)
      implements BatchSource {
    @Override
    public BatchSource shuffleBlocks(int size, int together) {
      if (size < 1 || together < 1) {
        throw new IllegalArgumentException(
            "shuffleBlocks: expected a block of at least 1 sample, and at least 1 of them, got "
                + size
                + " and "
                + together);
      }
      return new OfNumbers(samples, batch, size, together);
    }

    @Override
    public Batches batches(int batchSize, Philox shuffle) {
      int[] order = shuffle == null ? null : order(shuffle);
      return new Batches() {
        private int at;

        @Override
        public Batch next() {
          if (at >= samples) {
            return null;
          }
          int first = at;
          at = (int) Math.min(samples, (long) at + batchSize);
          int[] numbers =
              order == null
                  ? IntStream.range(first, at).toArray()
                  : Arrays.copyOfRange(order, first, at);
          return batch.apply(numbers).numbered(order, first);
        }
      };
    }

    private int[] order(Philox shuffle) {
      if (block == 0) {
        return shuffle.permutation(samples);
      }
      int[] order = new int[samples];
      int to = 0;
      for (int b : shuffle.permutation((int) (((long) samples + block - 1) / block))) {
        for (int i = b * block; i < Math.min(samples, (long) (b + 1) * block); i++) {
          order[to++] = i;
        }
      }
      long together = (long) block * blocks;
      for (long from = 0; from < samples; from += together) {
        shuffle.permute(order, (int) from, (int) Math.min(samples, from + together));
      }
      return order;
    }
  }
}
