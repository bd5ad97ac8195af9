package io.github.lstm4j.runtime;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Weight;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A program bound to a backend and to weights: before a run it takes their newest values, wherever
 * they are, and afterwards it has the newest of those that it changes. Used by one thread at a
 * time; who runs it holds the weights' locks.
 */
public final class Binding implements Executable {
  private final Store store;
  private final Executable executable;
  private final List<WeightCopy> copies = new ArrayList<>();
  private final List<WeightCopy> changed = new ArrayList<>();
  private boolean failed;
  private boolean closed;

  /**
   * @param weights the program's variables
   */
  public Binding(Backend backend, Program program, Map<Weight, Value> weights) {
    this.store = Store.of(backend);
    Set<Value> written = new HashSet<>();
    program.ops().forEach(op -> op.outputs().forEach(v -> written.add(v.owner())));
    try {
      Map<Value, Buffer> buffers = new HashMap<>();
      weights.forEach(
          (weight, value) -> {
            WeightCopy copy = store.hold(weight);
            copies.add(copy);
            if (written.contains(value)) {
              changed.add(copy);
            }
            buffers.put(value, copy.buffer());
          });
      executable = backend.compile(program, buffers);
    } catch (RuntimeException | Error e) {
      copies.forEach(store::release);
      throw e;
    }
  }

  /** What it runs on. */
  public Backend backend() {
    return store.backend();
  }

  /** Whether a run failed: what it left behind is not to be used again. */
  public boolean failed() {
    return failed;
  }

  @Override
  public Program program() {
    return executable.program();
  }

  @Override
  public long bytes() {
    return executable.bytes();
  }

  @Override
  public void write(Value input, float[] source, int from) {
    executable.write(input, source, from);
  }

  @Override
  public void gather(Value input, Buffer samples, int[] order, int first) {
    executable.gather(input, samples, order, first);
  }

  @Override
  public void run() {
    for (int i = 0; i < copies.size(); i++) {
      copies.get(i).refresh();
    }
    // before the run: one that fails half way leaves values that are new too
    for (int i = 0; i < changed.size(); i++) {
      changed.get(i).changed();
    }
    try { // as in read, no lambda: a step makes no garbage
      executable.run();
    } catch (RuntimeException | Error e) {
      failed = true;
      throw e;
    }
  }

  @Override
  public void await() {
    executable.await();
  }

  @Override
  public void read(Value value, float[] target, int to) {
    try {
      executable.read(value, target, to);
    } catch (RuntimeException | Error e) {
      failed = true;
      throw e;
    }
  }

  @Override
  public Runnable fetch(Value value, float[] target, int to) {
    Runnable[] end = new Runnable[1];
    unlessItFails(() -> end[0] = executable.fetch(value, target, to));
    return () -> unlessItFails(end[0]);
  }

  private void unlessItFails(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      failed = true;
      throw e;
    }
  }

  /** Frees its memory, and lets go of the weights. Closing twice does nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      executable.close();
      copies.forEach(store::release);
    }
  }
}
