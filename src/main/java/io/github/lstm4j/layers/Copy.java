package io.github.lstm4j.layers;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Keeps the settings of the layer that it meets first, and gives them to those after. */
final class Copy extends Config {
  private final Map<String, Object> settings = new HashMap<>();
  private final UnaryOperator<Layer> blank;

  private Copy(UnaryOperator<Layer> blank) {
    this.blank = blank;
  }

  /**
   * A layer of the same kind with the same settings, and no name.
   *
   * @param blank makes a layer of the same kind without settings
   */
  static Layer of(Layer layer, UnaryOperator<Layer> blank) {
    Copy copy = new Copy(blank);
    layer.settings(copy);
    Layer another = blank.apply(layer);
    another.settings(copy);
    return another.trainable(layer.isTrainable());
  }

  private Object copied(Object value) {
    if (value instanceof Layer inside) {
      return of(inside, blank);
    }
    return value instanceof Layer[] all
        ? Arrays.stream(all).map(l -> of(l, blank)).toArray(Layer[]::new)
        : value;
  }

  @Override
  protected <T> T setting(String name, Class<T> type, T value) {
    if (!settings.containsKey(name)) {
      settings.put(name, value);
      return value;
    }
    return type.cast(copied(settings.get(name)));
  }

  @Override
  protected <T> T optional(String name, Class<T> type, T value) {
    return setting(name, type, value);
  }

  @Override
  public void constant(String name, Object value) {}

  @Override
  protected Object kept(String name, Object value, Class<?>... json) {
    return settings.computeIfAbsent(name, n -> value);
  }
}
