package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.CallbackState;
import io.github.lstm4j.training.Progress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How far a training is, in a {@code .keras} file: an object in our JSON entry, and tensors among
 * the weights below {@code lstm4j}, where Keras does not look.
 */
final class TrainingRecord {
  private static final String CARRIED = "lstm4j/carried";
  private static final String CALLBACKS = "lstm4j/callbacks/";

  private TrainingRecord() {}

  static Map<String, Object> write(Progress progress, WeightTree weights) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("epoch", progress.epoch());
    map.put("logs", progress.logs());
    List<Object> callbacks = new ArrayList<>();
    for (Progress.Told told : progress.callbacks()) {
      Map<String, Object> c = new LinkedHashMap<>();
      c.put("name", told.name());
      c.put("told", told.ofEnd());
      c.put("state", told.state().values());
      put(weights, CALLBACKS + callbacks.size(), told.state().tensors());
      callbacks.add(c);
    }
    map.put("callbacks", callbacks);
    put(weights, CARRIED, progress.carried());
    return map;
  }

  private static void put(WeightTree weights, String path, List<Tensor> tensors) {
    if (!tensors.isEmpty()) {
      weights.putTensors(path, null, tensors);
    }
  }

  /**
   * What {@link #write} wrote.
   *
   * @throws IllegalArgumentException if it is damaged; names the field
   */
  static Progress read(Map<String, Object> record, WeightTree weights) {
    Map<String, Double> logs = new LinkedHashMap<>();
    map(record.get("logs"))
        .forEach((key, v) -> logs.put(key, number("logs." + key, v).doubleValue()));
    List<Progress.Told> callbacks = new ArrayList<>();
    if (!(record.get("callbacks") instanceof List<?> list)) {
      throw wrong("callbacks", record.get("callbacks"));
    }
    for (Object entry : list) {
      Map<String, Object> c = map(entry);
      if (!(c.get("name") instanceof String name) || !(c.get("told") instanceof Boolean told)) {
        throw wrong("callbacks", entry);
      }
      List<Tensor> tensors = weights.tensors(CALLBACKS + callbacks.size());
      CallbackState state = new CallbackState(map(c.get("state")), tensors);
      callbacks.add(new Progress.Told(name, told, state));
    }
    return new Progress(whole("epoch", record), logs, callbacks, weights.tensors(CARRIED));
  }

  private static int whole(String field, Map<String, Object> record) {
    Number n = number(field, record.get(field));
    if (n.intValue() < 0 || n.doubleValue() != n.intValue()) {
      throw wrong(field, n);
    }
    return n.intValue();
  }

  private static Number number(String field, Object value) {
    if (value instanceof Number n) {
      return n;
    }
    throw wrong(field, value);
  }

  private static IllegalArgumentException wrong(String field, Object value) {
    return new IllegalArgumentException("lstm4j.json: training." + field + " is damaged: " + value);
  }
}
