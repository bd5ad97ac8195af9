package io.github.lstm4j.training;

import io.github.lstm4j.compile.Goal.Objective;
import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.names.Names;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * What {@code compile} was given for each output of a model: losses, which are added up, each times
 * its {@linkplain Loss#withWeight weight}, and metrics.
 *
 * <p>Logs of a model of one output have {@code loss} and its metrics' names. Of several they have
 * {@code loss}, the sum; {@code out_loss} of the output {@code out}, without its weight, if more
 * than one has a loss; and {@code out_mae}: sorted by name, as Keras's. Of outputs that one layer
 * gives, which are called the same, {@code out_loss} is that of the last, and {@code out_mae_1}
 * follows {@code out_mae}.
 */
public final class Objectives {
  private static final String LOSS = "loss";

  private final List<Objective> list;

  private Objectives(List<Objective> list) {
    this.list = List.copyOf(list);
  }

  private static Objectives checked(String model, List<Objective> list) {
    list.forEach(o -> requireFit(model, o));
    return new Objectives(list);
  }

  private static void requireFit(String model, Objective o) {
    o.metrics()
        .forEach(
            (name, m) -> {
              if (!m.fits(o.measured())) {
                throw new IllegalArgumentException(
                    model
                        + ": loss "
                        + o.measured().name()
                        + " and metric "
                        + o.key(name)
                        + " need different targets: class numbers, rows as wide as the output, or"
                        + " less for quantiles, which must then be the same");
              }
            });
  }

  /**
   * Those of a model of which one output is trained.
   *
   * @param metrics by what logs call them
   * @throws IllegalArgumentException if loss and metrics need different targets
   */
  public static Objectives of(String model, Loss loss, Map<String, Metric> metrics) {
    Objects.requireNonNull(loss, "loss");
    return checked(model, List.of(new Objective(0, "", loss, metrics)));
  }

  /**
   * Those of a model of several outputs, in their order.
   *
   * @param outputs their names
   * @param losses null for an output without
   * @param metrics of each output, by what logs call them behind its name
   * @throws IllegalArgumentException if there is no loss, or loss and metrics of one output need
   *     different targets
   */
  public static Objectives of(
      String model, List<String> outputs, List<Loss> losses, List<Map<String, Metric>> metrics) {
    List<Objective> list = new ArrayList<>();
    Map<String, Map<String, Metric>> ofName = new HashMap<>(); // outputs of one layer are called so
    for (int i = 0; i < outputs.size(); i++) {
      String name = outputs.get(i);
      if (losses.get(i) == null && metrics.get(i).isEmpty()) {
        continue;
      }
      Map<String, Metric> all = ofName.computeIfAbsent(name, n -> new LinkedHashMap<>());
      Set<String> before = Set.copyOf(all.keySet());
      metrics.get(i).forEach((log, m) -> m.addTo(all, log));
      Map<String, Metric> own = new LinkedHashMap<>(all);
      own.keySet().removeAll(before);
      String shown = outputs.size() == 1 ? "" : name;
      list.add(new Objective(i, shown, losses.get(i), own));
    }
    if (list.stream().allMatch(o -> o.loss() == null)) {
      throw new IllegalArgumentException(
          model + ": compile needs a loss for at least one of the outputs " + outputs);
    }
    return checked(model, list);
  }

  /** As {@link #of(String, List, List, List)}, with metrics as logs call them by themselves. */
  public static Objectives inOrder(
      String model, List<String> outputs, List<Loss> losses, List<List<Metric>> metrics) {
    requireOneEach(model, "losses", losses.size(), outputs);
    if (!metrics.isEmpty()) {
      requireOneEach(model, "lists of metrics", metrics.size(), outputs);
    }
    List<Map<String, Metric>> named = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      named.add(metrics.isEmpty() ? Map.of() : named(metrics.get(i)));
    }
    return of(model, outputs, losses, named);
  }

  /** As {@link #inOrder}, by the outputs' names. */
  public static Objectives byName(
      String model,
      List<String> outputs,
      Map<String, Loss> losses,
      Map<String, List<Metric>> metrics) {
    requireOutputs(model, "losses", outputs, losses.keySet());
    requireOutputs(model, "metrics", outputs, metrics.keySet());
    List<Loss> ofEach = new ArrayList<>();
    outputs.forEach(o -> ofEach.add(losses.get(o)));
    return inOrder(
        model,
        outputs,
        ofEach,
        outputs.stream().map(o -> metrics.getOrDefault(o, List.of())).toList());
  }

  private static void requireOneEach(String model, String what, int got, List<String> outputs) {
    if (got != outputs.size()) {
      throw new IllegalArgumentException(
          model
              + ": compile: expected "
              + outputs.size()
              + " "
              + what
              + " for the outputs "
              + outputs
              + ", got "
              + got);
    }
  }

  private static void requireOutputs(
      String model, String what, List<String> outputs, Set<String> given) {
    for (String name : given) {
      if (!outputs.contains(name)) {
        throw new IllegalArgumentException(
            model
                + ": compile: "
                + what
                + ": no output is called "
                + Printable.quoted(name)
                + "; "
                + Names.thereAre(name, outputs));
      }
    }
  }

  /**
   * One metric for each output.
   *
   * @throws IllegalArgumentException if there are more or fewer, but for none
   */
  public static List<List<Metric>> oneEach(
      String model, List<String> outputs, List<Metric> metrics) {
    if (!metrics.isEmpty()) {
      requireOneEach(model, "metrics, one each,", metrics.size(), outputs);
    }
    return metrics.stream().map(List::of).toList();
  }

  /** Metrics by what logs call them. */
  public static Map<String, Metric> named(List<Metric> metrics) {
    Map<String, Metric> byName = new LinkedHashMap<>();
    metrics.forEach(m -> m.addTo(byName, m.logName()));
    return byName;
  }

  /** Those of outputs that have a loss or metrics, in the order of the outputs. */
  public List<Objective> list() {
    return list;
  }

  /** With the metrics that they are for the outputs of a built model. */
  Objectives resolve(LayerGraph graph) {
    return new Objectives(
        list.stream().map(o -> o.resolve(graph.outputShape(o.output()).last())).toList());
  }

  /** Whether all outputs have timesteps. */
  boolean areOfSequences(LayerGraph graph) {
    return list.stream().allMatch(o -> graph.outputShape(o.output()).rank() == 3);
  }

  /** The names of their outputs, of a model whose outputs are called so. */
  List<String> outputs(List<String> all) {
    return list.stream().map(o -> all.get(o.output())).toList();
  }

  /** The first loss. */
  public Loss loss() {
    return losses().get(0).loss();
  }

  private List<Objective> losses() {
    return list.stream().filter(o -> o.loss() != null).toList();
  }

  /** All metrics, by what logs call them. */
  public Map<String, Metric> metrics() {
    Map<String, Metric> all = new LinkedHashMap<>();
    list.forEach(o -> o.metrics().forEach((name, m) -> all.put(o.key(name), m)));
    return Collections.unmodifiableMap(all);
  }

  private boolean isOfOne() {
    return list.get(0).name().isEmpty();
  }

  /** The keys of an epoch's logs. */
  Set<String> keys(boolean validated) {
    Map<String, Double> logs = empty();
    logs.put(LOSS, 0.0);
    if (losses().size() > 1) {
      losses().forEach(o -> logs.put(o.key(LOSS), 0.0));
    }
    metrics().forEach((name, m) -> m.keys(name).forEach(k -> logs.put(k, 0.0)));
    Set<String> keys = new LinkedHashSet<>(logs.keySet());
    if (validated) {
      logs.keySet().forEach(k -> keys.add("val_" + k));
    }
    return keys;
  }

  private Map<String, Double> empty() {
    return isOfOne() ? new LinkedHashMap<>() : new TreeMap<>();
  }

  /**
   * Means of totals.
   *
   * @param totals of each objective: of its loss, then of its metrics; behind them that of the
   *     layers' penalties, if there are any
   */
  Map<String, Double> logs(List<Tensor> totals, String prefix) {
    Map<String, Double> logs = empty();
    if (totals.isEmpty()) {
      return logs;
    }
    logs.put(prefix + LOSS, 0.0); // its place
    boolean each = losses().size() > 1;
    double sum = 0;
    for (int i = 0; i < list.size(); i++) {
      Objective o = list.get(i);
      FloatBuffer pairs = FloatBuffer.wrap(totals.get(i).data());
      if (o.loss() != null) {
        double mean = Metric.mean(next(pairs, Metric.MEAN_STATE));
        sum += isOfOne() ? mean : mean * o.loss().weight();
        if (each) {
          logs.put(prefix + o.key(LOSS), mean);
        }
      }
      o.metrics()
          .forEach(
              (name, m) -> {
                double[] state = next(pairs, m.stateShape());
                List<String> keys = m.keys(o.key(name));
                for (int k = 0; k < keys.size(); k++) {
                  logs.put(prefix + keys.get(k), m.result(state, k));
                }
              });
    }
    if (totals.size() > list.size()) {
      FloatBuffer penalties = FloatBuffer.wrap(totals.get(list.size()).data());
      sum += Metric.mean(next(penalties, Metric.MEAN_STATE));
    }
    logs.put(prefix + LOSS, sum);
    return logs;
  }

  /** The next state; each number is a sum of two floats. */
  private static double[] next(FloatBuffer pairs, Shape shape) {
    double[] state = new double[shape.size()];
    for (int i = 0; i < state.length; i++) {
      state[i] = (double) pairs.get() + pairs.get();
    }
    return state;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Objectives other && list.equals(other.list);
  }

  @Override
  public int hashCode() {
    return list.hashCode();
  }

  @Override
  public String toString() {
    return list.toString();
  }
}
