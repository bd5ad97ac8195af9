package io.github.lstm4j.io.safetensors;

import io.github.lstm4j.compile.ModelLayer;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Cell;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Recurrent;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which layers of a model are which modules of a state dict. What is said is taken; then modules
 * that are called as a layer; then those that only one layer, or row of recurrent layers, can be.
 * What stays open is refused.
 */
final class TorchModules {
  private static final Pattern RECURRENT =
      Pattern.compile("(.*\\.)?((?:weight|bias)_(?:ih|hh|hr))(?:_l(\\d{1,4}))?(_reverse)?");

  private static final String COUNTER = "num_batches_tracked"; // of a training

  /** A layer with weights, or the cells of a recurrent one, by number and direction. */
  private record Unit(Layer layer, int place, List<List<TorchLayout>> levels) {
    boolean isRecurrent() {
      return layer instanceof Recurrent<?> || layer instanceof Bidirectional;
    }

    int tensors() {
      return levels.stream().flatMap(List::stream).mapToInt(l -> l.shapes().size()).sum();
    }
  }

  /**
   * A tensor of a module.
   *
   * @param name in the module: {@code weight_ih_l0_reverse}
   * @param part which of the layout's it is: {@code weight_ih}
   */
  record Part(String name, String part, Shape shape, TorchLayout layout) {}

  private final Map<Layer, Unit> units = new LinkedHashMap<>(); // in the model's order
  private final List<Unit> places = new ArrayList<>();

  /**
   * @throws IllegalArgumentException if a layer of the model is none of PyTorch's; names it
   */
  TorchModules(Model model) {
    add(model.layers());
    if (units.isEmpty()) {
      throw new IllegalArgumentException(model.name() + ": the model has no weights");
    }
  }

  private void add(Collection<? extends Layer> layers) {
    for (Layer layer : layers) {
      if (layer.weights().isEmpty() || units.containsKey(layer)) {
        continue;
      }
      if (layer instanceof ModelLayer || layer instanceof TimeDistributed) {
        add(layer.inner());
      } else {
        Unit unit = new Unit(layer, places.size(), levels(layer));
        units.put(layer, unit);
        places.add(unit);
      }
    }
  }

  private static List<List<TorchLayout>> levels(Layer layer) {
    if (layer instanceof Bidirectional both) {
      return merged(cells(both.forward(), true), cells(both.backward(), true));
    } else if (layer instanceof Recurrent<?> recurrent) {
      return cells(recurrent, false);
    }
    return List.of(List.of(TorchLayout.of(layer)));
  }

  private static List<List<TorchLayout>> cells(Recurrent<?> layer, boolean oneOfTwo) {
    if (layer.goesBackwards() && !oneOfTwo) {
      throw new IllegalArgumentException(
          layer + ": no module of PyTorch goes backwards alone; use a Bidirectional");
    }
    List<List<TorchLayout>> all = new ArrayList<>();
    for (Cell cell : layer.cells()) {
      all.add(List.of(TorchLayout.of((Layer) cell)));
    }
    return all;
  }

  private static List<List<TorchLayout>> merged(
      List<List<TorchLayout>> ahead, List<List<TorchLayout>> back) {
    List<List<TorchLayout>> all = new ArrayList<>();
    for (int i = 0; i < ahead.size(); i++) {
      all.add(List.of(ahead.get(i).get(0), back.get(i).get(0)));
    }
    return all;
  }

  // ---------------------------------------------------------------- ours

  /** The layers with weights, in the model's order. */
  List<Layer> layers() {
    return List.copyOf(units.keySet());
  }

  private Unit unit(Layer layer) {
    Unit unit = units.get(layer);
    if (unit == null) {
      throw new IllegalArgumentException(
          layer + ": is no layer with weights of this model; there are " + layers());
    }
    return unit;
  }

