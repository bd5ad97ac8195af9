package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/** Which axis of a sequence holds the features, which Keras calls channels. */
public enum DataFormat {
  /** The last one: (batch, timesteps, features). */
  CHANNELS_LAST,
  /** The first one after the batch: (batch, features, timesteps). */
  CHANNELS_FIRST;

  private static final int[] EXCHANGED = {0, 2, 1};

  /** A shape in this format as (batch, timesteps, features), and the other way round. */
  Shape reordered(Shape s) {
    return this == CHANNELS_LAST || s.rank() != 3 ? s : s.with(1, s.dim(2)).with(2, s.dim(1));
  }

  /** A sequence in this format as (T,B,F), and the other way round. */
  Value reordered(Graph graph, Value x, String name) {
    return this == CHANNELS_LAST ? x : MemoryAxes.permuted(graph, x, EXCHANGED, name);
  }
}
