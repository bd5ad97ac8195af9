package io.github.lstm4j.spark;

import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A row that is learnt from. */
final class Sample implements Serializable {
  private static final long serialVersionUID = 1;

  /** A tensor without the axis of the samples. */
  private static final class Part implements Serializable {
    private static final long serialVersionUID = 1;
    final int[] dims;
    final float[] values;

    Part(Tensor tensor) {
      dims = tensor.shape().dims();
      values = tensor.data();
    }
  }

  private final List<Part> inputs;
  private final List<Part> targets;
  private final float weight;

  /**
   * @param weight 1 where rows have none
   */
  Sample(List<Tensor> inputs, List<Tensor> targets, float weight) {
    this.inputs = new ArrayList<>(inputs.stream().map(Part::new).toList());
    this.targets = new ArrayList<>(targets.stream().map(Part::new).toList());
    this.weight = weight;
  }

  /** Batches of samples. */
  static BatchSource source(List<Sample> samples, boolean weighted) {
    return BatchSource.of(
        samples.size(),
        numbers -> {
          List<Sample> some = Arrays.stream(numbers).mapToObj(samples::get).toList();
          return Batch.of(
              stacked(some.stream().map(s -> s.inputs).toList()),
              stacked(some.stream().map(s -> s.targets).toList()),
              weighted ? weights(some) : null);
        });
  }

  private static Tensor weights(List<Sample> samples) {
    Tensor weights = Tensor.zeros(samples.size());
    for (int n = 0; n < samples.size(); n++) {
      weights.data()[n] = samples.get(n).weight;
    }
    return weights;
  }

  private static List<Tensor> stacked(List<List<Part>> samples) {
    return IntStream.range(0, samples.get(0).size())
        .mapToObj(i -> stack(samples.stream().map(parts -> parts.get(i)).toList()))
        .toList();
  }

  private static Tensor stack(List<Part> parts) {
    Part first = parts.get(0);
    int[] dims = new int[first.dims.length + 1];
    dims[0] = parts.size();
    System.arraycopy(first.dims, 0, dims, 1, first.dims.length);
    Tensor whole = Tensor.zeros(dims);
    for (int n = 0; n < parts.size(); n++) {
      if (!Arrays.equals(parts.get(n).dims, first.dims)) {
        throw new IllegalArgumentException(
            "fit: expected sequences of one length, got "
                + Arrays.toString(first.dims)
                + " and "
                + Arrays.toString(parts.get(n).dims)
                + "; pad them, with a Masking layer");
      }
      float[] values = parts.get(n).values;
      System.arraycopy(values, 0, whole.data(), n * values.length, values.length);
    }
    return whole;
  }
}