  /** The tensors of a module that these layers are together. */
  List<Part> parts(List<Layer> layers) {
    List<Part> all = new ArrayList<>();
    int level = 0;
    for (Layer layer : layers) {
      Unit unit = unit(layer);
      if (layers.size() > 1 && !unit.isRecurrent()) {
        throw new IllegalArgumentException(
            layer + ": a module of several layers has recurrent ones alone, got " + layers);
      }
      for (List<TorchLayout> directions : unit.levels) {
        for (int d = 0; d < directions.size(); d++) {
          TorchLayout layout = directions.get(d);
          String suffix = unit.isRecurrent() ? "_l" + level + (d == 1 ? "_reverse" : "") : "";
          layout
              .shapes()
              .forEach((part, shape) -> all.add(new Part(part + suffix, part, shape, layout)));
        }
        level++;
      }
    }
    return all;
  }

  // ---------------------------------------------------------------- theirs

  /**
   * The tensors of a file by module, and there by their names in it; without counters of trainings.
   */
  static Map<String, Map<String, String>> modules(List<String> names) {
    Map<String, Map<String, String>> all = new LinkedHashMap<>();
    for (String name : names) {
      Matcher m = RECURRENT.matcher(name);
      String module;
      String own;
      if (m.matches()) {
        module = m.group(1) == null ? "" : m.group(1).substring(0, m.group(1).length() - 1);
        own = // of nn.LSTMCell without a number
            m.group(2)
                + "_l"
                + (m.group(3) == null ? 0 : Integer.parseInt(m.group(3)))
                + (m.group(4) == null ? "" : m.group(4));
      } else {
        int dot = name.lastIndexOf('.');
        module = name.substring(0, Math.max(0, dot));
        own = name.substring(dot + 1);
      }
      if (!own.equals(COUNTER)) {
        all.computeIfAbsent(module, k -> new LinkedHashMap<>()).put(own, name);
      }
    }
    return all;
  }

  /** Whether layers have just these tensors. */
  private boolean fit(List<Layer> layers, Map<String, List<Long>> module) {
    List<Part> parts = parts(layers);
    return parts.size() == module.size()
        && parts.stream().allMatch(p -> dims(p.shape).equals(module.get(p.name)));
  }

  private static List<Long> dims(Shape shape) {
    return Arrays.stream(shape.dims()).mapToObj(d -> (long) d).toList();
  }

  /**
   * The row of layers from one on that has just a module's tensors: that one, or several recurrent
   * ones that come one behind the other; null if there is none.
   */
  private List<Layer> row(Unit first, Map<String, List<Long>> module, Set<Layer> taken) {
    List<Layer> row = new ArrayList<>();
    int tensors = 0;
    for (Unit unit : places.subList(first.place, places.size())) {
      boolean follows = unit.place == first.place || (unit.isRecurrent() && first.isRecurrent());
      if (tensors >= module.size() || !follows || taken.contains(unit.layer)) {
        break;
      }
      row.add(unit.layer);
      tensors += unit.tensors();
    }
    return tensors == module.size() && fit(row, module) ? row : null;
  }

  /** All such rows. */
  private List<List<Layer>> candidates(Map<String, List<Long>> module, Set<Layer> taken) {
    return places.stream().map(u -> row(u, module, taken)).filter(Objects::nonNull).toList();
  }

