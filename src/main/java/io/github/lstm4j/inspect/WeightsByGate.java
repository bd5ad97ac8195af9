package io.github.lstm4j.inspect;

import io.github.lstm4j.compile.ModelLayer;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Cell;
import io.github.lstm4j.layers.GRUCell;
import io.github.lstm4j.layers.LSTMCell;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.LayerNormLSTMCell;
import io.github.lstm4j.layers.ProjectedLSTMCell;
import io.github.lstm4j.layers.Recurrent;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Tensor;
import java.util.List;
import java.util.Locale;

/**
 * The weights of a model as text, those of recurrent layers gate by gate: which columns of which
 * weight are whose, whatever the order and the names in the file that the model is from.
 */
public final class WeightsByGate {
  private static final List<String> LSTM =
      List.of("i, input gate", "f, forget gate", "c, candidate", "o, output gate");
  private static final List<String> GRU =
      List.of("z, update gate", "r, reset gate", "h, candidate");
  private static final List<String> PEEPHOLES =
      List.of("i, input gate", "f, forget gate", "o, output gate");

  private final StringBuilder text = new StringBuilder();

  private WeightsByGate() {}

  /** The text, with a line break at its end. */
  public static String text(Model model) {
    WeightsByGate all = new WeightsByGate();
    all.line(
        "%s: %,d parameters; rows are what comes in, columns the units of the gates",
        Printable.text(model.name()), model.countParams());
    model.layers().forEach(l -> all.layer(l, ""));
    return all.text.toString();
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private void layer(Layer layer, String indent) {
    if (layer.weights().isEmpty()) {
      return;
    }
    if (layer instanceof Bidirectional both) {
      line("%n%s%s: forwards, then backwards", indent, layer);
      layer(both.forward(), indent + "  ");
      layer(both.backward(), indent + "  ");
    } else if (layer instanceof Recurrent<?> recurrent) {
      line("%n%s%s", indent, layer);
      for (Cell cell : recurrent.cells()) {
        if (recurrent.cells().size() > 1) {
          line("%s  %s", indent, cell);
        }
        weights((Layer) cell, indent + "  ");
      }
    } else if (layer instanceof ModelLayer || layer instanceof TimeDistributed) {
      line("%n%s%s", indent, layer);
      layer.inner().forEach(l -> layer(l, indent + "  "));
    } else {
      line("%n%s%s", indent, layer);
      weights(layer, indent + "  ");
    }
  }

  private void weights(Layer layer, String indent) {
    List<String> gates =
        layer instanceof LSTMCell
                || layer instanceof ProjectedLSTMCell
                || layer instanceof LayerNormLSTMCell
            ? LSTM
            : layer instanceof GRUCell ? GRU : List.of();
    for (Weight w : layer.weights()) {
      Tensor values = w.value();
      line("%s%-18s %-14s %s", indent, w.name(), w.shape(), of(values, 0, 1, 1));
      List<String> parts = w.name().equals("peephole") ? PEEPHOLES : gates;
      int units = gates.isEmpty() ? 0 : units((Cell) layer);
      if (!parts.isEmpty() && values.shape().last() == parts.size() * units) {
        for (int g = 0; g < parts.size(); g++) {
          line(
              "%s  %-16s %-14s %s",
              indent,
              parts.get(g),
              "[…, " + g * units + ":" + (g + 1) * units + "]",
              of(values, g, parts.size(), units));
        }
      }
    }
  }

  /** The length of the cell state, or of the only one. */
  private static int units(Cell cell) {
    return cell.stateSizes().get(cell.stateSizes().size() - 1);
  }

  /** Some numbers of those columns: by them a part of another listing is known again. */
  private static String of(Tensor values, int part, int parts, int units) {
    int width = Math.max(1, values.shape().rank() == 0 ? 1 : values.shape().last());
    int from = parts == 1 ? 0 : part * units;
    int to = parts == 1 ? width : from + units;
    double sum = 0;
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    long count = 0;
    for (int row = 0; row < values.size(); row += width) {
      for (int k = from; k < to; k++, count++) {
        double v = values.data()[row + k];
        sum += v;
        least = Math.min(least, v);
        most = Math.max(most, v);
      }
    }
    return String.format(
        Locale.ROOT,
        "first %9.5f, mean %9.5f, from %9.5f to %9.5f",
        values.data()[from],
        sum / count,
        least,
        most);
  }
}
