package io.github.lstm4j.model;

import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.Shape;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The tables of {@code summary()}, character by character as the three Keras versions print them.
 */
final class Summary {
  private static final int OLD_WIDTH = 65;
  private static final int[] OLD_ENDS = {29, 55, 65}; // int(65·[.45, .85, 1])

  private final String name;
  private final List<Layer> layers;
  private final Count total;
  private final Count trainable;
  private final Count frozen;
  private final Count optimizer;

  private Summary(ModelGraph model, List<List<Weight>> slots) {
    Map<Weight, Integer> bytes = new LinkedHashMap<>();
    model.layers().forEach(l -> measure(l, bytes));
    this.name = Printable.text(model.name());
    this.layers = model.layers();
    this.total = Count.of(model.weights(), bytes);
    this.trainable = Count.of(model.trainableWeights(), bytes);
    this.frozen = total.minus(trainable);
    this.optimizer =
        slots.isEmpty() ? Count.NONE : optimizer(model.trainableWeights(), slots, bytes);
  }

  /** How many bytes each number of the weights has in Keras. */
  private static void measure(Layer layer, Map<Weight, Integer> bytes) {
    if (layer.inner().isEmpty()) {
      layer.weights().forEach(w -> bytes.put(w, layer.bytesInKeras()));
    }
    layer.inner().forEach(l -> measure(l, bytes));
  }

  /** What an optimizer holds: slots like their weights, its step counter, its learning rate. */
  private static Count optimizer(
      List<Weight> trained, List<List<Weight>> slots, Map<Weight, Integer> bytes) {
    Count all = new Count(2, 2 * Float.BYTES);
    for (int i = 0; i < slots.size(); i++) {
      int each = i < trained.size() ? bytes.get(trained.get(i)) : Float.BYTES;
      for (Weight slot : slots.get(i)) {
        all = all.plus(new Count(slot.shape().size(), (long) each * slot.shape().size()));
      }
    }
    return all;
  }

  /** How many numbers, and how large in Keras. */
  private record Count(long numbers, long bytes) {
    static final Count NONE = new Count(0, 0);

    static Count of(List<Weight> weights, Map<Weight, Integer> bytes) {
      Count all = NONE;
      for (Weight w : weights) {
        all = all.plus(new Count(w.shape().size(), (long) bytes.get(w) * w.shape().size()));
      }
      return all;
    }

    Count plus(Count other) {
      return new Count(numbers + other.numbers, bytes + other.bytes);
    }

    Count minus(Count other) {
      return new Count(numbers - other.numbers, bytes - other.bytes);
    }
  }

  /** A layer's row: name and type, output shape, number of weights. */
  private record Row(String layer, String shape, String params) {}

  /**
   * @param slots what the optimizer keeps for each trained weight; empty before training
   */
  static String of(ModelGraph model, List<List<Weight>> slots, SummaryStyle style) {
    if (style == SummaryStyle.KERAS_3) {
      return of(model, slots, SummaryOptions.usual());
    }
    if (!isSequential(model)) {
      throw new IllegalArgumentException(
          model.name() + ": a functional model has a table in the style of Keras 3 alone");
    }
    Summary summary = new Summary(model, slots);
    return style == SummaryStyle.KERAS_2_0 ? summary.keras20() : summary.tfKeras215();
  }

  /** In the style of Keras 3. */
  static String of(ModelGraph model, List<List<Weight>> slots, SummaryOptions options) {
    LayerGraph graph = isSequential(model) ? null : model.graph();
    List<Layer> rows = graph == null ? model.layers() : graph.operations();
    return new Summary(model, slots).keras3(new Keras3Table(rows, graph, options));
  }

  private static boolean isSequential(ModelGraph model) {
    return model.className().equals("Sequential");
  }

  /**
   * @param count how the number of weights is written: before Keras 3 without separators
   */
  private static Row row(Layer l, String name, String count) {
    return l.isBuilt()
        ? new Row(
            Printable.text(name) + " (" + l.className() + ")",
            shape(l),
            String.format(Locale.ROOT, count, l.countParams()))
        : new Row(Printable.text(name) + " (" + l.className() + ")", "?", "0 (unbuilt)");
  }

  /** The output's shape; where a layer returns states, a list of it and theirs. */
  private static String shape(Layer l) {
    List<String> all = l.outputShapes().stream().map(Shape::toString).toList();
    return all.size() == 1 ? all.get(0) : all.toString();
  }

  /** Keras 2.0 counts automatic names from 1: lstm_1. */
  private static String nameFrom1(Layer l) {
    if (l.isNamed()) {
      return l.name();
    }
    int dash = l.name().lastIndexOf('_');
    boolean counted = dash > 0 && l.name().substring(dash + 1).matches("\\d{1,9}");
    return counted
        ? l.name().substring(0, dash + 1) + (Integer.parseInt(l.name().substring(dash + 1)) + 1)
        : l.name() + "_1";
  }

