package io.github.lstm4j.tasks;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The tasks that models' files hold. */
public final class Tasks {
  private Tasks() {}

  /**
   * The task that was stored with a model.
   *
   * @throws IllegalArgumentException if there is none, or it is damaged, or not this model's: its
   *     window, columns or outputs are others; the message names file and field
   */
  public static Task of(Model model, Path file) {
    Task task;
    try {
      task = fromExtra(model.extra());
      if (task != null) {
        checkFits(task, model);
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
    if (task == null) {
      throw new IllegalArgumentException(
          file
              + ": holds no description of columns, scales and windows, so a .csv cannot be turned"
              + " into inputs; make the model with train, or give arrays (.npy, .npz)");
    }
    return task;
  }

  /**
   * What {@link Task#toExtra} gave; null if there is none.
   *
   * @throws IllegalArgumentException if it is damaged; the message names the field
   */
  public static Task fromExtra(Map<String, Object> extra) {
    return Stream.of(
            ForecastTask.fromExtra(extra),
            SequenceTask.fromExtra(extra),
            AnomalyTask.fromExtra(extra))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /**
   * Whether a model takes the task's inputs and gives its outputs.
   *
   * @throws IllegalArgumentException if not; says which shapes are expected
   */
  public static void checkFits(Task task, Model model) {
    requireOne("inputs", model.graph().inputNames());
    requireOne("outputs", model.outputNames());
    Shape needed = batchOf(task.inputShape());
    Shape input = model.inputShape();
    if (input.rank() != needed.rank() || !input.with(0, Shape.UNKNOWN).accepts(needed)) {
      throw new IllegalArgumentException(
          task.describeInputs()
              + " are inputs "
              + needed
              + ", but the model's layer "
              + model.inputLayer().name()
              + " takes "
              + input);
    }
    Shape outputs = batchOf(task.outputShape());
    Shape made = model.outputShape();
    if (!made.with(0, Shape.UNKNOWN).equals(outputs)) {
      throw new IllegalArgumentException(
          task.describeOutputs()
              + " are outputs "
              + outputs
              + ", but those of the model's layer "
              + model.layers().get(model.layers().size() - 1).name()
              + " are "
              + made);
    }
  }

  private static void requireOne(String what, List<String> names) {
    if (names.size() > 1) {
      throw new IllegalArgumentException(
          "the model has the "
              + what
              + " "
              + names
              + "; commands run models of one input and one output, use Model from Java");
    }
  }

  private static Shape batchOf(Shape sample) {
    int[] dims = new int[sample.rank() + 1];
    dims[0] = Shape.UNKNOWN;
    System.arraycopy(sample.dims(), 0, dims, 1, sample.rank());
    return Shape.of(dims);
  }
}
