package io.github.lstm4j.io.keras;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Flatten;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Layers to and from the configurations in Keras's files: {@code {"class_name": "LSTM", "config":
 * {"units": 32, …}}}. What a configuration leaves out has Keras's default; what it asks for and we
 * do not have is refused by name, never ignored.
 */
public final class LayerConfigs {
  private LayerConfigs() {}

  // ---------------------------------------------------------------- writing

  /** A layer as Keras 3 serialises it. */
  public static Map<String, Object> write(Layer layer) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("name", layer.name());
    if (!(layer instanceof Input)) { // which has a dtype of its own
      config.put("trainable", true);
      config.put("dtype", "float32");
    }
    layer.config().forEach((k, v) -> config.put(k, plain(v)));
    Map<String, Object> entry = entry("keras.layers", layer.className(), config);
    if (layer.isBuilt() && !(layer instanceof Input)) {
      Map<String, Object> build = new LinkedHashMap<>();
      build.put("input_shape", plain(layer.inputShape()));
      entry.put("build_config", build);
    }
    return entry;
  }

  static Map<String, Object> entry(String module, String className, Map<String, Object> config) {
    Map<String, Object> e = new LinkedHashMap<>();
    e.put("module", module);
    e.put("class_name", className);
    e.put("config", config);
    e.put("registered_name", null);
    return e;
  }

  static Object plain(Object value) {
    if (value instanceof Activation a) {
      return a.kerasName();
    } else if (value instanceof Initializer i) {
      return entry("keras.initializers", i.kind().className(), i.config());
    } else if (value instanceof Shape s) {
      List<Integer> dims = new ArrayList<>();
      for (int d : s.dims()) {
        dims.add(d == Shape.UNKNOWN ? null : d);
      }
      return dims;
    } else if (value instanceof Layer l) {
      return write(l);
    }
    return value;
  }

  // ---------------------------------------------------------------- reading

  /**
   * The layer of a configuration.
   *
   * @param entry with {@code class_name} and {@code config}
   * @param oldHardSigmoid whether {@code hard_sigmoid} means the formula of Keras 1 and 2
   * @throws IllegalArgumentException if the class is unknown, or asks for what we do not have
   */
  public static Layer read(Map<String, Object> entry, boolean oldHardSigmoid) {
    return new Reader(entry, oldHardSigmoid).layer();
  }

  /** Reads one configuration. */
  private static final class Reader {
    private final String className;
    private final Map<String, Object> config;
    private final boolean oldHardSigmoid;

    Reader(Map<String, Object> entry, boolean oldHardSigmoid) {
      this.className = Objects.toString(entry.get("class_name"));
      this.config = map(entry.get("config"));
      this.oldHardSigmoid = oldHardSigmoid;
    }

    Layer layer() {
      refuse("kernel_regularizer", "recurrent_regularizer", "bias_regularizer");
      refuse("activity_regularizer", "embeddings_regularizer");
      refuse("kernel_constraint", "recurrent_constraint", "bias_constraint");
      refuse("embeddings_constraint", "lora_rank", "noise_shape");
      if (config.containsKey("trainable") && !flag("trainable", true)) {
        throw wrong("trainable=false is not supported");
      }
      Layer layer = bare();
      if (config.get("name") instanceof String name) {
        layer.name(name);
      }
      return layer;
    }

    private Layer bare() {
      return switch (className) {
        case "InputLayer" -> input();
        case "LSTM" -> lstm();
        case "Dense" ->
            new Dense(integer("units"))
                .activation(activation("activation", Activation.LINEAR))
                .useBias(flag("use_bias", true))
                .kernelInitializer(initializer("kernel_initializer", Initializer.glorotUniform()))
                .biasInitializer(initializer("bias_initializer", Initializer.zeros()));
        case "Dropout" -> new Dropout(number("rate", 0f));
        case "Activation" ->
            new io.github.lstm4j.layers.Activation(activation("activation", Activation.LINEAR));
        case "Masking" -> new Masking(number("mask_value", 0f));
        case "Embedding" ->
            new Embedding(integer("input_dim"), integer("output_dim"))
                .maskZero(flag("mask_zero", false))
                .embeddingsInitializer(
                    initializer("embeddings_initializer", Initializer.of("random_uniform")));
        case "Bidirectional" -> bidirectional();
        case "TimeDistributed" -> new TimeDistributed(inner("layer"));
        case "RepeatVector" -> new RepeatVector(integer("n"));
        case "Flatten" -> new Flatten();
        default ->
            throw new IllegalArgumentException(
                "layer class "
                    + className
                    + " is not supported; supported are InputLayer, LSTM, Dense, Dropout,"
                    + " Activation, Masking, Embedding, Bidirectional, TimeDistributed,"
                    + " RepeatVector, Flatten");
      };
    }

    private Layer input() {
      Object shape =
          config.containsKey("batch_shape")
              ? config.get("batch_shape")
              : config.get("batch_input_shape");
      if (!(shape instanceof List<?> dims) || dims.size() < 2) {
        throw wrong("batch_shape is missing");
      }
      int[] sample = new int[dims.size() - 1];
      for (int i = 0; i < sample.length; i++) {
        sample[i] = dims.get(i + 1) instanceof Number n ? n.intValue() : Shape.UNKNOWN;
      }
      return dims.get(0) instanceof Number n
          ? Input.batch(n.intValue(), sample)
          : new Input(sample);
    }

    private LSTM lstm() {
      LSTM lstm =
          new LSTM(integer("units"))
              .activation(activation("activation", Activation.TANH))
              .recurrentActivation(activation("recurrent_activation", Activation.SIGMOID))
              .useBias(flag("use_bias", true))
              .kernelInitializer(initializer("kernel_initializer", Initializer.glorotUniform()))
              .recurrentInitializer(initializer("recurrent_initializer", Initializer.orthogonal()))
              .biasInitializer(initializer("bias_initializer", Initializer.zeros()))
              .unitForgetBias(flag("unit_forget_bias", true))
              .dropout(number("dropout", 0f))
              .recurrentDropout(number("recurrent_dropout", 0f))
              .returnSequences(flag("return_sequences", false))
              .returnState(flag("return_state", false))
              .goBackwards(flag("go_backwards", false))
              .stateful(flag("stateful", false))
              .zeroOutputForMask(flag("zero_output_for_mask", false));
      if (flag("time_major", false)) {
        throw wrong("time_major=true is not supported; transpose to (batch, timesteps, features)");
      }
      if (config.get("peephole") instanceof String p) {
        lstm.peephole(Peephole.valueOf(p.toUpperCase(Locale.ROOT)));
      }
      return lstm;
    }

    private Layer bidirectional() {
      Layer forward = inner("layer");
      if (!(forward instanceof LSTM lstm)) {
        throw wrong("expected an LSTM inside, got " + forward.className());
      }
      String merge = Objects.toString(config.getOrDefault("merge_mode", "concat"));
      // Keras writes the names with their prefixes, which the wrapper adds itself
      if (lstm.isNamed() && lstm.name().startsWith("forward_")) {
        lstm.name(lstm.name().substring("forward_".length()));
      }
      if (config.get("backward_layer") == null) {
        return new Bidirectional(lstm, merge);
      }
      if (!(inner("backward_layer") instanceof LSTM backward)) {
        throw wrong("expected an LSTM as backward_layer");
      }
      return new Bidirectional(lstm, backward, Bidirectional.mode(merge));
    }

    private Layer inner(String key) {
      Map<String, Object> entry = map(config.get(key));
      if (entry.isEmpty()) {
        throw wrong(key + " is missing");
      }
      return read(entry, oldHardSigmoid);
    }

    private Activation activation(String key, Activation otherwise) {
      Object value = config.getOrDefault(key, otherwise.kerasName());
      if (value instanceof Map<?, ?> m) {
        value = map(m).get("config") instanceof String s ? s : map(m).get("class_name");
      }
      Activation a = Activation.of(value == null ? null : value.toString());
      return a == Activation.HARD_SIGMOID && oldHardSigmoid ? Activation.HARD_SIGMOID_KERAS2 : a;
    }

    /** An initializer we do not know is no reason to refuse a file: its weights follow. */
    private Initializer initializer(String key, Initializer otherwise) {
      Object value = config.get(key);
      try {
        if (value instanceof String s) {
          return Initializer.of(s);
        } else if (value instanceof Map<?, ?> m && map(m).get("class_name") instanceof String s) {
          return Initializer.of(s, map(map(m).get("config")));
        }
      } catch (IllegalArgumentException unknown) {
        return otherwise;
      }
      return otherwise;
    }

    private int integer(String key) {
      if (config.get(key) instanceof Number n) {
        return n.intValue();
      }
      throw wrong(key + " is missing");
    }

    private float number(String key, float otherwise) {
      return config.get(key) instanceof Number n ? n.floatValue() : otherwise;
    }

    private boolean flag(String key, boolean otherwise) {
      return config.get(key) instanceof Boolean b ? b : otherwise;
    }

    private void refuse(String... keys) {
      for (String key : keys) {
        if (config.get(key) != null) {
          throw wrong(key + " is not supported");
        }
      }
    }

    private IllegalArgumentException wrong(String what) {
      return new IllegalArgumentException(
          className + " '" + config.getOrDefault("name", "") + "': " + what);
    }
  }

  /** An input of a shape with the batch, null for what is not known. */
  static Input input(List<?> dims) {
    int[] sample = new int[dims.size() - 1];
    for (int i = 0; i < sample.length; i++) {
      sample[i] = dims.get(i + 1) instanceof Number n ? n.intValue() : Shape.UNKNOWN;
    }
    return dims.get(0) instanceof Number n ? Input.batch(n.intValue(), sample) : new Input(sample);
  }

  /** A JSON object as a map; empty if it is none. */
  @SuppressWarnings("unchecked") // JSON's keys are strings
  static Map<String, Object> map(Object value) {
    return value instanceof Map<?, ?> m ? (Map<String, Object>) m : Map.of();
  }
}
