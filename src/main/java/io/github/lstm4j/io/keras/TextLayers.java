package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.layers.KerasNames;
import io.github.lstm4j.layers.Layer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Layers with vocabularies in Keras's files. There the input of such a model is texts, and a
 * vocabulary that was learnt lies beside the configuration; here the input is numbers, which the
 * layer makes of texts, and the vocabulary is a setting like others.
 */
final class TextLayers {
  private static final String VECTORIZATION = "TextVectorization";
  private static final String LOOKUP = "StringLookup";
  private static final Set<String> OF_TEXTS = Set.of(VECTORIZATION, LOOKUP);
  private static final String NUMBERS = "IntegerLookup";

  private static final String VOCABULARY = "vocabulary";
  private static final String SHAPE = "batch_shape";
  private static final String BUILD_SHAPE = "build_input_shape";

  /** Where Python's splitlines ends a line, as Keras reads the file. */
  private static final String LINE_END = "\r\n|[\n\r\u000B\f\u001C\u001D\u001E\u0085\u2028\u2029]";

  private TextLayers() {}

  /** The bytes of an archive's entry; null if there is none. */
  interface Entries {
    /** Reads them. */
    byte[] bytes(String name) throws IOException;
  }

  /** Puts the vocabularies that lie beside a model's configuration into it. */
  static void putVocabularies(Map<String, Object> model, Entries archive) throws IOException {
    putVocabularies(model, "assets", archive);
  }

  private static void putVocabularies(Map<String, Object> model, String at, Entries archive)
      throws IOException {
    Map<String, Integer> counts = new HashMap<>();
    for (Map<String, Object> layer : layers(model)) {
      String className = className(layer);
      String snake = KerasNames.snakeCase(className);
      int before = counts.merge(snake, 1, Integer::sum) - 1;
      String path = at + "/layers/" + snake + (before == 0 ? "" : "_" + before);
      Map<String, Object> config = map(layer.get("config"));
      if (map(config).get("layers") != null) {
        putVocabularies(layer, path, archive);
      } else if ((OF_TEXTS.contains(className) || className.equals(NUMBERS))
          && config.get(VOCABULARY) == null) {
        byte[] file = archive.bytes(path + "/vocabulary.txt");
        if (file != null) {
          config.put(VOCABULARY, tokens(file, className.equals(NUMBERS)));
        }
      }
    }
  }

  private static List<Object> tokens(byte[] file, boolean numbers) {
    String[] lines = new String(file, StandardCharsets.UTF_8).split(LINE_END, -1);
    int count = lines.length;
    while (count > 0 && lines[count - 1].isEmpty()) {
      count--;
    }
    List<Object> tokens = new ArrayList<>();
    for (String line : Arrays.asList(lines).subList(0, count)) {
      boolean whole = numbers && line.matches("-?[0-9]{1,9}");
      tokens.add(whole ? (Object) Integer.valueOf(line) : line);
    }
    return tokens;
  }

  /**
   * Lets inputs of texts be inputs of the numbers that layers make of them.
   *
   * @throws IllegalArgumentException if one feeds more than a layer of texts, or single texts
   */
  static void toNumbers(Map<String, Object> model) {
    List<Map<String, Object>> layers = layers(model);
    if (layers.stream().noneMatch(l -> OF_TEXTS.contains(className(l)))) {
      return;
    }
    for (Map<String, Object> input : layers) {
      Map<String, Object> fed = isInput(input) ? ofTexts(input, model) : Map.of();
      if (fed.isEmpty()) {
        continue;
      }
      Map<String, Object> config = map(input.get("config"));
      List<?> shape = config.get(SHAPE) instanceof List<?> list ? list : List.of();
      if (className(fed).equals(VECTORIZATION)) {
        Object batch = shape.isEmpty() ? null : shape.get(0);
        Object length = map(fed.get("config")).get("output_sequence_length");
        config.put(SHAPE, Arrays.asList(batch, length));
      } else if (shape.size() == 1) {
        throw new IllegalArgumentException(
            label(input)
                + "batch_shape="
                + shape
                + " is not supported for a StringLookup; expected [batch, texts], as of Input((1,))");
      }
      config.put(Layer.DTYPE, "int64");
    }
  }

