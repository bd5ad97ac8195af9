package io.github.lstm4j.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The circles of a graph: its strongly connected components of several nodes. */
final class Circles {
  private final Map<String, Set<String>> arrows;
  private final Map<String, Integer> found = new TreeMap<>(); // the order of discovery
  private final Map<String, Integer> lowest =
      new TreeMap<>(); // of what can be reached on the stack
  private final List<String> stack = new ArrayList<>();
  private final List<Set<String>> circles = new ArrayList<>();

  private Circles(Map<String, Set<String>> arrows) {
    this.arrows = arrows;
  }

  /** All circles, each with its nodes in order; R. Tarjan, SIAM J. Comput. 1 (1972) 146. */
  static List<Set<String>> of(Map<String, Set<String>> arrows) {
    Circles search = new Circles(arrows);
    for (String node : new TreeSet<>(arrows.keySet())) {
      if (!search.found.containsKey(node)) {
        search.visit(node);
      }
    }
    return search.circles;
  }

  private void visit(String node) {
    found.put(node, found.size());
    lowest.put(node, found.get(node));
    stack.add(node);
    for (String next : arrows.getOrDefault(node, Set.of())) {
      if (!found.containsKey(next)) {
        visit(next);
        lowest.merge(node, lowest.get(next), Math::min);
      } else if (stack.contains(next)) {
        lowest.merge(node, found.get(next), Math::min);
      }
    }
    if (lowest.get(node).equals(found.get(node))) {
      List<String> members = stack.subList(stack.indexOf(node), stack.size());
      if (members.size() > 1) {
        circles.add(new TreeSet<>(members));
      }
      members.clear();
    }
  }
}
