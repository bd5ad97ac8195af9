package io.github.lstm4j.serve;

import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;

/** Doubles rows (rows, 2) when it is let, and refuses those that begin with 13. */
final class Doubler extends RowsEngine {
  final Semaphore let = new Semaphore(0);
  final Semaphore began = new Semaphore(0);
  final List<Integer> batches = Collections.synchronizedList(new ArrayList<>());
  volatile boolean closed;

  @Override
  public List<TensorSpec> inputs() {
    return List.of(new TensorSpec("x", DataType.FP32, Shape.of(Shape.UNKNOWN, 2)));
  }

  @Override
  public List<TensorSpec> outputs() {
    return List.of(new TensorSpec("y", DataType.FP32, Shape.of(Shape.UNKNOWN, 2)));
  }

  @Override
  public List<Tensor> run(List<Tensor> inputs, int most) {
    Tensor x = inputs.get(0);
    batches.add(x.dim(0));
    began.release();
    let.acquireUninterruptibly();
    for (int row = 0; row < x.dim(0); row++) {
      if (x.get(row, 0) == 13) {
        throw new IllegalArgumentException("x: 13 is unlucky");
      } else if (x.get(row, 0) == 17) {
        throw new IllegalStateException("it broke");
      }
    }
    return List.of(x.map(v -> 2 * v));
  }

  @Override
  public void close() {
    closed = true;
  }
}
