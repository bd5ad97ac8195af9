package io.github.lstm4j.model;

import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.compile.ModelLayer;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.KerasTensor.Call;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The table of layers as Keras 3 draws it (keras/src/utils/summary_utils.py), which leaves widths
 * and breaks to Python's {@code rich}. A model whose layers do not form a chain has a column of
 * what feeds each layer.
 */
final class Keras3Table {
  private static final int TERMINAL = 80 - 4; // Keras leaves four columns free
  private static final Pattern WORD = Pattern.compile("\\s*\\S+\\s*");

  private enum Align {
    LEFT,
    RIGHT,
    CENTER
  }

  private final LayerGraph connected; // null without a column of connections
  private final SummaryOptions options;
  private final List<String> header = new ArrayList<>(List.of("Layer (type)", "Output Shape"));
  private final List<Align> aligns = new ArrayList<>(List.of(Align.LEFT, Align.LEFT, Align.RIGHT));
  private final int[] widths; // of the cells' texts
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * @param layers in order
   * @param graph of a functional model; null for a chain of layers
   */
  Keras3Table(List<Layer> layers, LayerGraph graph, SummaryOptions options) {
    this.options = options;
    this.connected = graph == null || isChain(graph) ? null : graph;
    header.add("Param #");
    double[] positions = {0.45, 0.80, 1.0};
    int usual = 88;
    if (connected != null) {
      header.add("Connected to");
      aligns.add(Align.LEFT);
      positions = new double[] {0.3, 0.56, 0.74, 1.0};
      usual = 108;
    }
    if (options.showTrainable()) {
      header.add("Trainable");
      aligns.add(Align.CENTER);
      positions = Arrays.copyOf(positions, positions.length + 1);
      for (int i = 0; i < positions.length - 1; i++) {
        positions[i] *= 0.90;
      }
      positions[positions.length - 1] = 1;
      usual += 12;
    }
    int length = options.lineLength() == 0 ? Math.min(usual, TERMINAL) : options.lineLength();
    this.widths = widths(positions, length);
    for (Layer layer : range(layers)) {
      addRows(layer, graph, 0);
    }
  }

  /** Whether each layer is fed by one other, with no mask beside it, and used once. */
  private static boolean isChain(LayerGraph graph) {
    Set<Call> fed = new HashSet<>();
    Set<Layer> used = new HashSet<>();
    boolean chain = graph.inputs().size() == 1;
    for (Call call : graph.listedCalls()) {
      List<KerasTensor> given = given(graph, call);
      chain &= used.add(call.layer()) && given.size() <= 1;
      chain &= given.stream().allMatch(t -> fed.add(t.call()));
    }
    return chain;
  }

  private static List<KerasTensor> given(LayerGraph graph, Call call) {
    List<KerasTensor> given = new ArrayList<>(call.inputs());
    graph.masksOf(call).stream().filter(Objects::nonNull).forEach(given::add);
    return given;
  }

  /** What rich makes of Keras's columns, which leave no room for lines and spaces. */
  private static int[] widths(double[] positions, int length) {
    int[] widths = new int[positions.length];
    int before = 0;
    for (int i = 0; i < widths.length; i++) {
      int end = (int) (positions[i] * length);
      widths[i] = end - before + 2; // with a space on both sides
      before = end;
    }
    int excess = Arrays.stream(widths).sum() - (length - widths.length - 1);
    for (int i = 0; i < widths.length; i++) {
      int less = Math.min(widths[i], (int) Math.rint((double) excess / (widths.length - i)));
      widths[i] -= less + 2;
      excess -= less;
    }
    return widths;
  }

  private List<Layer> range(List<Layer> layers) {
    if (options.first() == null) {
      return layers;
    }
    int[] from = matching(layers, options.first());
    int[] to = matching(layers, options.last());
    return from[0] > to[to.length - 1]
        ? layers.subList(to[0], from[from.length - 1] + 1)
        : layers.subList(from[0], to[to.length - 1] + 1);
  }

  private static int[] matching(List<Layer> layers, Pattern name) {
    int[] found =
        IntStream.range(0, layers.size())
            .filter(i -> name.matcher(layers.get(i).name()).lookingAt())
            .toArray();
    if (found.length == 0) {
      throw new IllegalArgumentException(
          "summary: layerRange: no layer's name begins with "
              + Printable.quoted(name)
              + "; there are "
              + layers.stream().map(Layer::name).toList());
    }
    return found;
  }

