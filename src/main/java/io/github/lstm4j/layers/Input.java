package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;
import java.util.Map;

/** The shape of a model's input, as its first entry: {@code new Input(timesteps, features)}. */
public final class Input extends Layer {
  private final Shape shape;

  /**
   * @param dims one sample's shape, without the batch: {@code (timesteps, features)}, {@code
   *     (features)}, or {@code (timesteps)} for ids that go into an Embedding; -1 for timesteps
   *     that vary from batch to batch
   */
  public Input(int... dims) {
    this(Shape.UNKNOWN, dims);
  }

  private Input(int batch, int[] dims) {
    if (dims.length == 0 || dims.length > 2) {
      throw new IllegalArgumentException(
          "Input: expected (timesteps, features) or (features), got " + Shape.of(dims));
    }
    int[] all = new int[dims.length + 1];
    all[0] = batch;
    for (int i = 0; i < dims.length; i++) {
      if (dims[i] == 0 || (dims[i] < 0 && !(i == 0 && dims[i] == Shape.UNKNOWN))) {
        throw new IllegalArgumentException(
            "Input: timesteps and features must be at least 1, got " + Shape.of(dims));
      }
      all[i + 1] = dims[i];
    }
    shape = Shape.of(all);
  }

  /** An input whose batch size is fixed too, as stateful layers need it. */
  public static Input batch(int batchSize, int... dims) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("Input: batchSize must be at least 1, got " + batchSize);
    }
    return new Input(batchSize, dims);
  }

  /** The shape with the batch: (None, timesteps, features). */
  public Shape shape() {
    return shape;
  }

  @Override
  public String className() {
    return "InputLayer";
  }

  @Override
  protected Shape onBuild(Shape input) {
    return input;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    return in;
  }

  @Override
  public Map<String, Object> config() {
    Map<String, Object> c = newConfig();
    c.put("batch_shape", shape);
    c.put("dtype", "float32");
    c.put("sparse", false);
    c.put("ragged", false);
    return c;
  }
}
