package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.Arrays;

/**
 * The same numbers in another shape, in a user's order of axes. Masks end here.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(12), new Reshape(4, 3), new LSTM(2));
 * System.out.println(model.layers().get(0).outputShape()); // (None, 4, 3)
 * Sequential open = new Sequential(new Input(4, 6), new Reshape(-1, 3));
 * System.out.println(open.outputShape()); // (None, 8, 3)
 * }</pre>
 */
public final class Reshape extends Layer {
  private int[] targetShape;

  Reshape() {}

  /**
   * @param targetShape the dimensions, without the batch; -1 for at most one, which is what is left
   */
  public Reshape(int... targetShape) {
    this.targetShape = checked(targetShape);
  }

  private int[] checked(int[] target) {
    long open = Arrays.stream(target).filter(d -> d == -1).count();
    if (target.length < 1 || open > 1 || Arrays.stream(target).anyMatch(d -> d < 1 && d != -1)) {
      throw new IllegalArgumentException(
          label()
              + ": targetShape: expected dimensions of at least 1, at most one of them -1, got "
              + Arrays.toString(target));
    }
    return target.clone();
  }

  @Override
  protected void configure(Config c) {
    targetShape = checked(c.integers("target_shape", targetShape));
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    long size = 1;
    for (int i = 1; i < input.rank(); i++) {
      size = input.dim(i) == Shape.UNKNOWN ? Shape.UNKNOWN : size * input.dim(i);
      if (size < 0) {
        break;
      }
    }
    return resolved(input, size);
  }

  /** The output of {@code size} numbers for each sample, UNKNOWN if that is not known. */
  private Shape resolved(Shape input, long size) {
    int[] dims = new int[targetShape.length + 1];
    dims[0] = input.dim(0);
    long given = 1;
    for (int d : targetShape) {
      given *= d == -1 ? 1 : d;
    }
    boolean open = Arrays.stream(targetShape).anyMatch(d -> d == -1);
    if (size != Shape.UNKNOWN && (open ? size % given != 0 : size != given)) {
      throw wrongInput(
          (open ? "a multiple of " : "") + given + " numbers for each sample",
          input,
          "targetShape is " + Arrays.toString(targetShape));
    }
    for (int i = 0; i < targetShape.length; i++) {
      boolean rest = targetShape[i] == -1;
      dims[i + 1] =
          !rest ? targetShape[i] : size == Shape.UNKNOWN ? Shape.UNKNOWN : (int) (size / given);
    }
    return Shape.of(dims);
  }

  @Override
  public boolean runsStepwise() {
    return false;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Graph graph = to.graph();
    Value x = in.value();
    int batch = in.isSequence() ? x.dim(1) : x.dim(0);
    Shape shape = resolved(Shape.of(batch, x.size() / batch), x.size() / batch);
    Value rows = MemoryAxes.usersOrder(graph, x, name() + ".batch");
    Value y = graph.reshape(rows, shape, false, name() + ".rows");
    return new Signal(MemoryAxes.inMemory(graph, y, name()), null);
  }
}
