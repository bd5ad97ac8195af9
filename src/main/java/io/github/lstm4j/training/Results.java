package io.github.lstm4j.training;

import static java.util.Comparator.comparing;

import io.github.lstm4j.compile.Plan;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.runtime.Binding;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Collects outputs, batch by batch: in the order of the samples, also where a source groups them
 * otherwise. Those of a batch are waited for when the next one runs.
 */
final class Results {
  private final int samples;
  private final List<Tensor> whole = new ArrayList<>();
  private final List<List<Tensor>> parts = new ArrayList<>();
  private final List<Shape> samplesOf = new ArrayList<>();
  private final List<Integer> numbers = new ArrayList<>(); // of the parts' samples
  private List<Runnable> pending = new ArrayList<>();
  private Plan.Key last;
  private int done;

  Results(int samples) {
    this.samples = samples;
  }

  void add(Plan plan, Binding binding, Batch batch) {
    List<Runnable> before = pending;
    pending = new ArrayList<>();
    begin(plan, binding, batch);
    before.forEach(Runnable::run);
  }

  /** Waits for all but those of a plan that is the next one too: the memory of others may go. */
  void settleBefore(Plan.Key next) {
    if (!next.equals(last)) {
      settle();
      last = next;
    }
  }

  /** Waits for all. */
  void settle() {
    pending.forEach(Runnable::run);
    pending.clear();
  }

  private void begin(Plan plan, Binding binding, Batch batch) {
    for (int i = 0; i < plan.outputs().size(); i++) {
      Value output = plan.outputs().get(i);
      Shape shape = Plan.outside(output);
      requireAlike(i, shape);
      if (samples == BatchSource.UNKNOWN) {
        if (done == 0) {
          parts.add(new ArrayList<>());
        }
        Tensor part = Tensor.zeros(shape);
        pending.add(binding.fetch(output, part.data(), 0));
        parts.get(i).add(part);
      } else {
        if (done == 0) {
          whole.add(Tensor.zeros(shape.with(0, samples)));
        }
        if (batch.isInOrder()) {
          float[] target = whole.get(i).data();
          pending.add(binding.fetch(output, target, done * (shape.size() / shape.dim(0))));
        } else {
          Tensor part = Tensor.zeros(shape);
          binding.read(output, part.data(), 0);
          for (int row = 0; row < shape.dim(0); row++) {
            copyRow(part, row, whole.get(i), batch.number(row));
          }
        }
      }
    }
    if (samples == BatchSource.UNKNOWN) {
      for (int row = 0; row < batch.size(); row++) {
        numbers.add(batch.isNumbered() ? batch.number(row) : done + row);
      }
    }
    done += batch.size();
  }

  private static void copyRow(Tensor from, int row, Tensor to, int toRow) {
    int width = from.size() / from.dim(0);
    System.arraycopy(from.data(), row * width, to.data(), toRow * width, width);
  }

  /** Outputs are joined along the samples, so all else must agree. */
  private void requireAlike(int output, Shape shape) {
    Shape sample = shape.with(0, 1);
    if (done == 0) {
      samplesOf.add(sample);
    } else if (!samplesOf.get(output).equals(sample)) {
      throw new IllegalArgumentException(
          "predict: an output "
              + shape
              + " cannot be joined to those before, whose samples are "
              + samplesOf.get(output)
              + "; predict sequences of different lengths apart");
    }
    if (samples != BatchSource.UNKNOWN && done + shape.dim(0) > samples) {
      throw miscounted(done + shape.dim(0));
    }
  }

  private IllegalArgumentException miscounted(int got) {
    return new IllegalArgumentException(
        "predict: the source has " + samples + " samples, as it says, but gave " + got);
  }

  List<Tensor> tensors() {
    if (done == 0) {
      throw new IllegalArgumentException("predict: the source gave no batches");
    }
    if (samples != BatchSource.UNKNOWN && done < samples) {
      throw miscounted(done);
    }
    if (samples != BatchSource.UNKNOWN) {
      return whole;
    }
    return parts.stream().map(this::joined).toList();
  }

  private Tensor joined(List<Tensor> list) {
    Tensor all = Tensor.zeros(list.get(0).shape().with(0, done));
    int[] places = places();
    int at = 0;
    for (Tensor t : list) {
      for (int row = 0; row < t.dim(0); row++) {
        copyRow(t, row, all, places[at++]);
      }
    }
    return all;
  }

  /** Where each of the samples goes. */
  private int[] places() {
    int[] places = new int[done];
    int place = 0;
    for (int n : IntStream.range(0, done).boxed().sorted(comparing(numbers::get)).toList()) {
      places[n] = place++;
    }
    return places;
  }
}
