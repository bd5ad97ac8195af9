package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.layers.KerasNames;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.metrics.StateMetric;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Metrics, to and from Keras's configurations. */
final class MetricConfigs {
  /** Keras's metric that is the mean of a function with options. */
  private static final String WRAPPER = "MeanMetricWrapper";

  /** The functions of losses that Keras has a class of metrics for, which gives the same. */
  private static final Set<String> KERAS_METRICS =
      Set.of("Hinge", "SquaredHinge", "CategoricalHinge", "KLDivergence");

  private MetricConfigs() {}

  // ---------------------------------------------------------------- writing

  /** Those that sample weights count for, or the others, or null if there are none. */
  static List<Object> write(Map<String, Metric> metrics, boolean weighted) {
    List<Object> entries = new ArrayList<>();
    metrics.forEach(
        (name, m) -> {
          if (m.isWeighted() == weighted) {
            entries.add(write(name, m));
          }
        });
    return entries.isEmpty() ? null : entries;
  }

  private static Map<String, Object> write(String name, Metric metric) {
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("name", name);
    c.put("dtype", "float32");
    switch (metric.kind()) {
      case MEAN -> {
        return LossConfigs.isOfUser(metric.loss())
            ? LossConfigs.write(metric.loss())
            : writeMean(metric.loss(), c);
      }
      case OWN -> {
        if (metric.ofLibrary() != null) {
          return StateMetricConfigs.write(metric.ofLibrary(), c);
        }
        c.remove("dtype");
        Map<String, Object> e = LayerConfigs.entry(null, metric.className(), c);
        e.put("registered_name", metric.className());
        return e;
      }
      case BINARY_ACCURACY -> {
        if (metric.threshold() != Metric.BINARY_ACCURACY.threshold()) {
          c.put("threshold", Fields.decimal(metric.threshold()));
        }
      }
      case TOP_K_CATEGORICAL_ACCURACY, SPARSE_TOP_K_CATEGORICAL_ACCURACY -> c.put("k", metric.k());
      default -> {}
    }
    return LayerConfigs.entry("keras.metrics", metric.className(), c);
  }

  /** Keras has classes for most losses, and for these most options. */
  private static Map<String, Object> writeMean(Loss loss, Map<String, Object> c) {
    boolean binaryAlongAnAxis = loss.kind() == Loss.Kind.BINARY_CROSSENTROPY && loss.axis() != -1;
    boolean function =
        loss.kind() == Loss.Kind.HUBER
            || loss.kind() == Loss.Kind.QUANTILE
            || binaryAlongAnAxis
            || (loss.ofLibrary() != null && !KERAS_METRICS.contains(loss.ofLibrary().className()));
    if (function) {
      c.put("fn", LossConfigs.function(loss));
    }
    LossConfigs.options(loss, c);
    return LayerConfigs.entry("keras.metrics", function ? WRAPPER : Metric.of(loss).className(), c);
  }

  // ---------------------------------------------------------------- reading

  /**
   * Adds the metrics of a list to others.
   *
   * @param value names and entries, which may lie in lists, and in maps by the output's name
   * @param as what is made of each
   */
  static void read(Object value, UnaryOperator<Metric> as, Map<String, Metric> metrics) {
    each(value, one -> read(one, metrics, as));
  }

  private static void each(Object value, Consumer<Object> action) {
    if (value instanceof List<?> list) {
      list.forEach(one -> each(one, action));
    } else if (value instanceof Map<?, ?> && "__tuple__".equals(map(value).get("class_name"))) {
      each(map(value).get("config"), action);
    } else if (value instanceof Map<?, ?> && !map(value).containsKey("class_name")) {
      each(List.copyOf(new TreeMap<>(map(value)).values()), action);
    } else if (value != null) {
      action.accept(value);
    }
  }

  private static void read(Object value, Map<String, Metric> metrics, UnaryOperator<Metric> as) {
    if (!StateMetricConfigs.isOurs(value)) {
      LayerConfigs.requireOfKeras(map(value));
    }
    String function = LossConfigs.functionName(value);
    if (value instanceof String name) {
      as.apply(named(name, value)).addTo(metrics, name);
    } else if (function != null) {
      as.apply(named(function, value)).addTo(metrics, function);
    } else {
      String className = Objects.toString(map(value).get("class_name"));
      Fields c = new Fields("metric " + className, map(value).get("config"));
      String called = Objects.toString(c.take("name"), KerasNames.snakeCase(className));
      if (Objects.toString(map(value).get("module"), "").contains("losses")) {
        throw new IllegalArgumentException(
            "the loss " + className + " as metric " + called + " is not supported");
      }
      as.apply(read(value, className, c.dtype())).addTo(metrics, called);
      c.end();
    }
  }

  private static Metric named(String name, Object entry) {
    Metric metric = Metric.of(name);
    if (metric.kind() == Metric.Kind.MEAN) {
      LossConfigs.checkOrigin(metric.loss(), name, entry);
    }
    return metric;
  }

  private static Metric read(Object entry, String className, Fields c) {
    StateMetric state = StateMetricConfigs.read(entry, className, c);
    if (state != null) {
      return Metric.of(state);
    }
    boolean wrapper = className.equals(WRAPPER);
    Object fn = wrapper ? c.take("fn") : null;
    String function = LossConfigs.functionName(fn);
    Metric d = function != null ? named(function, fn) : named(className, entry);
    return switch (d.kind()) {
      case MEAN -> Metric.of(LossConfigs.options(d.loss(), c));
      case BINARY_ACCURACY -> Metric.binaryAccuracy(c.number("threshold", d.threshold()));
      case TOP_K_CATEGORICAL_ACCURACY -> Metric.topKCategoricalAccuracy(c.integer("k", d.k()));
      case SPARSE_TOP_K_CATEGORICAL_ACCURACY -> {
        c.only("from_sorted_ids", false);
        yield Metric.sparseTopKCategoricalAccuracy(c.integer("k", d.k()));
      }
      case ROOT_MEAN_SQUARED_ERROR, CATEGORICAL_ACCURACY, SPARSE_CATEGORICAL_ACCURACY -> d;
      case OWN -> throw new IllegalStateException("a name stands for " + className);
      case ACCURACY ->
          throw new IllegalArgumentException(
              "metric " + className + " (equality of numbers) is not supported");
    };
  }
}