  /**
   * Which layers each module is.
   *
   * @param said what the user says of some
   * @param modules the dimensions of each module's tensors by their names in it
   * @throws IllegalArgumentException if a module fits no layers, or several, or layers stay without
   *     one; names them, and says what to do
   */
  Map<String, List<Layer>> match(
      Map<String, List<Layer>> said, Map<String, Map<String, List<Long>>> modules) {
    Map<String, List<Layer>> found = new LinkedHashMap<>();
    Set<Layer> taken = new LinkedHashSet<>();
    said.forEach(
        (module, layers) -> {
          if (!modules.containsKey(module)) {
            throw new IllegalArgumentException(
                "there is no module " + module + "; there are " + Printable.text(modules.keySet()));
          }
          take(module, layers, modules.get(module), found, taken);
        });
    for (String module : modules.keySet()) {
      String own = module.substring(module.lastIndexOf('.') + 1);
      for (Unit unit : places) {
        if (!found.containsKey(module)
            && !taken.contains(unit.layer)
            && own.equals(unit.layer.name())) {
          List<Layer> row = row(unit, modules.get(module), taken);
          row = row == null ? meant(unit, modules.get(module)) : row;
          take(module, row, modules.get(module), found, taken);
        }
      }
    }
    for (boolean more = true; more; ) {
      more = false;
      for (String module : modules.keySet()) {
        List<List<Layer>> rows =
            found.containsKey(module) ? List.of() : candidates(modules.get(module), taken);
        if (rows.size() == 1) {
          take(module, rows.get(0), modules.get(module), found, taken);
          more = true;
        }
      }
    }
    requireAll(modules, found, taken);
    return found;
  }

  /** As many layers as a module has levels, if there are so many from this one on. */
  private List<Layer> meant(Unit first, Map<String, List<Long>> module) {
    long levels = module.keySet().stream().filter(n -> n.matches("weight_hh_l\\d+")).count();
    List<Layer> row = new ArrayList<>(List.of(first.layer));
    for (Unit next : places.subList(first.place + 1, places.size())) {
      if (row.size() >= levels || !next.isRecurrent()) {
        break;
      }
      row.add(next.layer);
    }
    return row;
  }

  private String said(List<Layer> layers) {
    return parts(layers).stream()
        .map(p -> p.name + " " + dims(p.shape))
        .collect(Collectors.joining(", "));
  }

  private void take(
      String module,
      List<Layer> layers,
      Map<String, List<Long>> tensors,
      Map<String, List<Layer>> found,
      Set<Layer> taken) {
    if (!fit(layers, tensors)) {
      throw new IllegalArgumentException(
          "module "
              + Printable.quoted(module)
              + ": for "
              + layers
              + " expected "
              + said(layers)
              + ", got "
              + Printable.text(tensors));
    }
    for (Layer layer : layers) {
      if (!taken.add(layer)) {
        throw new IllegalArgumentException(layer + ": two modules are said to be this layer");
      }
    }
    found.put(module, layers);
  }

  private void requireAll(
      Map<String, Map<String, List<Long>>> modules,
      Map<String, List<Layer>> found,
      Set<Layer> taken) {
    for (Map.Entry<String, Map<String, List<Long>>> module : modules.entrySet()) {
      if (!found.containsKey(module.getKey())) {
        List<List<Layer>> rows = candidates(module.getValue(), taken);
        throw new IllegalArgumentException(
            "module "
                + Printable.quoted(module.getKey())
                + " "
                + Printable.text(module.getValue())
                + (rows.isEmpty()
                    ? fitsNone(module.getKey(), modules.keySet(), taken)
                    : " fits each of "
                        + rows
                        + "; name the layer as the module, or say which it is:"
                        + " new TorchWeights(model).module(\"name\", layer)"));
      }
    }
    List<Layer> without = layers().stream().filter(l -> !taken.contains(l)).toList();
    if (!without.isEmpty()) {
      throw new IllegalArgumentException(
          "there are no tensors for the layers " + without + " of the model");
    }
  }

  private String fitsNone(String module, Set<String> modules, Set<Layer> taken) {
    boolean parts = modules.stream().anyMatch(m -> m.startsWith(module + ".parametrizations."));
    if (parts) {
      return " is computed of other tensors; in Python, before saving:"
          + " torch.nn.utils.parametrize.remove_parametrizations(module, \"weight\")";
    }
    List<String> left = new ArrayList<>();
    for (Layer layer : layers()) {
      if (!taken.contains(layer)) {
        left.add(layer + " with " + said(List.of(layer)));
      }
    }
    return " fits no layer that is left of the model" + (left.isEmpty() ? "" : ": " + left);
  }
}
