package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;
import static io.github.lstm4j.io.keras.LayerConfigs.typed;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.Index;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.Operation;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Operations of {@code keras.ops} in the files of functional models: entries beside those of
 * layers, whose constants stand among the arguments of their nodes.
 */
final class OperationConfigs {
  private static final String SLICE = "__slice__";
  private static final String REST = "__ellipsis__";
  private static final Set<String> ENTRY =
      Set.of("module", "class_name", "config", "registered_name", "name", "inbound_nodes");

  private OperationConfigs() {}

  /** Whether an entry of a model's {@code layers} is an operation and no layer. */
  static boolean isOperation(Map<String, Object> entry) {
    return entry.get("module") instanceof String m && m.contains(".ops");
  }

  // ---------------------------------------------------------------- writing

  static Map<String, Object> write(Operation operation) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("name", operation.name());
    config.putAll(LayerConfigs.writeCall(operation));
    Map<String, Object> entry =
        LayerConfigs.entry(operation.module(), operation.className(), config);
    entry.put("registered_name", operation.className());
    return entry;
  }

  /**
   * The arguments of a node.
   *
   * @param tensor writes a tensor
   */
  static List<Object> arguments(
      Operation operation, List<KerasTensor> inputs, Function<KerasTensor, Object> tensor) {
    List<Object> all = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < operation.operands().size(); i++) {
      Tensor constant = operation.operands().get(i);
      all.add(
          constant == null
              ? tensor.apply(inputs.get(next++))
              : constant(constant, operation.isIndex(i)));
    }
    if (!operation.key().isEmpty()) {
      all.add(operation.key().stream().map(OperationConfigs::index).toList());
    }
    return operation.takesList() ? List.of(all) : all;
  }

  private static Object constant(Tensor constant, boolean whole) {
    Object value = values(constant.data(), 0, constant.shape().dims(), 0, whole);
    if (constant.shape().rank() == 0 || whole) {
      return value;
    }
    return object("__numpy__", "value", value, "dtype", "float32");
  }

  private static Object values(float[] data, int from, int[] dims, int axis, boolean whole) {
    if (axis == dims.length) {
      return whole ? (Object) (int) data[from] : LayerConfigs.plain(data[from]);
    }
    int size = 1;
    for (int i = axis + 1; i < dims.length; i++) {
      size *= dims[i];
    }
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < dims[axis]; i++) {
      all.add(values(data, from + i * size, dims, axis + 1, whole));
    }
    return all;
  }

  private static Map<String, Object> object(String className, Object... config) {
    Map<String, Object> settings = new LinkedHashMap<>();
    for (int i = 0; i < config.length; i += 2) {
      settings.put((String) config[i], config[i + 1]);
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("class_name", className);
    object.put("config", settings);
    return object;
  }

  private static Object index(Index index) {
    return switch (index.kind()) {
      case AT -> index.start();
      case NEW_AXIS -> null;
      case REST -> object(REST);
      case RANGE ->
          object(SLICE, "start", index.start(), "stop", index.stop(), "step", index.step());
    };
  }

  // ---------------------------------------------------------------- reading

  /**
   * The operation of an entry.
   *
   * @param isTensor whether a value stands for a tensor
   * @throws IllegalArgumentException if it is not supported; names the operation
   */
  static Operation read(Map<String, Object> entry, Predicate<Object> isTensor) {
    String className = Objects.toString(entry.get("class_name"));
    String name = Objects.toString(entry.get("name"));
    String label = className + " " + Printable.quoted(name) + ": ";
    if (!Operation.isKnown(className)) {
      throw new IllegalArgumentException(
          label
              + "this operation of "
              + Printable.text(entry.get("module"))
              + " is not supported; use a layer");
    }
    LayerConfigs.requireKnown(label, entry, ENTRY);
    List<?> nodes = typed(label + "inbound_nodes", List.class, entry.get("inbound_nodes"));
    if (nodes.isEmpty()) {
      throw new IllegalArgumentException(label + "there is no node");
    }
    Operation operation = operation(label, className, nodes.get(0), isTensor);
    for (Object node : nodes) {
      Operation same = operation(label, className, node, isTensor);
      if (!same.operands().equals(operation.operands()) || !same.key().equals(operation.key())) {
        throw new IllegalArgumentException(
            label + "its nodes have constants that differ, which is not supported");
      }
    }
    operation.name(name);
    Map<String, Object> settings = new LinkedHashMap<>(map(entry.get("config")));
    settings.remove("name");
    LayerReader.readCall(operation, settings);
    LayerConfigs.requireKnown(label, settings, Set.of());
    return operation;
  }

  private static Operation operation(
      String label, String className, Object node, Predicate<Object> isTensor) {
    LayerConfigs.requireKnown(label + "node: ", map(node), Set.of("args", "kwargs"));
    map(map(node).get("kwargs"))
        .forEach(
            (argument, value) -> {
              if (value != null) {
                throw new IllegalArgumentException(
                    label + argument + "=" + Printable.quoted(value) + " is not supported");
              }
            });
    List<?> given = typed(label + "args", List.class, map(node).get("args"));
    List<Object> args = new ArrayList<>(given);
    List<Index> key = List.of();
    if (className.equals("GetItem") && args.size() == 2) {
      key = key(label, args.remove(1));
    }
    boolean ofList =
        args.size() == 1 && args.get(0) instanceof List<?> && !isTensor.test(args.get(0));
    List<Tensor> operands = new ArrayList<>();
    for (Object arg : ofList ? (List<?>) args.get(0) : args) {
      operands.add(isTensor.test(arg) ? null : constant(label, arg));
    }
    return Operation.of(className, operands, key);
  }

  private static List<Index> key(String label, Object value) {
    Object items =
        value instanceof Map<?, ?> m && "__tuple__".equals(m.get("class_name"))
            ? map(m.get("config")).get("items")
            : value;
    List<?> all = items instanceof List<?> list ? list : Collections.singletonList(items);
    List<Index> key = new ArrayList<>();
    for (Object item : all) {
      Object kind = map(item).get("class_name");
      if (item == null) {
        key.add(Index.newAxis());
      } else if (item instanceof Integer at) {
        key.add(Index.at(at));
      } else if (REST.equals(kind)) {
        key.add(Index.rest());
      } else if (SLICE.equals(kind)) {
        Map<String, Object> range = map(map(item).get("config"));
        key.add(
            Index.range(
                whole(label, range.get("start")),
                whole(label, range.get("stop")),
                whole(label, range.get("step"))));
      } else {
        throw new IllegalArgumentException(
            label + "expected an index, a slice or null, got " + Printable.quoted(item));
      }
    }
    return key;
  }

  private static Integer whole(String label, Object value) {
    return value == null ? null : typed(label + "a slice", Integer.class, value);
  }

  private static Tensor constant(String label, Object value) {
    Object kind = map(value).get("class_name");
    boolean wrapped = "__numpy__".equals(kind) || "__tensor__".equals(kind);
    List<Float> numbers = new ArrayList<>();
    List<Integer> dims = new ArrayList<>();
    collect(label, wrapped ? map(map(value).get("config")).get("value") : value, numbers, dims, 0);
    float[] data = new float[numbers.size()];
    for (int i = 0; i < data.length; i++) {
      data[i] = numbers.get(i);
    }
    Shape shape = Shape.of(dims.stream().mapToInt(Integer::intValue).toArray());
    if (shape.size() != data.length) {
      throw new IllegalArgumentException(
          label + "a constant: its rows are not all as long: " + Printable.quoted(value));
    }
    return Tensor.of(data, shape);
  }

  private static void collect(
      String label, Object value, List<Float> numbers, List<Integer> dims, int axis) {
    if (value instanceof List<?> list) {
      if (dims.size() == axis) {
        dims.add(list.size());
      }
      boolean rows = !list.isEmpty() && list.size() == dims.get(axis);
      if (rows) {
        list.forEach(each -> collect(label, each, numbers, dims, axis + 1));
        return;
      }
    } else if (value instanceof Boolean truth) {
      numbers.add(truth ? 1f : 0f);
      return;
    } else if (value instanceof Number n
        && (Float.isFinite(n.floatValue()) || !Double.isFinite(n.doubleValue()))
        && axis == dims.size()) {
      numbers.add(n.floatValue());
      return;
    }
    throw new IllegalArgumentException(
        label + "a constant: expected numbers, got " + Printable.quoted(value));
  }
}
