package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.metrics.Auc;
import io.github.lstm4j.metrics.Confusion;
import io.github.lstm4j.metrics.FBeta;
import io.github.lstm4j.metrics.R2;
import io.github.lstm4j.metrics.StateMetric;
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
      c.put("num_thresholds", a.thresholds());
      c.put("curve", a.curve().name());
      c.put("summation_method", lower(a.summation()));
      c.put("from_logits", a.fromLogits());
    } else if (metric instanceof Confusion m) {
      c.put("thresholds", m.threshold() == null ? null : Fields.decimal(m.threshold()));
      if (hasColumns(m)) {
        c.put("top_k", m.topK());
        c.put("class_id", m.classId());
      }
    } else if (metric instanceof FBeta f) {
      c.put("average", lower(f.average()));
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
      case "CosineSimilarity" -> {
        c.only("axis", -1);
        yield new StateMetric.CosineSimilarity();
      }
      default -> confusion(className, c);
    };
  }

  private static StateMetric auc(Fields c) {
    c.only("multi_label", false).only("num_labels").only("label_weights").only("thresholds");
    return new Auc(
        c.integer("num_thresholds", 200),
        one(c, "curve", Auc.Curve.ROC),
        one(c, "summation_method", Auc.Summation.INTERPOLATION),
        c.flag("from_logits"));
  }

  private static StateMetric fBeta(Fields c) {
    FBeta.Average average = one(c, "average", FBeta.Average.class);
    return new FBeta(average, c.number("beta", 1), number(c, "threshold"), 0);
  }

  private static StateMetric confusion(String className, Fields c) {
    for (Confusion.Kind kind : Confusion.Kind.values()) {
      if (new Confusion(kind).className().equals(className)) {
        Float threshold = number(c, "thresholds");
        return new Confusion(
            kind, threshold, c.integer("top_k", null), c.integer("class_id", null));
      }
    }
    return null;
  }

  /** A number, which may lie alone in a list; null where there is none. */
  private static Float number(Fields c, String key) {
    Object given = c.take(key);
    Object one = given instanceof List<?> list && list.size() == 1 ? list.get(0) : given;
    if (one == null || one instanceof Number) {
      return one == null ? null : ((Number) one).floatValue();
    }
    throw c.refused(key, given);
  }

  private static <E extends Enum<E>> E one(Fields c, String key, E otherwise) {
    return c.has(key) ? one(c, key, otherwise.getDeclaringClass()) : otherwise;
  }

  /** The constant of that name; null, which asks for a score of each class, is refused. */
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
