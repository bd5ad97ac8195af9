package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.CudaDriver;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.DType;
import java.util.Map;

/**
 * A CUDA backend for tests with {@link BothWays}: with persistence, and while a test runs again
 * without it. What it gives is of use for that run of the test.
 */
public final class SwitchedBackend implements Backend {
  private final CudaBackend whole;
  private final CudaBackend steps;

  /** On two drivers, which are closed with it. */
  public SwitchedBackend(CudaDriver whole, CudaDriver steps, CudaOptions options) {
    this.whole = new CudaBackend(BothWays.watched(whole), options);
    this.steps = new CudaBackend(BothWays.watched(steps), options.withPersistent(false));
    BothWays.opened(this);
  }

  private Backend now() {
    return BothWays.stepByStep() ? steps : whole;
  }

  @Override
  public String description() {
    return now().description();
  }

  @Override
  public String name() {
    return now().name();
  }

  @Override
  public Buffer allocate(DType dtype, long elements) {
    return now().allocate(dtype, elements);
  }

  @Override
  public long room() {
    return now().room();
  }

  @Override
  public Executable compile(Program program, Map<Value, Buffer> variables) {
    return now().compile(program, variables);
  }

  @Override
  public void onClose(Runnable action) {
    now().onClose(action);
  }

  @Override
  public void close() {
    BothWays.closed(this);
    whole.close();
    steps.close();
  }
}
