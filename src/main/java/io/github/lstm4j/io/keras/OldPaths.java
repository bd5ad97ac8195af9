package io.github.lstm4j.io.keras;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The paths of weights in {@code .keras} files of Keras 2.12 and 2.13, and of those that were
 * written on Windows: {@code _layer_checkpoint_dependencies\lstm_2\cell} is today's {@code
 * layers/lstm_1/cell}. Keras then counted a layer with weights twice, and joined names by the
 * system's separator.
 */
final class OldPaths {
  private static final String OLD_LAYERS = "_layer_checkpoint_dependencies/";
  private static final String LAYERS = "layers/";
  private static final Pattern LAYER = Pattern.compile(LAYERS + "([^/]+?)(?:_(\\d{1,9}))?(/.*)?");

  private OldPaths() {}

  /** The variables of a file by today's paths. */
  static WeightTree today(WeightTree tree) {
    if (tree.paths().stream().noneMatch(p -> p.contains("\\") || p.startsWith(OLD_LAYERS))) {
      return tree;
    }
    Map<String, TreeSet<Integer>> numbers = new TreeMap<>(); // of each class, in the file
    for (String path : tree.paths()) {
      Matcher m = LAYER.matcher(joined(path));
      if (m.matches()) {
        numbers.computeIfAbsent(m.group(1), c -> new TreeSet<>()).add(number(m));
      }
    }
    Map<String, String> names = new HashMap<>(); // today's by the file's
    numbers.forEach(
        (className, used) -> {
          List<Integer> inOrder = List.copyOf(used);
          for (int i = 0; i < inOrder.size(); i++) {
            names.put(name(className, inOrder.get(i)), name(className, i));
          }
        });
    WeightTree today = new WeightTree();
    for (String path : tree.paths()) {
      WeightTree.Variables variables = tree.find(path).orElseThrow();
      Matcher m = LAYER.matcher(joined(path));
      today.put(
          m.matches()
              ? LAYERS
                  + names.get(name(m.group(1), number(m)))
                  + (m.group(3) == null ? "" : m.group(3))
              : joined(path),
          variables.name(),
          variables.arrays());
    }
    return today;
  }

  private static String joined(String path) {
    String joined = path.replace('\\', '/');
    return joined.startsWith(OLD_LAYERS) ? LAYERS + joined.substring(OLD_LAYERS.length()) : joined;
  }

  private static int number(Matcher layer) {
    return layer.group(2) == null ? 0 : Integer.parseInt(layer.group(2));
  }

  private static String name(String className, int number) {
    return number == 0 ? className : className + "_" + number;
  }
}
