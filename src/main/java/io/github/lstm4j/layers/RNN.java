package io.github.lstm4j.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A recurrent layer of any cell, or of several, one above the other (Keras's {@code RNN([cell,
 * cell])} with its {@code StackedRNNCells}): the output of one at a timestep is the input of the
 * next. States, where the layer returns them or takes them: those of the first cell, then the next.
 *
 * <p>{@link LSTMCell}, {@link GRUCell} and {@link SimpleRNNCell} run as {@link LSTM}, {@link GRU}
 * and {@link SimpleRNN} do. Every other {@link Cell}, your own too, runs step by step.
 *
 * <pre>{@code
 * RNN deep = new RNN(new LSTMCell(8).dropout(0.2f), new GRUCell(4)).returnSequences(true);
 * Sequential model = new Sequential(deep.inputShape(24, 3));
 * System.out.println(model.predict(Tensor.zeros(2, 24, 3)).shape()); // (2, 24, 4)
 * System.out.println(deep.stateShapes(2)); // [(2, 8), (2, 8), (2, 4)]
 * }</pre>
 *
 * <p>A cell of your own is a {@link Layer} that is a {@link Cell} too. This one, of one weight,
 * forgets a tenth of what it knows at each timestep:
 *
 * <pre>{@code
 * class Leaky extends Layer implements Cell {
 *   private Weight kernel;
 *
 *   protected void configure(Config c) {} // no settings
 *
 *   protected Shape computeOutputShape(Shape input) {
 *     return Shape.of(input.dim(0), 4);
 *   }
 *
 *   protected void onBuild(Shape input) {
 *     kernel = addWeight("kernel", Shape.of(input.last(), 4), Initializer.glorotUniform());
 *   }
 *
 *   public java.util.List<String> stateNames() {
 *     return java.util.List.of("h");
 *   }
 *
 *   public java.util.List<Integer> stateSizes() {
 *     return java.util.List.of(4);
 *   }
 *
 *   public Step begin(Lowering to, int batch) {
 *     Graph graph = to.graph();
 *     Value w = to.variable(kernel);
 *     return (x, states) -> {
 *       Value fresh = graph.scale(0.1f, graph.matMul(x, w, null, "z"), "fresh");
 *       Value old = graph.scale(0.9f, states.get(0), "old");
 *       return java.util.List.of(graph.binary(ElementwiseOp.Combine.SUM, old, fresh, "h"));
 *     };
 *   }
 * }
 * Sequential own = new Sequential(new RNN(new Leaky()).inputShape(10, 2), new Dense(1));
 * own.compile("adam", "mse");
 * own.fit(Tensor.zeros(8, 10, 2), Tensor.zeros(8, 1), Fit.epochs(1).silent());
 * System.out.println(own.countParams()); // 13
 * }</pre>
 */
public final class RNN extends Recurrent<RNN> {
  private List<Cell> cells = List.of();

  RNN() {}

  /** Of that cell, or of several, the one that gets the input first. */
  public RNN(Cell cell, Cell... above) {
    List<Cell> all = new ArrayList<>();
    all.add(cell);
    all.addAll(List.of(above));
    take(all);
  }

  private void take(List<Cell> all) {
    for (Cell cell : all) {
      if (!(given(cell, "a cell") instanceof Layer)) {
        throw new IllegalArgumentException(
            label() + ": a cell must be a Layer too, got " + cell.getClass().getSimpleName());
      }
    }
    cells = List.copyOf(all);
  }

  @Override
  public List<Cell> cells() {
    return cells;
  }

  @Override
  protected void configure(Config c) {
    configureSequence(c);
    Layer inside = cells.size() == 1 ? layer(cells.get(0)) : new StackedRNNCells(cells);
    inside = c.layer("cell", Layer.class, cells.isEmpty() ? null : inside);
    if (inside instanceof StackedRNNCells stack) {
      take(stack.cells());
    } else if (inside instanceof Cell cell) {
      take(List.of(cell));
    } else {
      throw new IllegalArgumentException(
          "expected a cell, as LSTMCell, got a layer " + inside.className());
    }
  }

  @Override
  void nameCells() {
    List<String> names =
        KerasNames.uniqueNames(cells.stream().map(c -> layer(c).className()).toList());
    for (int i = 0; i < cells.size(); i++) {
      if (layer(cells.get(i)).name() == null) {
        layer(cells.get(i)).autoName(names.get(i));
      }
    }
  }

  @Override
  public List<Layer> inner() {
    return cells.stream().map(Recurrent::layer).toList();
  }

  @Override
  public List<Group> groups() {
    Layer inside = cells.size() == 1 ? layer(cells.get(0)) : new StackedRNNCells(cells);
    return groupsOf(Map.of("cell", inside));
  }
}
