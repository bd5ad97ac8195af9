package io.github.lstm4j.serve;

import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Requests' rows as one batch, and back. */
final class Batches {
  private Batches() {}

  /** How many rows a batch of so many has, those that fill it up included: 2^k or 3·2^k. */
  static int size(int rows) {
    int size = Math.max(1, Integer.highestOneBit(rows)); // size <= rows < 2 size
    return rows == size ? size : rows <= size + size / 2 && size > 1 ? size + size / 2 : 2 * size;
  }

  /**
   * The rows of all requests, input by input, filled up by the last one.
   *
   * @param requests each with as many inputs, which are alike but for their rows
   */
  static List<Tensor> together(List<List<Tensor>> requests, int rows) {
    List<Tensor> batch = new ArrayList<>();
    for (int input = 0; input < requests.get(0).size(); input++) {
      Shape shape = requests.get(0).get(input).shape().with(0, rows);
      float[] all = new float[shape.size()];
      int row = all.length / rows;
      int at = 0;
      for (List<Tensor> request : requests) {
        float[] own = request.get(input).data();
        System.arraycopy(own, 0, all, at, own.length);
        at += own.length;
      }
      for (; at < all.length; at += row) {
        System.arraycopy(all, at - row, all, at, row);
      }
      batch.add(Tensor.of(all, shape));
    }
    return batch;
  }

  /** Of the outputs of {@link #together} those of each request. */
  static List<List<Tensor>> apart(List<Tensor> outputs, List<List<Tensor>> requests) {
    List<List<Tensor>> answers = new ArrayList<>();
    int from = 0;
    for (List<Tensor> request : requests) {
      int rows = request.get(0).dim(0);
      List<Tensor> own = new ArrayList<>();
      for (Tensor output : outputs) {
        int row = output.size() / output.dim(0);
        float[] values = Arrays.copyOfRange(output.data(), from * row, (from + rows) * row);
        own.add(Tensor.of(values, output.shape().with(0, rows)));
      }
      answers.add(own);
      from += rows;
    }
    return answers;
  }

  /**
   * The timesteps of a part of a sequence.
   *
   * @param inputs each (1, features), or (1, timesteps, features); of ids (1), or (1, timesteps)
   * @return for each timestep the inputs (1, features)
   * @throws Refusal if the inputs have different numbers of them
   */
  static List<List<Tensor>> readings(String model, List<TensorSpec> specs, List<Tensor> inputs) {
    int count = 0;
    for (int i = 0; i < inputs.size(); i++) {
      int own = timesteps(specs.get(i), inputs.get(i));
      if (own > 0 && count > 0 && own != count) {
        throw Refusal.badRequest(
            "model "
                + model
                + ", input "
                + specs.get(i).name()
                + ": expected "
                + count
                + " timesteps, as the inputs before it have, got "
                + own);
      }
      count = Math.max(count, own);
    }
    List<List<Tensor>> readings = new ArrayList<>();
    for (int t = 0; t < Math.max(1, count); t++) {
      List<Tensor> reading = new ArrayList<>();
      for (int i = 0; i < inputs.size(); i++) {
        float[] all = inputs.get(i).data();
        int own = Math.max(1, timesteps(specs.get(i), inputs.get(i)));
        int width = all.length / own;
        int from = own == 1 ? 0 : t * width;
        reading.add(Tensor.of(Arrays.copyOfRange(all, from, from + width), 1, width));
      }
      readings.add(reading);
    }
    return readings;
  }

  /** How many an input has; 0 for one that has no such axis. */
  private static int timesteps(TensorSpec spec, Tensor input) {
    boolean timed = spec.shape().rank() > 2 || spec.type() != DataType.FP32;
    return !timed ? 0 : input.shape().rank() < Math.max(2, spec.shape().rank()) ? 1 : input.dim(1);
  }
}
