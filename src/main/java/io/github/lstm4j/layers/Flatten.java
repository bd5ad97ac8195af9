package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;

/**
 * All axes but the batch become one: (batch, timesteps, features) to (batch, timesteps·features).
 */
public final class Flatten extends Layer {
  @Override
  public void configure(Config c) {
    c.constant("data_format", "channels_last");
  }

  @Override
  protected Shape onBuild(Shape input) {
    if (input.rank() == 2) {
      return input;
    }
    int timesteps = input.dim(1);
    return Shape.of(
        input.dim(0),
        timesteps == Shape.UNKNOWN ? Shape.UNKNOWN : Math.multiplyExact(timesteps, input.dim(2)));
  }

  @Override
  public boolean runsStepwise() {
    return inputShape().rank() == 2;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    return in.isSequence() ? new Signal(to.graph().flatten(in.value(), name()), null) : in;
  }
}