  private String keras20() {
    StringBuilder s = new StringBuilder();
    line(s, "_".repeat(OLD_WIDTH));
    line(s, cut("Layer (type)", "Output Shape", "Param #"));
    line(s, "=".repeat(OLD_WIDTH));
    for (int i = 0; i < layers.size(); i++) {
      Row r = row(layers.get(i), nameFrom1(layers.get(i)), "%d");
      line(s, cut(r.layer(), r.shape(), r.params()));
      line(s, (i == layers.size() - 1 ? "=" : "_").repeat(OLD_WIDTH));
    }
    // NumPy sums an empty list to 0.0, and so 12 + 0.0 printed as 12.0
    String all = trainable.numbers == 0 || frozen.numbers == 0 ? ".0" : "";
    line(s, String.format(Locale.ROOT, "Total params: %,d%s", total.numbers, all));
    line(s, old("Trainable", trainable.numbers));
    line(s, old("Non-trainable", frozen.numbers));
    line(s, "_".repeat(OLD_WIDTH));
    return s.toString();
  }

  private static String old(String what, long n) {
    return String.format(Locale.ROOT, "%s params: %,d%s", what, n, n == 0 ? ".0" : "");
  }

  /** Old columns: each text cut at the column's end, the last character before it a space. */
  private static String cut(String... fields) {
    String line = "";
    for (int i = 0; i < fields.length; i++) {
      if (i > 0) {
        line = line.substring(0, line.length() - 1) + " ";
      }
      line = pad(line + fields[i], OLD_ENDS[i]);
    }
    return line;
  }

  private static String pad(String text, int width) {
    return text.length() >= width
        ? text.substring(0, width)
        : text + " ".repeat(width - text.length());
  }

  private String tfKeras215() {
    StringBuilder s = new StringBuilder();
    line(s, "Model: \"" + name + "\"");
    line(s, "_".repeat(OLD_WIDTH));
    wrapped(s, "Layer (type)", "Output Shape", "Param #");
    line(s, "=".repeat(OLD_WIDTH));
    for (Layer l : layers) {
      Row r = row(l, l.name(), "%d");
      wrapped(s, r.layer(), r.shape(), r.params());
      line(s, " ".repeat(OLD_WIDTH));
    }
    line(s, "=".repeat(OLD_WIDTH));
    line(s, "Total params: " + total.numbers + " (" + size(total, "Byte") + ")");
    line(s, "Trainable params: " + trainable.numbers + " (" + size(trainable, "Byte") + ")");
    line(s, "Non-trainable params: " + frozen.numbers + " (" + size(frozen, "Byte") + ")");
    line(s, "_".repeat(OLD_WIDTH));
    return s.toString();
  }

  /** A leading space, two spaces between columns, and what does not fit on further lines. */
  private static void wrapped(StringBuilder s, String... fields) {
    String[] left = fields.clone();
    while (!(left[0] + left[1] + left[2]).isEmpty()) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < 3; c++) {
        int width = OLD_ENDS[c] - (c == 0 ? 0 : OLD_ENDS[c - 1]) - (c == 2 ? 0 : 2);
        int fits = Math.min(width, left[c].length());
        int tuple = left[c].substring(0, fits).indexOf("),"); // a line for each of several shapes
        fits = tuple >= 0 ? tuple + 2 : fits;
        line.append(c == 0 ? " " : "").append(left[c], 0, fits).append(c == 2 ? "" : "  ");
        left[c] = left[c].substring(fits);
        while (line.length() < OLD_ENDS[c]) {
          line.append(' ');
        }
      }
      line(s, line.toString());
    }
  }

  private String keras3(Keras3Table table) {
    StringBuilder s = new StringBuilder();
    line(s, "Model: \"" + name + "\"");
    table.draw(s);
    line(s, total("Total", total.plus(optimizer)));
    line(s, total("Trainable", trainable));
    line(s, total("Non-trainable", frozen));
    if (optimizer.numbers > 0) {
      line(s, total("Optimizer", optimizer));
    }
    return s.toString();
  }

  private static String total(String what, Count n) {
    return String.format(Locale.ROOT, " %s params: %,d (%s)", what, n.numbers, size(n, "B"));
  }

  private static String size(Count count, String unit) {
    double bytes = count.bytes;
    String[] units = {unit, "KB", "MB", "GB", "TB", "PB"};
    int u = 0;
    while (bytes >= 1024 && u < units.length - 1) {
      bytes /= 1024;
      u++;
    }
    // Python rounds the number itself, and halves to even: 1.125 is 1.12
    return new BigDecimal(bytes).setScale(2, RoundingMode.HALF_EVEN) + " " + units[u];
  }

  private static void line(StringBuilder s, String text) {
    s.append(text).append('\n');
  }
}
