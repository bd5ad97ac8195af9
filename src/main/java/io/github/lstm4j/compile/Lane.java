package io.github.lstm4j.compile;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.layers.Stateful;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.runtime.Binding;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Memory of a model's plans for one thread at a time: what was bound here stays for the next one
 * who takes the lane. It has totals of its own, so that several threads may evaluate at once.
 */
public final class Lane implements AutoCloseable {
  private final PlanCache cache;
  private final Map<Plan.Key, Bound> bound = new HashMap<>();
  private List<Weight> totals = List.of();
  private final Map<Carrier, List<Weight>> carried = new HashMap<>();
  private Thread taker;

  /** A layer that carries states on, for a batch of a size. */
  private record Carrier(Stateful layer, Shape state) {}

  /** A plan with its memory. */
  private static final class Bound {
    final Plan plan;
    final Binding binding;
    long used;

    Bound(Plan plan, Binding binding) {
      this.plan = plan;
      this.binding = binding;
    }
  }

  Lane(PlanCache cache) {
    this.cache = cache;
  }

  boolean isTakenBy(Thread thread) {
    return taker == thread;
  }

  void takenBy(Thread thread) {
    taker = thread;
  }

  /** The plan bound to memory, with this lane's totals. */
  public Binding binding(Plan.Key key, Plan plan) {
    return binding(key, plan, null);
  }

  /**
   * As above, on that backend.
   *
   * @param on null: what the model chooses
   */
  public Binding binding(Plan.Key key, Plan plan, Backend on) {
    synchronized (cache) {
      Bound b = bound.get(key);
      boolean elsewhere = b != null && on != null && b.binding.backend() != on;
      if (b != null && (b.plan != plan || b.binding.failed() || elsewhere)) {
        bound.remove(key).binding.close();
        b = null;
      }
      if (b == null) {
        try {
          Backend backend = on == null ? cache.choose(plan.program()) : on;
          cache.makeRoom(plan.program().arenaBytes(), backend, this);
          b = new Bound(plan, plan.bind(backend, ownOf(plan)));
          bound.put(key, b);
        } finally {
          cache.count();
        }
      }
      b.used = cache.nextUse();
      return b.binding;
    }
  }

  /** What stands for the plan's totals and carried states. */
  private Map<Weight, Weight> ownOf(Plan plan) {
    Map<Weight, Weight> instead = totalsOf(plan);
    plan.sessionStates()
        .forEach(
            (layer, patterns) -> {
              List<Weight> own =
                  carried.computeIfAbsent(
                      new Carrier(layer, patterns.get(0).shape()),
                      c -> patterns.stream().map(w -> Weight.slot(w.name(), w.shape())).toList());
              for (int i = 0; i < own.size(); i++) {
                instead.put(patterns.get(i), own.get(i));
              }
            });
    return instead;
  }

  /** Sets the states that plans of parts of sequences carry on to zero. */
  public void resetCarried() {
    carried.values().forEach(states -> states.forEach(s -> s.assign(Tensor.zeros(s.shape()))));
  }

  /** What stands for the plan's totals: the same for training and for testing. */
  private Map<Weight, Weight> totalsOf(Plan plan) {
    Map<Weight, Weight> instead = new HashMap<>();
    if (!plan.totals().isEmpty()) {
      boolean fit = totals.size() == plan.totals().size();
      for (int i = 0; fit && i < totals.size(); i++) {
        fit = totals.get(i).shape().equals(plan.totals().get(i).shape());
      }
      if (!fit) {
        totals = plan.totals().stream().map(w -> Weight.slot(w.name(), w.shape())).toList();
      }
      for (int i = 0; i < totals.size(); i++) {
        instead.put(plan.totals().get(i), totals.get(i));
      }
    }
    return instead;
  }

  /** Sets the totals to zero. */
  public void resetTotals() {
    totals.forEach(t -> t.assign(Tensor.zeros(t.shape())));
  }

  /**
   * Adds to the totals what others have measured.
   *
   * @param plan has totals of the same shapes
   * @param more for each total its numbers
   */
  public void add(Plan plan, List<double[]> more) {
    totalsOf(plan);
    for (int i = 0; i < more.size(); i++) {
      Tensor now = totals.get(i).value();
      for (int k = 0; k < more.get(i).length; k++) {
        double sum = more.get(i)[k] + now.data()[2 * k] + now.data()[2 * k + 1];
        now.data()[2 * k] = (float) sum;
        now.data()[2 * k + 1] = Float.isFinite((float) sum) ? (float) (sum - (float) sum) : 0;
      }
      totals.get(i).assign(now);
    }
  }

  /** The totals since they were set to zero; waits for the device. */
  public List<Tensor> totals() {
    return totals.stream().map(Weight::value).toList();
  }

  long bytes() {
    return bound.values().stream().mapToLong(b -> b.binding.bytes()).sum();
  }

  boolean isEmpty() {
    return bound.isEmpty();
  }

  /** When that was used which was not used for the longest time. */
  long oldest() {
    return bound.values().stream().mapToLong(b -> b.used).min().orElse(Long.MAX_VALUE);
  }

  void freeOldest() {
    long oldest = oldest();
    bound.values().removeIf(b -> b.used == oldest && closed(b));
  }

  private static boolean closed(Bound b) {
    b.binding.close();
    return true;
  }

  void forget(Predicate<Plan.Mode> which) {
    Iterator<Map.Entry<Plan.Key, Bound>> all = bound.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Plan.Key, Bound> e = all.next();
      if (which.test(e.getKey().mode())) {
        e.getValue().binding.close();
        all.remove();
      }
    }
  }

  void free() {
    List<Bound> all = new ArrayList<>(bound.values());
    bound.clear();
    all.forEach(b -> b.binding.close());
  }

  /** Gives the lane back; its memory stays for the next one. */
  @Override
  public void close() {
    cache.giveBack(this);
  }
}
