package io.github.lstm4j.golden;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.io.keras.LayerReader;
import io.github.lstm4j.io.keras.legacy.KerasVersion;
import io.github.lstm4j.io.keras.legacy.OldConfigs;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the recorded cases of {@code src/test/resources/golden}; FORMAT.md there describes them.
 */
public final class GoldenCases {
  private GoldenCases() {}

  /** The cases of one file, by id. */
  public static Map<String, Map<String, Object>> read(String file) {
    Map<String, Map<String, Object>> cases = new LinkedHashMap<>();
    for (Object c : list(json(file).get("cases"))) {
      cases.put(map(c).get("id").toString(), map(c));
    }
    return cases;
  }

  static Map<String, Object> json(String file) {
    try (InputStream in = GoldenCases.class.getResourceAsStream("/golden/" + file)) {
      return new ObjectMapper().readValue(in, new TypeReference<>() {});
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object o) {
    return (Map<String, Object>) o;
  }

  @SuppressWarnings("unchecked")
  static List<Object> list(Object o) {
    return (List<Object>) o;
  }

  /** {@code {shape, data}}. */
  static Tensor tensor(Object o) {
    Map<String, Object> m = map(o);
    List<Object> shape = list(m.get("shape"));
    return Tensor.of(floats(m.get("data")), shape.stream().mapToInt(d -> (int) d).toArray());
  }

  /** Numbers nested to any depth, flattened. */
  static float[] floats(Object nested) {
    List<Float> flat = new ArrayList<>();
    flatten(nested, flat);
    float[] f = new float[flat.size()];
    for (int i = 0; i < f.length; i++) {
      f[i] = flat.get(i);
    }
    return f;
  }

  private static void flatten(Object o, List<Float> to) {
    if (o instanceof List<?> l) {
      l.forEach(e -> flatten(e, to));
    } else {
      to.add(((Number) o).floatValue());
    }
  }

  /** The model of a case, its weights set. */
  static Sequential model(Map<String, Object> c) {
    List<Object> shape = list(c.get("input_shape"));
    int[] sample = new int[shape.size() - 1];
    for (int i = 0; i < sample.length; i++) {
      sample[i] = shape.get(i + 1) == null ? Shape.UNKNOWN : (int) shape.get(i + 1);
    }
    boolean old = String.valueOf(c.get("hard_sigmoid")).contains("0.2");
    Sequential model = new Sequential();
    model.add(shape.get(0) == null ? new Input(sample) : Input.batch((int) shape.get(0), sample));
    List<Tensor> weights = new ArrayList<>();
    Map<String, Object> layers = Map.of("config", Map.of("layers", c.get("layers")));
    if (old) {
      layers = OldConfigs.upgrade(layers, KerasVersion.of("2.4", null));
    }
    for (Object entry : list(map(layers.get("config")).get("layers"))) {
      Map<String, Object> described = new HashMap<>(map(entry));
      Object values = described.remove("weights");
      model.add(LayerReader.read(described));
      for (Object w : list(values)) {
        weights.add(tensor(w));
      }
    }
    model.setWeights(weights);
    return model;
  }
}
