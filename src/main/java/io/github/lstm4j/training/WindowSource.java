package io.github.lstm4j.training;

import io.github.lstm4j.data.Windows;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Windows of a series that are cut when their batch is needed. */
final class WindowSource implements BatchSource {
  private final Windows windows;
  private final Tensor inputs;
  private final Tensor targets;
  private final int[] starts;

  WindowSource(Windows windows, Tensor inputs, Tensor targets, int[] starts) {
    this.windows = windows;
    this.inputs = inputs;
    this.targets = targets;
    this.starts = starts.clone();
  }

  @Override
  public int samples() {
    return starts.length;
  }

  @Override
  public Batches batches(int batchSize, Philox shuffle) {
    int[] order = shuffle == null ? null : shuffle.permutation(starts.length);
    return new Batches() {
      private int at;

      @Override
      public Batch next() {
        if (at >= starts.length) {
          return null;
        }
        int end = Math.min(starts.length, at + batchSize);
        int[] some = Arrays.copyOfRange(starts, at, end);
        for (int i = at; order != null && i < end; i++) {
          some[i - at] = starts[order[i]];
        }
        List<Rows> y =
            targets == null ? List.of() : List.of(Rows.of(windows.targets(targets, some)));
        Batch batch = new Batch(List.of(Rows.of(windows.inputs(inputs, some))), y, null, order, at);
        at = end;
        return batch;
      }
    };
  }
}
