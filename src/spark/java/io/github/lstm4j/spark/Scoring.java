package io.github.lstm4j.spark;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.api.java.function.Function2;

/** The results for the rows of a partition, made a batch at a time. */
final class Scoring<T, R> implements Iterator<R> {
  private final Model model;
  private final Iterator<T> rows;
  private final int batchSize;
  private final Function<T, List<Tensor>> inputs;
  private final Function2<T, List<Tensor>, R> result;
  private final Queue<R> made = new ArrayDeque<>();

  Scoring(
      Model model,
      Iterator<T> rows,
      int batchSize,
      Function<T, List<Tensor>> inputs,
      Function2<T, List<Tensor>, R> result) {
    this.model = model;
    this.rows = rows;
    this.batchSize = batchSize;
    this.inputs = inputs;
    this.result = result;
  }

  @Override
  public boolean hasNext() {
    return !made.isEmpty() || rows.hasNext();
  }

  @Override
  public R next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (made.isEmpty()) {
      try {
        batch();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) { // of the functions given
        throw new IllegalStateException("scoring: " + Printable.reason(e), e);
      }
    }
    return made.remove();
  }

  private void batch() throws Exception {
    List<T> taken = new ArrayList<>();
    List<List<Tensor>> in = new ArrayList<>();
    Map<List<Shape>, List<Integer>> alike = new LinkedHashMap<>(); // may differ in timesteps
    while (taken.size() < batchSize && rows.hasNext()) {
      T row = rows.next();
      List<Tensor> tensors = inputs.call(row);
      alike
          .computeIfAbsent(tensors.stream().map(Tensor::shape).toList(), s -> new ArrayList<>())
          .add(taken.size());
      taken.add(row);
      in.add(tensors);
    }
    List<List<Tensor>> out = new ArrayList<>();
    taken.forEach(row -> out.add(null));
    for (List<Integer> group : alike.values()) {
      List<Tensor> all = model.predict(stacked(in, group), batchSize);
      for (int k = 0; k < group.size(); k++) {
        int at = k;
        out.set(group.get(k), all.stream().map(t -> t.at(0, at)).toList());
      }
    }
    for (int i = 0; i < taken.size(); i++) {
      made.add(result.call(taken.get(i), out.get(i)));
    }
  }

  /** The inputs of these rows, each behind one another. */
  private static List<Tensor> stacked(List<List<Tensor>> in, List<Integer> group) {
    return IntStream.range(0, in.get(group.get(0)).size())
        .mapToObj(
            input -> {
              Shape one = in.get(group.get(0)).get(input).shape();
              int[] dims = new int[one.rank() + 1];
              dims[0] = group.size();
              System.arraycopy(one.dims(), 0, dims, 1, one.rank());
              Tensor whole = Tensor.zeros(dims);
              for (int k = 0; k < group.size(); k++) {
                float[] values = in.get(group.get(k)).get(input).data();
                System.arraycopy(values, 0, whole.data(), k * values.length, values.length);
              }
              return whole;
            })
        .toList();
  }
}