  private void addRows(Layer layer, LayerGraph within, int level) {
    String indent = level == 0 ? "" : "   ".repeat(level) + "└ ";
    List<String> row = new ArrayList<>();
    row.add(indent + Printable.text(layer.name()) + " (" + layer.className() + ")");
    row.add(shape(layer, within));
    row.add(
        layer.isBuilt() ? String.format(Locale.ROOT, "%,d", layer.countParams()) : "0 (unbuilt)");
    if (connected != null) {
      row.add(connections(layer));
    }
    if (options.showTrainable()) {
      row.add(layer.weights().isEmpty() ? "-" : layer.isTrainable() ? "Y" : "N");
    }
    rows.add(row);
    if (options.expandNested() && layer instanceof ModelLayer nested) {
      LayerGraph inside = nested.model().graph();
      nested.model().layers().forEach(l -> addRows(l, inside, level + 1));
    }
  }

  /** What its last use gives; several shapes in a list. */
  private static String shape(Layer layer, LayerGraph within) {
    List<Call> calls = within == null ? List.of() : within.callsOf(layer);
    List<Shape> all =
        calls.isEmpty()
            ? layer.outputShapes()
            : calls.get(calls.size() - 1).outputs().stream().map(KerasTensor::shape).toList();
    String said = (all.size() == 1 ? all.get(0) : all).toString().replace(",)", ")"); // Keras's
    return layer.isBuilt() ? said : "?";
  }

  private String connections(Layer layer) {
    String all =
        connected.callsOf(layer).stream()
            .flatMap(c -> given(connected, c).stream())
            .map(
                t ->
                    Printable.text(t.call().layer().name())
                        + "["
                        + connected.numberOf(t.call())
                        + "]["
                        + t.number()
                        + "]")
            .collect(Collectors.joining(", "));
    return all.isEmpty() ? "-" : all;
  }

  // ---------------------------------------------------------------- drawing

  void draw(StringBuilder s) {
    rule(s, "┏━┳┓");
    cells(s, "┃", header);
    rule(s, "┡━╇┩");
    for (int i = 0; i < rows.size(); i++) {
      cells(s, "│", rows.get(i));
      rule(s, i < rows.size() - 1 ? "├─┼┤" : "└─┴┘");
    }
  }

  private void rule(StringBuilder s, String signs) {
    String line = signs.substring(1, 2);
    s.append(signs, 0, 1)
        .append(
            Arrays.stream(widths)
                .mapToObj(w -> line.repeat(w + 2))
                .collect(Collectors.joining(signs.substring(2, 3))))
        .append(signs, 3, 4)
        .append('\n');
  }

  private void cells(StringBuilder s, String bar, List<String> fields) {
    List<List<String>> lines = new ArrayList<>();
    int height = 0;
    for (int c = 0; c < widths.length; c++) {
      lines.add(wrap(fields.get(c), widths[c]));
      height = Math.max(height, lines.get(c).size());
    }
    for (int i = 0; i < height; i++) {
      for (int c = 0; c < widths.length; c++) {
        String text = i < lines.get(c).size() ? lines.get(c).get(i) : "";
        s.append(bar).append(' ').append(fit(text, widths[c], aligns.get(c))).append(' ');
      }
      s.append(bar).append('\n');
    }
  }

  /** At spaces; a word that is too long has a line for itself. */
  private static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    Matcher word = WORD.matcher(text);
    int begin = 0;
    int used = 0;
    while (word.find()) {
      if (width - used >= word.group().stripTrailing().length()) {
        used += word.group().length();
        continue;
      }
      if (word.start() > 0) {
        lines.add(text.substring(begin, word.start()));
        begin = word.start();
      }
      used = word.group().length();
    }
    lines.add(text.substring(begin));
    return lines;
  }

  private static String fit(String line, int width, Align align) {
    String text = line.length() > width || align != Align.LEFT ? line.stripTrailing() : line;
    if (text.length() > width) {
      text = text.substring(0, width - 1) + "…";
    }
    int free = width - text.length();
    int left = align == Align.LEFT ? 0 : align == Align.RIGHT ? free : free / 2;
    return " ".repeat(left) + text + " ".repeat(free - left);
  }
}
