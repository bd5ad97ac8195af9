package io.github.lstm4j.model;

import io.github.lstm4j.compile.Plan;
import io.github.lstm4j.runtime.Binding;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/** A model's plans that are bound for who feeds and times them without its loops. */
final class Executables {
  private final Map<Plan.Key, Binding> bound = new HashMap<>();

  synchronized Binding get(Plan plan, Function<Plan, Binding> bind) {
    return bound.computeIfAbsent(plan.key(), k -> bind.apply(plan));
  }

  synchronized void free(Predicate<Plan.Key> which) {
    List<Plan.Key> keys = bound.keySet().stream().filter(which).toList();
    keys.forEach(key -> bound.remove(key).close());
  }
}
