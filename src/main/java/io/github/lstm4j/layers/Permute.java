package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;
import java.util.Arrays;

/**
 * The axes in another order: {@code new Permute(2, 1)} makes (batch, features, timesteps) of
 * (batch, timesteps, features). Masks end here.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(10, 3), new Permute(2, 1));
 * System.out.println(model.outputShape()); // (None, 3, 10)
 * }</pre>
 */
public final class Permute extends Layer {
  private int[] dims;

  Permute() {}

  /**
   * @param dims for each axis of the output but the batch, which axis of the input it is; from 1
   */
  public Permute(int... dims) {
    this.dims = checked(dims);
  }

  private int[] checked(int[] given) {
    int[] sorted = given.clone();
    Arrays.sort(sorted);
    for (int i = 0; i < sorted.length; i++) {
      if (sorted[i] != i + 1) {
        throw new IllegalArgumentException(
            label() + ": dims: expected each axis from 1 on once, got " + Arrays.toString(given));
      }
    }
    return given.clone();
  }

  @Override
  protected void configure(Config c) {
    dims = checked(c.integers("dims", dims));
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    if (input.rank() != dims.length + 1) {
      throw wrongInput((dims.length + 1) + " axes", input, "dims is " + Arrays.toString(dims));
    }
    Shape output = input;
    for (int i = 0; i < dims.length; i++) {
      output = output.with(i + 1, input.dim(dims[i]));
    }
    return output;
  }

  @Override
  public boolean runsStepwise() {
    return dims[0] == 1;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    int[] axes = new int[dims.length + 1];
    System.arraycopy(dims, 0, axes, 1, dims.length);
    return new Signal(MemoryAxes.permuted(to.graph(), in.value(), axes, name()), null);
  }
}
