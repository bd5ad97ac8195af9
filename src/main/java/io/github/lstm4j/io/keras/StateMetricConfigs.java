package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.metrics.AtConstraint;
import io.github.lstm4j.metrics.Auc;
import io.github.lstm4j.metrics.Confusion;
import io.github.lstm4j.metrics.FBeta;
import io.github.lstm4j.metrics.R2;
import io.github.lstm4j.metrics.StateMetric;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Metrics with a state, to and from Keras's configurations. */
final class StateMetricConfigs {
  private static final Set<String> OURS =
      Set.of("SymmetricMeanAbsolutePercentageError", "MeanAbsoluteScaledError", "IntervalCoverage");

  private StateMetricConfigs() {}

  /**
   * An entry.
   *
   * @param c its name and dtype, to which the options are added
   */
  static Map<String, Object> write(StateMetric metric, Map<String, Object> c) {
    if (metric instanceof Auc a) {
      boolean even = a.equals(a.withEvenThresholds(a.count()));
      c.put("num_thresholds", a.count());
      c.put("curve", a.curve().name());
      c.put("summation_method", lower(a.summation()));
      c.put("thresholds", even ? null : decimals(a.thresholds()));
      c.put("multi_label", a.multiLabel());
      c.put("num_labels", a.multiLabel() && a.labels() != 0 ? a.labels() : null);
      c.put("label_weights", a.labelWeights().isEmpty() ? null : decimals(a.labelWeights()));
      c.put("from_logits", a.fromLogits());
    } else if (metric instanceof AtConstraint m) {
      c.put("num_thresholds", m.thresholds());
      c.put(m.kind().constrained(), Fields.decimal(m.value()));
      c.put("class_id", m.classId());
    } else if (metric instanceof StateMetric.CosineSimilarity m) {
      c.put("axis", m.axis());
    } else if (metric instanceof Confusion m) {
      List<Double> thresholds = decimals(m.thresholds());
      c.put(
          "thresholds",
          thresholds.isEmpty() ? null : thresholds.size() == 1 ? thresholds.get(0) : thresholds);
      if (hasColumns(m)) {
        c.put("top_k", m.topK());
        c.put("class_id", m.classId());
      }
    } else if (metric instanceof FBeta f) {
      c.put("average", f.average() == FBeta.Average.NONE ? null : lower(f.average()));
      if (f.beta() != 1) {
        c.put("beta", Fields.decimal(f.beta()));
      }
      c.put("threshold", f.threshold() == null ? null : Fields.decimal(f.threshold()));
    } else if (metric instanceof R2 r) {
      c.put("class_aggregation", lower(r.aggregation()));
      c.put("num_regressors", r.regressors());
    } else if (metric instanceof StateMetric.Mase m) {
      c.put("scale", Fields.decimal(m.scale()));
    } else if (metric instanceof StateMetric.Coverage m) {
      c.put("quantiles", m.quantiles());
    }
    String className = metric.className();
    Map<String, Object> entry =
        LayerConfigs.entry(metric.isOfKeras() ? "keras.metrics" : null, className, c);
    if (!metric.isOfKeras()) {
      entry.put("registered_name", LossConfigs.OURS + className);
    }
    return entry;
  }

  private static List<Double> decimals(List<Float> numbers) {
    return numbers.stream().map(Fields::decimal).toList();
  }

