package io.github.lstm4j.io.keras;

import io.github.lstm4j.io.Printable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The fields of one configuration in a file, taken one by one. What is left at the {@linkplain
 * #end} was asked for and is not known: it is refused by name and value, never ignored.
 */
final class Fields {
  private final String owner;
  private final Map<String, Object> left;

  /**
   * @param owner whose fields they are, for messages
   * @param config the fields; null for none
   * @throws IllegalArgumentException if it is anything else than a map
   */
  Fields(String owner, Object config) {
    if (config != null && !(config instanceof Map<?, ?>)) {
      throw new IllegalArgumentException(
          owner + ": expected an object as config, got " + Printable.quoted(config));
    }
    this.owner = owner;
    this.left = new LinkedHashMap<>(LayerConfigs.map(config));
  }

  /** A number as it is written: 0.9f as 0.9, not as 0.8999999761581421. */
  static double decimal(float value) {
    return Double.parseDouble(Float.toString(value));
  }

  /** Whether the file has the field, be it null. */
  boolean has(String key) {
    return left.containsKey(key);
  }

  /** The value, which stays to be taken; null where there is none. */
  Object get(String key) {
    return left.get(key);
  }

  /** The value, null where there is none. */
  Object take(String key) {
    return left.remove(key);
  }

  /** Takes fields that change no result here, whatever they say. */
  Fields skip(String... keys) {
    Arrays.asList(keys).forEach(left::remove);
    return this;
  }

  /** Takes a field for what we do not have; refuses any value but null and those given. */
  Fields only(String key, Object... neutral) {
    Object value = take(key);
    if (value != null && !Arrays.asList(neutral).contains(value)) {
      throw refused(key, value);
    }
    return this;
  }

  /** A number that is finite as float; {@code otherwise} where the file has none. */
  float number(String key, float otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    Object value = take(key);
    if (value instanceof Number n && Float.isFinite(n.floatValue())) {
      return n.floatValue();
    }
    throw expected(key, "a number", value);
  }

  /** As {@link #number}, 0 for null. */
  float numberOrNone(String key) {
    return left.get(key) == null && left.remove(key) == null ? 0 : number(key, 0);
  }

  /** A whole number; {@code otherwise}, which may be null, where the file has none. */
  Integer integer(String key, Integer otherwise) {
    Object value = take(key);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Number n && n.doubleValue() == n.intValue()) {
      return n.intValue();
    }
    throw expected(key, "a whole number", value);
  }

  /** A flag, false where the file has none. */
  boolean flag(String key) {
    Object value = take(key);
    if (value == null || value instanceof Boolean) {
      return Boolean.TRUE.equals(value);
    }
    throw expected(key, "true or false", value);
  }

  /** Takes the type that is computed in: float32, or more exactly, float64. */
  Fields dtype() {
    Object value = take("dtype");
    Object policy = LayerConfigs.map(value).get("config");
    Object name = policy == null ? value : LayerConfigs.map(policy).get("name");
    if (name != null && !name.equals("float32") && !name.equals("float64")) {
      throw refused("dtype", name);
    }
    return this;
  }

  /** Refuses what was not taken, but for null, which asks for nothing. */
  void end() {
    left.values().removeIf(Objects::isNull);
    left.forEach(
        (key, value) -> {
          throw refused(key, value);
        });
  }

  /** Says that a value of a field is not one that we have. */
  IllegalArgumentException refused(String key, Object value) {
    return new IllegalArgumentException(owner + " with " + key + " " + value + " is not supported");
  }

  private IllegalArgumentException expected(String key, String what, Object value) {
    return new IllegalArgumentException(
        owner + ": expected " + what + " for " + key + ", got " + value);
  }
}
