package io.github.lstm4j.runtime;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.DType;
import java.util.Map;

/** A backend that several models use, and that none of them closes. */
record Shared(Backend backend) implements Backend {
  @Override
  public String description() {
    return backend.description();
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public Buffer allocate(DType dtype, long elements) {
    return backend.allocate(dtype, elements);
  }

  @Override
  public long room() {
    return backend.room();
  }

  @Override
  public Buffer near(float[] data) {
    return backend.near(data);
  }

  @Override
  public Executable compile(Program program, Map<Value, Buffer> variables) {
    return backend.compile(program, variables);
  }

  @Override
  public void onClose(Runnable action) {
    backend.onClose(action);
  }

  @Override
  public void close() {}
}
