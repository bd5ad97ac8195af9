package io.github.lstm4j.layers;

import java.util.List;

/**
 * Weights that lie together in a Keras file.
 *
 * @param path where, below the layer's own group: {@code cell}, {@code forward_layer/cell}; empty
 *     for the layer's own
 * @param name what the file calls the group
 * @param layer what the user calls the layer
 * @param weights in Keras's order; may be none
 */
public record WeightGroup(String path, String name, String layer, List<Weight> weights) {
  /** Copies the list. */
  public WeightGroup {
    weights = List.copyOf(weights);
  }

  /** The same groups, one level down. */
  static List<WeightGroup> under(String path, List<WeightGroup> groups) {
    return groups.stream()
        .map(
            g ->
                new WeightGroup(
                    g.path.isEmpty() ? path : path + "/" + g.path, g.name, g.layer, g.weights))
        .toList();
  }
}
