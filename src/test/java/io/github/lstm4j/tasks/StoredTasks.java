package io.github.lstm4j.tasks;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Tasks as they lie in a model's file, with harm done to them. */
final class StoredTasks {
  private StoredTasks() {}

  /**
   * That a model of the task is refused once a field is another.
   *
   * @param path of the field, below the task's key
   * @param json what it then is
   */
  static void refused(Task task, String path, String json, String message) throws Exception {
    JsonMapper mapper =
        JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();
    Object extra = mapper.readValue(mapper.writeValueAsString(task.toExtra()), Object.class);
    String key = task.toExtra().keySet().iterator().next();
    set(extra, (key + "/" + path).split("/"), mapper.readValue(json, Object.class));
    Shape shape = task.inputShape();
    Sequential model =
        new Sequential()
            .add(Input.of(Shape.of(Shape.UNKNOWN, shape.dim(0), shape.dim(1))))
            .add(new LSTM(2));
    if (task.head().per() != Head.Per.SAMPLE) {
      model.add(new RepeatVector(shape.dim(0)));
    }
    model.add(new Dense(task.head().units()));
    @SuppressWarnings("unchecked")
    Map<String, Object> stored = (Map<String, Object>) extra;
    model.extra(stored);
    assertThatThrownBy(() -> Tasks.of(model, Path.of("model.keras")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("model.keras: ")
        .hasMessageContaining(message);
  }

  @SuppressWarnings("unchecked")
  private static void set(Object at, String[] path, Object value) {
    for (int i = 0; i < path.length - 1; i++) {
      at =
          at instanceof List<?> list
              ? list.get(Integer.parseInt(path[i]))
              : ((Map<String, Object>) at).get(path[i]);
    }
    String last = path[path.length - 1];
    if (at instanceof List<?>) {
      ((List<Object>) at).set(Integer.parseInt(last), value);
    } else {
      ((Map<String, Object>) at).put(last, value);
    }
  }
}
