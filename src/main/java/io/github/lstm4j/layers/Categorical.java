package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;

/**
 * A layer that makes whole numbers of what it gets, the numbers of categories, and gives them as
 * they are or as places in a row. As Keras's encode_categorical_inputs
 * (keras/src/utils/numerical_utils.py).
 */
abstract class Categorical extends Layer {
  /** What comes out. */
  enum OutputMode {
    /** The numbers. */
    INT,
    /** For each a row of zeros with a 1 at its place; an axis of length 1 at the end goes. */
    ONE_HOT,
    /** One row for all along the first axis behind the batch: 1 at the place of each. */
    MULTI_HOT,
    /** One row for all along that axis: how often each was there. */
    COUNT
  }

  private OutputMode outputMode = OutputMode.INT;

  /** Sets the mode by Keras's name. */
  final void setOutputMode(String mode) {
    requireUnbuilt();
    outputMode = choice("output mode", mode, OutputMode.class);
  }

  final void configureOutput(Config c) {
    outputMode = c.choice("output_mode", outputMode);
    c.constant("sparse", false);
  }

  final boolean isInt() {
    return outputMode == OutputMode.INT;
  }

  final boolean isOneHot() {
    return outputMode == OutputMode.ONE_HOT;
  }

  private boolean isOneRow() {
    return outputMode == OutputMode.MULTI_HOT || outputMode == OutputMode.COUNT;
  }

  /** How many categories there are: the length of a row. */
  abstract int depth();

  /**
   * Writes the numbers of categories.
   *
   * @param x (B,F) or (T,B,…)
   * @return of the same shape; what lies outside of 0 to depth − 1 has no place in a row
   */
  abstract Value numbers(Value x, Lowering to);

  @Override
  protected Shape computeOutputShape(Shape input) {
    if (isInt()) {
      return input;
    } else if (!isOneRow() && input.last() == 1) {
      return input.with(input.rank() - 1, depth());
    }
    Shape rows = behind(input, depth());
    if (!isOneRow()) {
      return rows;
    }
    int[] dims = Arrays.copyOfRange(rows.dims(), 1, rows.rank());
    dims[0] = input.dim(0);
    return Shape.of(dims);
  }

  @Override
  public boolean runsStepwise() {
    return inputShape().rank() > 2 && !isOneRow();
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Graph graph = to.graph();
    Value x = in.asFeatures(graph).value();
    Value numbers = numbers(x, to);
    if (isInt()) {
      return new Signal(numbers, in.mask());
    }
    Value places = graph.constant(name() + ".places", range(depth()));
    Value each = graph.reshape(numbers, behind(numbers.shape(), 1), name() + ".each");
    Value rows = graph.binary(Combine.EQUAL, each, places, name() + ".rows");
    boolean sequence = x.shape().rank() > 2;
    if (isOneRow()) {
      if (in.mask() != null) {
        throw new IllegalArgumentException(
            label() + ": one row for all timesteps does not go with masked ones");
      }
      Reduction reduction = outputMode == OutputMode.COUNT ? Reduction.SUM : Reduction.MAX;
      Value y = graph.reduce(reduction, rows, sequence ? 0 : 1, false, name());
      return new Signal(MemoryAxes.inMemory(graph, y, name() + ".all"), null);
    }
    if (x.shape().last() == 1 && inputShape().last() == 1) {
      Shape squeezed = x.shape().with(x.shape().rank() - 1, depth());
      return new Signal(graph.reshape(rows, squeezed, sequence, name()), in.mask());
    }
    return new Signal(
        sequence
            ? graph.reshape(rows, rows.shape(), true, name())
            : MemoryAxes.swapped(graph, rows, true, name()), // (F,B,D)
        in.mask());
  }

  /** Checks that the input is the numbers of texts. */
  final void requireTexts(Shape input) {
    if (input.rank() != 2) {
      throw wrongInput("(batch, texts)", input, "begin the model with Input(1)");
    }
  }

  /** Checks numbers that {@code encode} made of texts. */
  final void checkNumbers(float[] values, int from, int to) {
    int least = isInt() ? 0 : -1; // which is padding, and has no place in a row
    for (int i = from; i < to; i++) {
      if (!(values[i] >= least && values[i] < depth() && values[i] == (int) values[i])) {
        throw new IllegalArgumentException(
            label()
                + ": expected whole numbers from "
                + least
                + " to "
                + (depth() - 1)
                + ", got "
                + values[i]
                + "; its encode makes them of texts");
      }
    }
  }

  /** A shape with one more axis at its end. */
  static Shape behind(Shape shape, int length) {
    int[] dims = Arrays.copyOf(shape.dims(), shape.rank() + 1);
    dims[shape.rank()] = length;
    return Shape.of(dims);
  }

  static Tensor range(int to) {
    float[] all = new float[to];
    for (int i = 0; i < to; i++) {
      all[i] = i;
    }
    return Tensor.of(all, to);
  }
}
