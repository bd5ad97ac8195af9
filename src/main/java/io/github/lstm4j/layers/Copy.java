package io.github.lstm4j.layers;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Keeps the settings of the layer that it meets first, and gives them to those after. */
final class Copy extends Config {
  private final Map<String, Object> settings = new HashMap<>();

  private Copy() {}

  /** Gives one layer the settings of another of its kind. */
  static void settings(Layer from, Layer to) {
    Copy copy = new Copy();
    from.settings(copy);
    to.settings(copy);
  }

  /** A layer of the same kind with the same settings. */
  private static Layer of(Layer layer) {
    Layer copy = Layers.like(layer);
    settings(layer, copy);
    return copy;
  }

  @Override
  protected <T> T setting(String name, Class<T> type, T value) {
    Object kept =
        settings.computeIfAbsent(name, n -> copied(value));
    return type.cast(kept);
  }

  private static Object copied(Object value) {
    if (value instanceof Layer inner) {
      return of(inner);
    }
    return value instanceof Layer[] all
        ? Arrays.stream(all).map(Copy::of).toArray(Layer[]::new)
        : value;
  }

  @Override
  public void constant(String name, Object value) {}

  @Override
  protected Object kept(String name, Object value, Class<?>... json) {
    return settings.computeIfAbsent(name, n -> value);
  }
}
