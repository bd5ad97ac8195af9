package io.github.lstm4j.backend;

import io.github.lstm4j.backend.cpu.CpuBackend;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import java.util.Map;

/**
 * What runs programs: the CPU, or a CUDA device. It knows ops and memory, and nothing of layers.
 *
 * <p>A backend may be shared by several models and threads; one {@link Executable} and the {@link
 * Buffer}s bound to it are used by one thread at a time.
 */
public interface Backend extends AutoCloseable {
  /** The CPU with a thread for each processor; shared, so closing it does nothing. */
  static Backend cpu() {
    return Backends.cpu();
  }

  /** The CPU with that many threads, which end when it is closed. */
  static Backend cpu(int threads) {
    return new CpuBackend(threads);
  }

  /**
   * The CUDA device of that number, counted from 0; shared, so closing it does nothing.
   *
   * @throws IllegalStateException if CUDA cannot be used here; says why
   */
  static Backend cuda(int device) {
    return Backends.cuda(device);
  }

  /**
   * The best there is here: the first CUDA device if it can be used, else the CPU. One line in the
   * log says which, and why not the other.
   */
  static Backend best() {
    return Backends.best();
  }

  /**
   * What a program is likely to run fastest on: the first CUDA device if it can be used and pays,
   * else the CPU. A GPU starts each piece of work anew, which for a small model takes longer than a
   * CPU's whole run. Both times are estimated from the program's launches and its FLOPs; the log
   * says what came out. A model that was not told what to run on asks this for its first program.
   */
  static Backend best(Program program) {
    return Backends.best(program);
  }

  /** One line that says what runs, and why: {@code CPU, 2 threads, Vector API 4x16 tile}. */
  String description();

  /** The short name: {@code cpu} or {@code cuda}. */
  String name();

  /** Memory for a variable, zero at first. */
  Buffer allocate(int floats);

  /**
   * Prepares a program to run again and again.
   *
   * @param variables a buffer for each of the program's variables
   */
  Executable compile(Program program, Map<Value, Buffer> variables);

  /** Frees what the backend holds; its buffers and executables are unusable then. */
  @Override
  void close();
}
