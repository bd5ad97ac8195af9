package io.github.lstm4j.layers;

import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A cell whose states now and then stay as they were: zoneout, Krueger et al. (2017), <a
 * href="https://arxiv.org/abs/1606.01305">arXiv 1606.01305</a>, eq. 6 and 7. With the new states s̃
 * that the cell inside computes from the old ones s₋, and for each kind of state a rate:
 *
 * <pre>
 *   training:   s = d∘s₋ + (1 − d)∘s̃    d is 1 with the rate's probability, else 0
 *   otherwise:  s = rate·s₋ + (1 − rate)·s̃
 * </pre>
 *
 * <p>d is drawn anew for each unit, sample and timestep. As in the paper the new h of an LSTM is
 * made of the new c before zoneout. It runs step by step, also around a cell that alone does not;
 * see {@link Cell}. Keras has no such cell, and refuses a file with one by this name.
 *
 * <pre>{@code
 * RNN layer = new RNN(new ZoneoutCell(new LSTMCell(8), 0.05f, 0.5f)); // of h, and of c
 * Sequential model = new Sequential(layer.inputShape(10, 3));
 * System.out.println(model.predict(Tensor.zeros(2, 10, 3)).shape()); // (2, 8)
 * }</pre>
 */
public final class ZoneoutCell extends Layer implements Cell {
  private Cell cell;
  private float[] rates;

  ZoneoutCell() {}

  /**
   * @param cell the cell inside
   * @param rates how often each of its states stays, in [0, 1): of an LSTM h, then c
   */
  public ZoneoutCell(Cell cell, float... rates) {
    wrap((Layer) given(cell, "the cell"));
    if (rates.length != this.rates.length) {
      throw new IllegalArgumentException(
          label()
              + ": expected a rate for each of the states "
              + cell.stateNames()
              + ", got "
              + rates.length);
    }
    for (int i = 0; i < rates.length; i++) {
      this.rates[i] = fraction(rates[i], setting(i));
    }
  }

  private void wrap(Layer inside) {
    if (!(inside instanceof Cell found)) {
      throw new IllegalArgumentException(
          "expected a cell, as LSTMCell, got a layer " + inside.className());
    }
    if (found != cell) {
      cell = found;
      rates = new float[found.stateNames().size()];
    }
  }

  /** The name of a rate in files. */
  private String setting(int state) {
    return "zoneout_" + cell.stateNames().get(state);
  }

  @Override
  protected void configure(Config c) {
    wrap(c.layer("cell", Layer.class, (Layer) cell));
    for (int i = 0; i < rates.length; i++) {
      rates[i] = fraction(c.number(setting(i), rates[i]), setting(i));
    }
  }

  /** The cell inside. */
  public Cell cell() {
    return cell;
  }

  @Override
  public List<Layer> inner() {
    return List.of((Layer) cell);
  }

  @Override
  public List<Weight> weights() {
    return inner().get(0).weights();
  }

  @Override
  public List<Group> groups() {
    return groupsOf(Map.of("cell", inner().get(0)));
  }

  @Override
  public List<Shape> computeOutputShapes(List<Shape> inputs) {
    return inner().get(0).computeOutputShapes(inputs);
  }

  @Override
  protected void onBuild(Shape input) {
    Layer inside = inner().get(0);
    if (inside.name() == null) {
      inside.autoName(KerasNames.snakeCase(inside.className()));
    }
    inside.build(List.of(input), initialValues());
  }

  @Override
  public List<String> stateNames() {
    return cell.stateNames();
  }

  @Override
  public List<Integer> stateSizes() {
    return cell.stateSizes();
  }

  @Override
  public Value inputs(Value x, Lowering to) {
    return cell.inputs(x, to);
  }

  @Override
  public Step begin(Lowering to, int batch) {
    Step inside = cell.begin(to, batch);
    return (x, before) -> {
      List<Value> after = new ArrayList<>(inside.next(x, before));
      for (int i = 0; i < rates.length; i++) {
        if (rates[i] > 0) {
          after.set(i, zoneout(to, rates[i], before.get(i), after.get(i)));
        }
      }
      return after;
    };
  }

  private Value zoneout(Lowering to, float rate, Value before, Value after) {
    Graph graph = to.graph();
    if (!to.training()) {
      CellOps o = new CellOps(graph, name());
      return o.sum(graph.scale(rate, before, name()), graph.scale(1 - rate, after, name()));
    }
    DropoutOp.Draw draw = to.draw(rate); // 0 with that probability
    Value renewed = graph.dropoutMask(draw, after.shape(), to.scalars(), name() + ".zoneout");
    return graph.where(renewed, after, before, name());
  }
}
