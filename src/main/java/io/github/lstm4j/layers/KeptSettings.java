package io.github.lstm4j.layers;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What files say of a layer and nothing here does: it is kept as it is, and written again. */
final class KeptSettings {
  private final Map<String, Object> said = new LinkedHashMap<>();
  private final Set<String> ofTraining = new HashSet<>();

  /**
   * Declares one.
   *
   * @param keras Keras's default; null says nothing
   * @param training whether it would change what Keras's training does
   * @param json the types that a file may give beside null
   */
  void declare(Config c, String setting, Object keras, boolean training, Class<?>... json) {
    said.put(setting, c.kept(setting, said.getOrDefault(setting, keras), json));
    if (training) {
      ofTraining.add(setting);
    }
  }

  /** What a file says; null says nothing. */
  Object get(String setting) {
    return said.get(setting);
  }

  /** What would change Keras's training, as far as it is said. */
  Map<String, Object> leftOut() {
    Map<String, Object> all = new LinkedHashMap<>(said);
    all.keySet().retainAll(ofTraining);
    all.values().removeIf(Objects::isNull);
    return all;
  }
}
