package io.github.lstm4j.golden;

import static io.github.lstm4j.golden.Close.assertClose;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.layers.Cell;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LayerNormLSTMCell;
import io.github.lstm4j.layers.ProjectedLSTMCell;
import io.github.lstm4j.layers.RNN;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** Cells that Keras lacks, forwards and back, against PyTorch's numbers: {@code golden/cells}. */
class TorchCellsTest {
  /** What the cases run on; the CUDA path's test overrides it. */
  Backend backend() {
    return Backends.cpu();
  }

  @Test
  void projected() {
    run(
        "projected",
        c -> units -> new ProjectedLSTMCell(units, GoldenCases.tensor(c.get("y")).dim(2)));
  }

  @Test
  void layerNormalised() {
    run("layer_norm", c -> LayerNormLSTMCell::new);
  }

  private interface Kind {
    IntFunction<Cell> of(Map<String, Object> c);
  }

  private void run(String kind, Kind cell) {
    for (Object o : GoldenCases.list(GoldenCases.json("cells/cells.json").get(kind))) {
      Map<String, Object> c = GoldenCases.map(o);
      List<Tensor> weights = tensors(c.get("weights"));
      Tensor x = GoldenCases.tensor(c.get("x"));
      int units = GoldenCases.tensor(c.get("c")).dim(1);
      RNN rnn = new RNN(cell.of(c).apply(units)).returnSequences(true).returnState(true);
      try (Sequential m = new Sequential(new Input(-1, x.dim(2)), rnn).on(backend())) {
        m.setWeights(weights);
        List<Tensor> got = m.call(x);
        assertClose("y", GoldenCases.tensor(c.get("y")), got.get(0), 1e-6, 1e-6);
        assertClose("h", GoldenCases.tensor(c.get("h")), got.get(1), 1e-6, 1e-6);
        assertClose("c", GoldenCases.tensor(c.get("c")), got.get(2), 1e-6, 1e-6);
        // with learning rate 1 a step of plain descent subtracts just the gradient
        m.compile(Optimizer.sgd(1f), Loss.meanSquaredError());
        m.trainOnBatch(x, GoldenCases.tensor(c.get("target")));
        List<Tensor> after = m.getWeights();
        List<Tensor> gradients = tensors(c.get("gradients"));
        for (int i = 0; i < weights.size(); i++) {
          Tensor moved = weights.get(i).copy();
          for (int k = 0; k < moved.size(); k++) {
            moved.data()[k] -= after.get(i).data()[k];
          }
          assertClose("gradient " + i, gradients.get(i), moved, 1e-6, 1e-4);
        }
      }
    }
  }

  private static List<Tensor> tensors(Object list) {
    return GoldenCases.list(list).stream().map(GoldenCases::tensor).toList();
  }
}
