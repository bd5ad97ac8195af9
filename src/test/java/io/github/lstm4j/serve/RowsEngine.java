package io.github.lstm4j.serve;

import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** An engine that computes rows in batches, and nothing else. */
abstract class RowsEngine implements Engine {
  @Override
  public Tensor encode(int input, Shape shape, List<String> texts) {
    throw new UnsupportedOperationException("it takes numbers alone");
  }

  @Override
  public void check(List<Tensor> inputs) {}

  @Override
  public boolean batches() {
    return true;
  }

  @Override
  public int stateSize() {
    throw new IllegalArgumentException(getClass().getSimpleName() + ": needs whole sequences");
  }

  @Override
  public List<Tensor> step(List<Tensor> readings, float[][] states) {
    throw new UnsupportedOperationException("it has no states");
  }

  @Override
  public Optional<Task> task() {
    return Optional.empty();
  }
}
