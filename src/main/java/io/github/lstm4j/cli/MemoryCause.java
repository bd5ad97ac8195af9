package io.github.lstm4j.cli;

import io.github.lstm4j.tensor.Memory;
import java.util.Map;

/** What there was no memory for, and what to do about it. */
final class MemoryCause {
  private static final String ROOT = "io.github.lstm4j.";

  /** By the package that asked for it. */
  private static final Map<String, String> CAUSES =
      Map.of(
          "data", "the table; read fewer columns with --features, or fewer rows",
          "tasks", "the table's columns as numbers; read fewer with --features, or fewer rows",
          "io", "the file",
          "report", "the report",
          "layers", "the model's weights; make --units smaller",
          "backend", "a batch; make --batch, --window or --units smaller",
          "training", "a batch; make --batch or --window smaller",
          "compile", "a batch; make --batch, --window or --units smaller");

  private MemoryCause() {}

  /** One line for people. */
  static String text(OutOfMemoryError error) {
    return "not enough memory for "
        + cause(error)
        + "; or give Java more than its "
        + Memory.text(Runtime.getRuntime().maxMemory())
        + " with -Xmx";
  }

  /** The innermost of our packages that says something to a user. */
  private static String cause(OutOfMemoryError error) {
    for (StackTraceElement at : error.getStackTrace()) {
      if (at.getClassName().startsWith(ROOT)) {
        String name = at.getClassName().substring(ROOT.length());
        String cause = CAUSES.get(name.substring(0, Math.max(0, name.indexOf('.'))));
        if (cause != null) {
          return cause;
        }
      }
    }
    return "this; make --batch, --window or --units smaller";
  }
}
