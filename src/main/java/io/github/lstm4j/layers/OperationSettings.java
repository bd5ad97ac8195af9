package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is said of an {@link Operation}: its settings by Keras's names, and its indices. */
final class OperationSettings {
  private final Map<String, Object> values = new LinkedHashMap<>();
  private final List<Setting> all;
  private final List<Index> key;
  private final List<Tensor> constants;

  /**
   * A setting.
   *
   * @param type of its value; null for one that must be as usual
   */
  record Setting(String name, Class<?> type, Object usual) {
    Object configure(Config c, Object value) {
      if (type == null) {
        c.constant(name, usual);
        return usual;
      } else if (type == int[].class) {
        int[] numbers = (int[]) value;
        return numbers.length == 1
            ? new int[] {c.setting(name, Integer.class, numbers[0])}
            : c.optionalIntegers(name, numbers);
      }
      return type == String.class
          ? c.optional(name, String.class, (String) value)
          : read(c, type, value);
    }

    private <T> T read(Config c, Class<T> of, Object value) {
      return c.setting(name, of, of.cast(value));
    }
  }

  /**
   * @param constants among the operands, null for each other
   */
  OperationSettings(List<Setting> all, List<Tensor> constants, List<Index> key) {
    this.all = all;
    this.constants = Collections.unmodifiableList(new ArrayList<>(constants));
    this.key = List.copyOf(key);
    all.forEach(s -> values.put(s.name(), s.usual()));
  }

  void configure(Config c) {
    all.forEach(s -> values.put(s.name(), s.configure(c, values.get(s.name()))));
  }

  void set(String name, Object value) {
    values.put(name, value);
  }

  List<Index> key() {
    return key;
  }

  /** The constants among the operands; null for each other. */
  List<Tensor> constants() {
    return constants;
  }

  int integer(String name) {
    return (Integer) values.get(name);
  }

  boolean flag(String name) {
    return (Boolean) values.get(name);
  }

  float number(String name) {
    return (Float) values.get(name);
  }

  String text(String name) {
    return (String) values.get(name);
  }

  int[] integers(String name) {
    return ((int[]) values.get(name)).clone();
  }

  /** {@code axis} of a tensor of that rank, from the front. */
  int axis(int rank) {
    return axis(integer("axis"), rank);
  }

  /** An axis of a tensor of that rank, from the front. */
  static int axis(int axis, int rank) {
    int at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank) {
      throw new IllegalArgumentException(
          "axis=" + axis + ": there is no such axis, counted with the batch, of " + rank);
    }
    return at;
  }

  /** The axes of {@code axis}, from the front and in order; all if none are said. */
  int[] axes(int rank) {
    int[] said = integers("axis");
    int[] axes = new int[said.length == 0 ? rank : said.length];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = said.length == 0 ? i : axis(said[i], rank);
    }
    Arrays.sort(axes);
    return axes;
  }
}
