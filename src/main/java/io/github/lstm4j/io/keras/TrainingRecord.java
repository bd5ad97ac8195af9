package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.io.StoredFields;
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
    map.put("callbacks", callbacks.isEmpty() ? null : callbacks);
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
  static Progress read(Object stored, WeightTree weights) {
    StoredFields record =
        StoredFields.of("lstm4j.json: training", stored, "epoch", "logs", "callbacks");
    Map<String, Double> logs = new LinkedHashMap<>();
    record
        .map("logs")
        .forEach(
            (key, mean) -> {
              if (!(mean instanceof Number n)) { // NaN is one
                throw record.wrong("logs", "numbers");
              }
              logs.put(key.toString(), n.doubleValue());
            });
    List<Progress.Told> callbacks = new ArrayList<>();
    List<StoredFields> told =
        record.has("callbacks") ? record.objects("callbacks", "name", "told", "state") : List.of();
    for (StoredFields c : told) {
      List<Tensor> tensors = weights.tensors(CALLBACKS + callbacks.size());
      CallbackState state = new CallbackState(map(c.map("state")), tensors);
      callbacks.add(new Progress.Told(c.text("name"), c.flag("told"), state));
    }
    int epoch = record.integer("epoch", 0, Integer.MAX_VALUE);
    return new Progress(epoch, logs, callbacks, weights.tensors(CARRIED));
  }
}
