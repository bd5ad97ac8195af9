package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What Keras's files have between an {@link RNN} and several cells. */
final class StackedRNNCells extends Layer {
  private List<Layer> cells = List.of();

  StackedRNNCells() {}

  StackedRNNCells(List<Cell> cells) {
    this.cells = cells.stream().map(Recurrent::layer).toList();
    autoName("stacked_rnn_cells");
  }

  /** The cells, that which gets the input first. */
  List<Cell> cells() {
    return cells.stream().map(Cell.class::cast).toList();
  }

  @Override
  protected void configure(Config c) {
    cells = c.layers("cells", Layer[].class, cells);
    for (Layer cell : cells) {
      if (!(cell instanceof Cell)) {
        throw new IllegalArgumentException(
            "expected cells, as LSTMCell, got a layer " + cell.className());
      }
    }
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    throw new IllegalArgumentException(this + ": cells are no layer by themselves; wrap them: RNN");
  }

  @Override
  public List<Group> groups() {
    List<String> names = KerasNames.uniqueNames(cells.stream().map(Layer::className).toList());
    Map<String, Layer> inside = new LinkedHashMap<>();
    for (int i = 0; i < cells.size(); i++) {
      inside.put("cells/" + names.get(i), cells.get(i));
    }
    return groupsOf(inside);
  }
}
