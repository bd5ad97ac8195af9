package io.github.lstm4j.layers;

import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * The shape of a model's input, as its first entry: {@code new Input(timesteps, features)}.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(24, 3), new LSTM(8)); // 24 timesteps of 3 features
 * System.out.println(model.inputShape()); // (None, 24, 3)
 * System.out.println(model.outputShape()); // (None, 8)
 * }</pre>
 */
public final class Input extends Layer {
  private Shape shape;
  private KerasTensor output;

  /**
   * @param dims one sample's shape, without the batch: {@code (timesteps, features)}, {@code
   *     (features)}, or {@code (timesteps)} for ids that go into an Embedding, or more axes behind
   *     the timesteps; -1 for timesteps that vary from batch to batch
   */
  public Input(int... dims) {
    this(Shape.UNKNOWN, dims);
  }

  private Input(int batch, int[] dims) {
    int[] all = new int[dims.length + 1];
    all[0] = batch;
    System.arraycopy(dims, 0, all, 1, dims.length);
    shape = checked(Shape.of(all));
  }

  /** Of that shape, null if {@link #configure} gives it. */
  private Input(Shape shape) {
    this.shape = shape;
  }

  /** An input of no shape yet. */
  static Input unshaped() {
    return new Input((Shape) null);
  }

  /** An input of a shape with the batch: (None, timesteps, features). */
  public static Input of(Shape shape) {
    return new Input(checked(shape));
  }

  /** An input whose batch size is fixed too, as stateful layers need it. */
  public static Input batch(int batchSize, int... dims) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("Input: batchSize must be at least 1, got " + batchSize);
    }
    return new Input(batchSize, dims);
  }

  private static Shape checked(Shape shape) {
    int[] dims = shape.dims();
    if (dims.length < 2) {
      throw new IllegalArgumentException(
          "Input: expected (timesteps, features) or (features), got " + sample(dims));
    }
    for (int i = 0; i < dims.length; i++) {
      if (dims[i] == 0 || (dims[i] == Shape.UNKNOWN && i > 1)) { // timesteps may vary
        throw new IllegalArgumentException(
            "Input: timesteps and features must be at least 1, got " + sample(dims));
      }
    }
    return shape;
  }

  private static Shape sample(int[] dims) {
    return Shape.of(Arrays.copyOfRange(dims, 1, dims.length));
  }

  /** The shape with the batch: (None, timesteps, features). */
  public Shape shape() {
    return shape;
  }

  @Override
  public Input name(String newName) {
    super.name(newName);
    return this;
  }

  @Override
  public String className() {
    return "InputLayer";
  }

  @Override
  protected void configure(Config c) {
    shape = checked(c.shape("batch_shape", shape));
    dtype(c); // here is its place in files
    c.constant("sparse", false);
    c.constant("ragged", false);
    kept(c, "optional", null, Boolean.class); // no model here can do without it
  }

  @Override
  public List<Shape> computeOutputShapes(List<Shape> inputs) {
    return List.of(shape);
  }

  /**
   * What it feeds, to begin a model with; the same one at every call.
   *
   * <pre>{@code
   * KerasTensor sales = new Input(24, 3).name("sales").output();
   * }</pre>
   */
  public KerasTensor output() {
    if (output == null) {
      build(shape, new Philox(0, 0)); // nothing is drawn
      output = new KerasTensor.Call(this, List.of()).output();
    }
    return output;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    return in;
  }
}