  private static boolean hasColumns(Confusion m) {
    return m.kind() == Confusion.Kind.PRECISION || m.kind() == Confusion.Kind.RECALL;
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** Whether an entry is of a metric that we have and Keras has not. */
  static boolean isOurs(Object entry) {
    Object className = map(entry).get("class_name");
    return (LossConfigs.OURS + className).equals(map(entry).get("registered_name"))
        && OURS.contains(className);
  }

  /**
   * A metric.
   *
   * @return null if the class is none of them
   */
  static StateMetric read(Object entry, String className, Fields c) {
    if (isOurs(entry)) {
      return switch (className) {
        case "MeanAbsoluteScaledError" -> new StateMetric.Mase(c.number("scale", 0));
        case "IntervalCoverage" -> new StateMetric.Coverage(c.integer("quantiles", 0));
        default -> new StateMetric.Smape();
      };
    }
    return switch (className) {
      case "AUC" -> auc(c);
      case "F1Score", "FBetaScore" -> fBeta(c);
      case "R2Score" -> {
        R2.Aggregation all = one(c, "class_aggregation", R2.Aggregation.UNIFORM_AVERAGE);
        yield new R2(all, c.integer("num_regressors", 0), 0);
      }
      case "CosineSimilarity" -> new StateMetric.CosineSimilarity(c.integer("axis", -1));
      default -> ofCounts(className, c);
    };
  }

  private static StateMetric auc(Fields c) {
    int count = c.integer("num_thresholds", 200);
    Auc auc =
        new Auc(
            count,
            one(c, "curve", Auc.Curve.ROC),
            one(c, "summation_method", Auc.Summation.INTERPOLATION),
            c.flag("from_logits"));
    if (c.get("thresholds") != null) {
      auc = auc.withThresholds(numbers(c, "thresholds"));
    }
    boolean multiLabel = c.flag("multi_label");
    int labels = c.integer("num_labels", 0);
    if (labels != 0 && !multiLabel) {
      throw c.refused("num_labels", labels + " without multi_label");
    }
    return auc.withLabels(multiLabel, numbers(c, "label_weights"), labels);
  }

  private static StateMetric fBeta(Fields c) {
    FBeta.Average average =
        c.has("average") && c.get("average") == null
            ? FBeta.Average.NONE
            : one(c, "average", FBeta.Average.NONE);
    c.take("average");
    return new FBeta(average, c.number("beta", 1), number(c, "threshold"), 0);
  }

  private static StateMetric ofCounts(String className, Fields c) {
    for (Confusion.Kind kind : Confusion.Kind.values()) {
      if (new Confusion(kind).className().equals(className)) {
        List<Float> thresholds = numbers(c, "thresholds");
        return new Confusion(
            kind, thresholds, c.integer("top_k", null), c.integer("class_id", null));
      }
    }
    for (AtConstraint.Kind kind : AtConstraint.Kind.values()) {
      if (kind.className().equals(className)) {
        float value = c.number(kind.constrained(), Float.NaN);
        int thresholds = c.integer("num_thresholds", 200);
        return new AtConstraint(kind, value, thresholds, c.integer("class_id", null));
      }
    }
    return null;
  }

  /** A number; null where there is none. */
  private static Float number(Fields c, String key) {
    Object given = c.get(key);
    List<Float> numbers = numbers(c, key);
    if (numbers.size() > 1) {
      throw c.refused(key, given);
    }
    return numbers.isEmpty() ? null : numbers.get(0);
  }

  /** Numbers in a list, in a tensor that Keras has written, or one alone; empty for null. */
  private static List<Float> numbers(Fields c, String key) {
    Object given = c.take(key);
    boolean isTensor =
        Set.of("__tensor__", "__numpy__").contains(Objects.toString(map(given).get("class_name")));
    Object all = isTensor ? map(map(given).get("config")).get("value") : given;
    List<Float> numbers = new ArrayList<>();
    for (Object one : all instanceof List<?> list ? list : Collections.singletonList(all)) {
      if (one instanceof Number n) {
        numbers.add(n.floatValue());
      } else if (all != null) {
        throw c.refused(key, given);
      }
    }
    return numbers;
  }

  private static <E extends Enum<E>> E one(Fields c, String key, E otherwise) {
    return c.has(key) ? one(c, key, otherwise.getDeclaringClass()) : otherwise;
  }

  /** The constant of that name. */
  private static <E extends Enum<E>> E one(Fields c, String key, Class<E> type) {
    Object given = c.take(key);
    for (E e : type.getEnumConstants()) {
      if (e.name().equalsIgnoreCase(Objects.toString(given))) {
        return e;
      }
    }
    throw c.refused(key, given);
  }
}
