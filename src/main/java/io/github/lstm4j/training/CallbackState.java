package io.github.lstm4j.training;

import io.github.lstm4j.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a callback has to remember for a training that goes on from a file.
 *
 * @param values numbers, texts, booleans, null, and lists and maps of them
 * @param tensors what is too large for the values, such as weights
 */
public record CallbackState(Map<String, Object> values, List<Tensor> tensors) {
  /** Of a callback that remembers nothing. */
  public static final CallbackState NONE = new CallbackState(Map.of(), List.of());

  /** Checks the values. */
  public CallbackState {
    requireStorable(values);
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    tensors = List.copyOf(tensors);
  }

  /** Values alone. */
  public static CallbackState of(Map<String, Object> values) {
    return new CallbackState(values, List.of());
  }

  private static void requireStorable(Object value) {
    if (value instanceof Map<?, ?> map) {
      map.keySet().forEach(CallbackState::requireText);
      map.values().forEach(CallbackState::requireStorable);
    } else if (value instanceof List<?> list) {
      list.forEach(CallbackState::requireStorable);
    } else if (value != null && !(value instanceof Number) && !(value instanceof Boolean)) {
      requireText(value);
    }
  }

  private static void requireText(Object value) {
    if (!(value instanceof String)) {
      throw new IllegalArgumentException(
          "a callback's state: expected numbers, texts, booleans, lists and maps by text, got "
              + value);
    }
  }

  /** Whether there is nothing to remember. */
  public boolean isEmpty() {
    return values.isEmpty() && tensors.isEmpty();
  }

  /**
   * The number of that name, or null.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public Double number(String name) {
    return value(name, Number.class) instanceof Number n ? n.doubleValue() : null;
  }

  /**
   * The whole number of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public int whole(String name) {
    if (value(name, Integer.class) instanceof Integer n) {
      return n;
    }
    throw damaged(name, Integer.class, null);
  }

  /**
   * The text of that name, or null.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public String text(String name) {
    return value(name, String.class) instanceof String s ? s : null;
  }

  private Object value(String name, Class<?> type) {
    Object value = values.get(name);
    if (value != null && !type.isInstance(value)) {
      throw damaged(name, type, value);
    }
    return value;
  }

  private static IllegalArgumentException damaged(String name, Class<?> type, Object value) {
    return new IllegalArgumentException(
        "a callback's state is damaged: expected "
            + name
            + " as "
            + type.getSimpleName()
            + ", got "
            + value);
  }
}