  /**
   * The other way round.
   *
   * @throws IllegalArgumentException if what feeds a layer of texts cannot be texts
   */
  static void toTexts(Map<String, Object> model) {
    for (Map<String, Object> layer : layers(model)) {
      if (layers(layer).stream().anyMatch(l -> OF_TEXTS.contains(className(l)))) {
        throw new IllegalArgumentException(
            label(layer) + "a model within a model that begins with texts cannot be saved");
      }
      Map<String, Object> fed = ofTexts(layer, model);
      if (fed.isEmpty()) {
        continue;
      }
      if (!isInput(layer)) {
        throw new IllegalArgumentException(
            label(fed) + "in Keras takes texts, and cannot be saved behind " + label(layer));
      }
      Map<String, Object> config = map(layer.get("config"));
      config.put(Layer.DTYPE, "string");
      if (className(fed).equals(VECTORIZATION)) {
        map(fed.get("config")).putIfAbsent("ngrams", null); // which Keras wants to be said
        Object batch = ((List<?>) config.get(SHAPE)).get(0);
        boolean rows = "int".equals(map(fed.get("config")).get("output_mode"));
        // Keras makes (batch, 1, tokens) of (batch, 1) in the other modes
        config.put(SHAPE, rows ? Arrays.asList(batch, 1) : Arrays.asList(batch));
      }
      if (map(model.get("config")).containsKey(BUILD_SHAPE)) {
        map(model.get("config")).put(BUILD_SHAPE, config.get(SHAPE));
        map(model.get("build_config")).put("input_shape", config.get(SHAPE));
      }
    }
  }

  /** The layer of texts that a layer feeds; empty if it feeds none. */
  private static Map<String, Object> ofTexts(Map<String, Object> layer, Map<String, Object> model) {
    List<Map<String, Object>> fed = fedBy(layer, model);
    if (fed.stream().noneMatch(l -> OF_TEXTS.contains(className(l)))) {
      return Map.of();
    } else if (fed.size() > 1) {
      throw new IllegalArgumentException(
          label(layer)
              + "feeds texts to "
              + fed.stream().map(l -> map(l.get("config")).get("name")).toList()
              + ", of which each makes other numbers; give each an Input of its own");
    }
    return fed.get(0);
  }

  private static boolean isInput(Map<String, Object> layer) {
    return className(layer).equals("InputLayer");
  }

  private static List<Map<String, Object>> layers(Map<String, Object> model) {
    List<Map<String, Object>> all = new ArrayList<>();
    if (map(model.get("config")).get("layers") instanceof List<?> entries) {
      entries.forEach(entry -> all.add(map(entry)));
    }
    return all;
  }

  /** The layers that a layer feeds: the next one of a chain, or those that name it. */
  private static List<Map<String, Object>> fedBy(
      Map<String, Object> layer, Map<String, Object> model) {
    List<Map<String, Object>> layers = layers(model);
    if (className(model).equals("Sequential")) {
      int next = layers.indexOf(layer) + 1;
      return next < layers.size() ? layers.subList(next, next + 1) : List.of();
    }
    Object name = map(layer.get("config")).get("name");
    return layers.stream().filter(l -> names(l.get("inbound_nodes"), name)).toList();
  }

  /** Whether nodes name a layer: as {@code ["input", 0, 0]}, in all versions. */
  private static boolean names(Object nodes, Object layer) {
    if (nodes instanceof Map<?, ?> object) {
      return object.values().stream().anyMatch(each -> names(each, layer));
    } else if (nodes instanceof List<?> list) {
      boolean tensor =
          list.size() > 2 && list.get(0) instanceof String && list.get(1) instanceof Integer;
      return tensor
          ? Objects.equals(list.get(0), layer)
          : list.stream().anyMatch(each -> names(each, layer));
    }
    return false;
  }

  private static String className(Map<String, Object> entry) {
    return String.valueOf(entry.get("class_name"));
  }

  private static String label(Map<String, Object> entry) {
    return className(entry) + " '" + map(entry.get("config")).get("name") + "': ";
  }
}
