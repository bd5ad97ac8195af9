package io.github.lstm4j.training;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** The sources behind {@link BatchSource}'s factories. */
final class Sources {
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
                + " as inputs, got inputs "
                + tensors.get(0).shape()
                + " and "
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
        private final float[][] gathered = new float[tensors.size()][];
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
          int width = t.dim(0) == 0 ? 0 : t.size() / t.dim(0);
          Shape shape = t.shape().with(0, size);
          if (order == null) {
            return new Rows(t.data(), (from + at) * width, shape);
          }
          if (gathered[number] == null) {
            gathered[number] = new float[Math.min(batchSize, samples()) * width];
          }
          for (int i = 0; i < size; i++) {
            System.arraycopy(t.data(), order[at + i] * width, gathered[number], i * width, width);
          }
          return new Rows(gathered[number], 0, shape);
        }
      };
    }
  }

  /** Samples that are made when their batch is needed. */
  record OfNumbers(int samples, Function<int[], Batch> batch) implements BatchSource {
    @Override
    public Batches batches(int batchSize, Philox shuffle) {
      int[] order = shuffle == null ? null : shuffle.permutation(samples);
      return new Batches() {
        private int at;

        @Override
        public Batch next() {
          if (at >= samples) {
            return null;
          }
          int first = at;
          at = Math.min(samples, at + batchSize);
          int[] numbers =
              order == null
                  ? IntStream.range(first, at).toArray()
                  : Arrays.copyOfRange(order, first, at);
          return batch.apply(numbers).numbered(order, first);
        }
      };
    }
  }
}
