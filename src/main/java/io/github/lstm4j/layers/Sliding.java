package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Windows that slide over the timesteps of a sequence, as convolution and pooling have them. */
record Sliding(int size, int stride, int dilation, Padding padding) {
  private int reach() {
    return (size - 1) * dilation + 1;
  }

  /** The number of windows; less than 1 if none fits, UNKNOWN if the timesteps are. */
  int count(int timesteps) {
    if (timesteps == Shape.UNKNOWN) {
      return Shape.UNKNOWN;
    }
    return padding == Padding.VALID
        ? Math.floorDiv(timesteps - reach(), stride) + 1
        : (timesteps - 1) / stride + 1;
  }

  /** How many timesteps are missing at the beginning, and at the end. */
  int[] missing(int timesteps) {
    if (padding == Padding.VALID) {
      return new int[2];
    } else if (padding == Padding.CAUSAL) {
      return new int[] {reach() - 1, 0};
    }
    int all = Math.max(0, (count(timesteps) - 1) * stride + reach() - timesteps);
    return new int[] {all / 2, all - all / 2};
  }

  /**
   * (T,B,F) to (W,B,size,F).
   *
   * @param fill what stands for missing timesteps
   */
  Value of(Graph graph, Value x, float fill, String name) {
    int[] missing = missing(x.dim(0));
    Value padded = x;
    if (missing[0] + missing[1] > 0) {
      padded =
          fill == 0
              ? graph.pad(x, 0, missing[0], missing[1], name + ".padded")
              : filled(graph, x, missing, fill, name);
    }
    return graph.windows(padded, size, stride, dilation, name + ".windows");
  }

  private static Value filled(Graph graph, Value x, int[] missing, float fill, String name) {
    Tensor rows = Tensor.zeros(missing[0] + missing[1], x.dim(1), x.dim(2));
    Arrays.fill(rows.data(), fill);
    Value constant = graph.constant(name + ".fill", rows);
    Value before = graph.slice(constant, 0, 0, missing[0] + missing[1], name + ".ends");
    if (missing[0] == 0) {
      return graph.concat(List.of(x, before), 0, name + ".padded");
    }
    Value first = graph.slice(before, 0, 0, missing[0], name + ".first");
    if (missing[1] == 0) {
      return graph.concat(List.of(first, x), 0, name + ".padded");
    }
    Value last = graph.slice(before, 0, missing[0], missing[1], name + ".last");
    return graph.concat(List.of(first, x, last), 0, name + ".padded");
  }
}
