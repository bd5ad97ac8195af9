package io.github.lstm4j.model;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.runtime.Backends;

/** What runs a model: what the user said, else the best there is for its first program. */
final class BackendChoice {
  private Backend backend;

  synchronized void set(Backend chosen) {
    backend = chosen;
  }

  synchronized Backend get() {
    if (backend == null) {
      backend = Backends.best();
    }
    return backend;
  }

  synchronized Backend get(Program program) {
    if (backend == null) {
      backend = Backends.best(program);
    }
    return backend;
  }
}
