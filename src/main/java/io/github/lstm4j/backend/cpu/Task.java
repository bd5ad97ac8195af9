package io.github.lstm4j.backend.cpu;

/** An op that knows its memory and is ready to run. */
interface Task {
  /** Computes the op's outputs from its inputs. */
  void run();
}
