package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.tensor.Shape;

/**
 * All axes but the batch become one: (batch, timesteps, …) to (batch, timesteps·…).
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(4, 2), new Flatten(), new Dense(1));
 * System.out.println(model.layers().get(0).outputShape()); // (None, 8)
 * }</pre>
 */
public final class Flatten extends Layer {
  private DataFormat dataFormat = DataFormat.CHANNELS_LAST;

  /** In the order of the input: a timestep's features follow one another. */
  public Flatten() {}

  /**
   * In an order of its own: of {@link DataFormat#CHANNELS_FIRST}, as Keras says of what is (batch,
   * timesteps, features) here, a feature's timesteps follow one another.
   */
  public Flatten(DataFormat dataFormat) {
    this.dataFormat = given(dataFormat, "dataFormat");
  }

  /** As {@link #Flatten(DataFormat)}, by Keras's name. */
  public Flatten(String dataFormat) {
    this.dataFormat = choice("dataFormat", dataFormat, DataFormat.class);
  }

  @Override
  protected void configure(Config c) {
    dataFormat = c.choice("data_format", dataFormat);
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    long features = 1;
    for (int i = 1; i < input.rank(); i++) {
      if (input.dim(i) == Shape.UNKNOWN) {
        return Shape.of(input.dim(0), Shape.UNKNOWN);
      }
      features *= input.dim(i);
      if (features > Integer.MAX_VALUE) {
        throw wrongInput(
            "at most 2^31 - 1 timesteps times features", input, "shorten or narrow the sequences");
      }
    }
    return Shape.of(input.dim(0), (int) features);
  }

  @Override
  public boolean runsStepwise() {
    return inputShape().rank() == 2;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    if (!in.isSequence()) {
      return in;
    }
    Graph graph = to.graph();
    return new Signal(
        dataFormat == DataFormat.CHANNELS_FIRST
            ? graph.flattenByFeature(in.value(), name())
            : graph.flatten(in.value(), name()),
        null);
  }
}
