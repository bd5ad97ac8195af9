package io.github.lstm4j.spark;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.runtime.Backends;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.TaskContext;

/**
 * The models that are open in this JVM, one for each file. Those that no task uses stay open for
 * the next one, up to a few.
 */
final class OpenModels {
  private static final int UNUSED = 2; // that stay open
  private static final Map<String, Open> OPEN = new LinkedHashMap<>(); // what was used last is last

  private OpenModels() {}

  private static final class Open {
    final Model model;
    final Backend backend;
    int users;

    Open(Model model, Backend backend) {
      this.model = model.on(backend);
      this.backend = backend;
    }

    void close() {
      model.close();
      backend.close();
    }
  }

  /**
   * The model of a file; it is given back when the task ends.
   *
   * @param key tells files apart
   * @param threads that one prediction uses
   */
  static Model forTask(String key, int threads, Supplier<byte[]> file) {
    String own = key + "/" + threads;
    Model model;
    synchronized (OPEN) {
      Open open = OPEN.remove(own);
      if (open == null) {
        open = new Open(SharedModel.open(file.get()), Backends.cpu(threads));
      }
      OPEN.put(own, open);
      open.users++;
      model = open.model;
    }
    TaskContext task = TaskContext.get();
    if (task == null) { // a program that calls the function itself
      giveBack(own);
    } else {
      task.addTaskCompletionListener(
          ended -> {
            giveBack(own);
          });
    }
    return model;
  }

  private static void giveBack(String key) {
    List<Open> closed = new ArrayList<>();
    synchronized (OPEN) {
      OPEN.get(key).users--;
      List<String> unused =
          OPEN.entrySet().stream()
              .filter(e -> e.getValue().users == 0)
              .map(Map.Entry::getKey)
              .toList();
      unused
          .subList(0, Math.max(0, unused.size() - UNUSED))
          .forEach(k -> closed.add(OPEN.remove(k)));
    }
    closed.forEach(Open::close);
  }

  /** How many are open. */
  static int count() {
    synchronized (OPEN) {
      return OPEN.size();
    }
  }
}
