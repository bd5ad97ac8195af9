package io.github.lstm4j.io.keras.legacy;

import io.github.lstm4j.io.Printable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The layers of Keras 1 in the words of Keras 2. What has no such word stays as it is. */
final class Keras1Layers {
  private static final Logger LOG = LoggerFactory.getLogger(Keras1Layers.class);

  private static final Map<String, String> CLASSES =
      Map.of(
          "Convolution1D", "Conv1D",
          "AtrousConvolution1D", "Conv1D",
          "AtrousConv1D", "Conv1D",
          "TimeDistributedDense", "Dense");

  /** What settings are called now, whatever the layer. */
  private static final Map<String, String> NAMES = new LinkedHashMap<>();

  static {
    NAMES.put("output_dim", "units");
    NAMES.put("init", "kernel_initializer");
    NAMES.put("inner_init", "recurrent_initializer");
    NAMES.put("inner_activation", "recurrent_activation");
    NAMES.put("W_regularizer", "kernel_regularizer");
    NAMES.put("U_regularizer", "recurrent_regularizer");
    NAMES.put("b_regularizer", "bias_regularizer");
    NAMES.put("W_constraint", "kernel_constraint");
    NAMES.put("b_constraint", "bias_constraint");
    NAMES.put("dropout_W", "dropout");
    NAMES.put("dropout_U", "recurrent_dropout");
    NAMES.put("bias", "use_bias");
    NAMES.put("nb_filter", "filters");
    NAMES.put("filter_length", "kernel_size");
    NAMES.put("subsample_length", "strides");
    NAMES.put("atrous_rate", "dilation_rate");
    NAMES.put("border_mode", "padding");
    NAMES.put("pool_length", "pool_size");
    NAMES.put("stride", "strides");
    NAMES.put("length", "size");
    NAMES.put("p", "rate");
    NAMES.put("sigma", "stddev");
    NAMES.put("beta_init", "beta_initializer");
    NAMES.put("gamma_init", "gamma_initializer");
  }

  /** What is called otherwise in some layers. */
  private static final Map<String, Map<String, String>> OWN_NAMES =
      Map.of(
          "Embedding",
          Map.of(
              "init", "embeddings_initializer",
              "W_regularizer", "embeddings_regularizer",
              "W_constraint", "embeddings_constraint"),
          "PReLU",
          Map.of("init", "alpha_initializer"));

  private Keras1Layers() {}

  /**
   * Renames what a layer says.
   *
   * @param config its settings, which are changed
   * @return its class
   */
  static String rename(String className, Map<String, Object> config) {
    String now = CLASSES.getOrDefault(className, className);
    config.remove("consume_less"); // how Keras computed, not what
    OWN_NAMES.getOrDefault(now, Map.of()).forEach((from, to) -> Json.rename(config, from, to));
    if (now.equals("InputLayer")) {
      Json.rename(config, "input_dtype", "dtype");
    } else {
      config.remove("input_dtype");
    }
    if (now.equals("Embedding")) {
      if (config.remove("dropout") instanceof Number n && n.doubleValue() != 0) {
        LOG.warn(
            "Embedding '{}': dropout={} is left out, which Keras 2 does not have either; the model"
                + " predicts the same",
            Printable.text(config.get("name")),
            n);
      }
    } else {
      config.remove("input_dim"); // repeats the input's shape
      NAMES.forEach((from, to) -> Json.rename(config, from, to));
    }
    Object forget = config.remove("forget_bias_init");
    if (forget != null) {
      config.put("unit_forget_bias", "one".equals(forget) || "ones".equals(forget));
    }
    if (config.get("padding") instanceof Map<?, ?>) { // of ZeroPadding1D
      Map<String, Object> sides = Json.copy(config.get("padding"));
      config.put(
          "padding",
          List.of(sides.getOrDefault("left_pad", 0), sides.getOrDefault("right_pad", 0)));
    }
    config.replaceAll(Keras1Layers::value);
    return now;
  }

  /** Regularizers and constraints said their class beside their numbers. */
  private static Object value(String name, Object value) {
    if (!(value instanceof Map<?, ?> m) || !(m.get("name") instanceof String kind)) {
      return value;
    }
    Map<String, Object> config = Json.copy(value);
    config.remove("name");
    Json.rename(config, "m", "max_value");
    Map<String, Object> entry = new LinkedHashMap<>();
    boolean sums =
        List.of("WeightRegularizer", "ActivityRegularizer", "L1L2Regularizer").contains(kind);
    entry.put("class_name", sums ? "L1L2" : kind);
    entry.put("config", config);
    return name.endsWith("_regularizer") || name.endsWith("_constraint") ? entry : value;
  }

  /**
   * The shape of what a first layer takes, where it says but numbers of it.
   *
   * @return null if it says none
   */
  static List<Object> inputShape(String className, Map<String, Object> config) {
    Object dim = config.get("input_dim");
    if (dim == null) {
      return null;
    }
    List<Object> shape = new ArrayList<>();
    shape.add(null);
    if (!className.equals("Dense")) {
      shape.add(config.get("input_length"));
    }
    if (!className.equals("Embedding")) {
      shape.add(dim);
    }
    return shape;
  }
}
