package io.github.lstm4j.backend;

import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.DType;
import java.util.Map;

/**
 * What runs programs: the CPU, or a CUDA device. It knows ops and memory, and nothing of layers.
 *
 * <p>A backend may be shared by several models and threads; one {@link Executable} and the {@link
 * Buffer}s bound to it are used by one thread at a time.
 */
public interface Backend extends AutoCloseable {
  /**
   * One line that says what runs, and why: {@code CPU, 2 threads, Vector API, 5x16 tile, 256-bit}.
   */
  String description();

  /** The short name: {@code cpu} or {@code cuda}. */
  String name();

  /** Memory for a variable of so many elements, zero at first. */
  Buffer allocate(DType dtype, long elements);

  /**
   * The bytes that data may take of its memory now, so that {@link Executable#gather batches} need
   * not come from the host again and again; 0 for none, any number where programs read the host's
   * memory.
   */
  default long room() {
    return 0;
  }

  /**
   * Data that {@link Executable#gather} takes batches from: a copy, or where programs read the
   * host's memory, the array itself.
   *
   * @param data does not change as long as the buffer is used
   */
  default Buffer near(float[] data) {
    Buffer copy = allocate(DType.FLOAT32, data.length);
    try {
      copy.write(data);
      return copy;
    } catch (RuntimeException | Error e) {
      copy.close();
      throw e;
    }
  }

  /**
   * Prepares a program to run again and again.
   *
   * @param variables a buffer for each of the program's variables
   */
  Executable compile(Program program, Map<Value, Buffer> variables);

  /**
   * Asks to be told before the backend is closed, while its buffers can still be read; not told
   * where they can be read afterwards too.
   */
  default void onClose(Runnable action) {}

  /** Frees what the backend holds; its buffers and executables are unusable then. */
  @Override
  void close();
}
