package io.github.lstm4j.equivalence;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.optimizers.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The gradients of training programs of random models of layers, by central differences. */
class LayerGradientsTest {
  private static final int MODELS = Integer.getInteger("lstm4j.models", 40);
  private static final int SHOWN = 10;

  /** The most elements of a model, lest one takes as long as all others. */
  private static final int AFFORDABLE = 10_000;

  @Test
  void ofRandomModelsEqualCentralDifferences() {
    List<String> wrong = new ArrayList<>();
    Set<String> classes = new TreeSet<>();
    int checked = 0;
    for (int i = 0; i < MODELS; i++) {
      RandomLayerModel m = RandomLayerModel.running(LayerModels.seed() + i);
      if (m.elements() > AFFORDABLE) {
        continue;
      }
      List<LayerGradientCheck> checks = new ArrayList<>();
      OracleBackend oracle =
          new OracleBackend(
              UnaryOperator.identity(),
              (op, memory) -> {},
              (program, memory) -> {
                if (program.ops().stream().anyMatch(op -> op instanceof UpdateOp.Update)) {
                  checks.add(new LayerGradientCheck(program, memory));
                }
              });
      try (m.model) {
        m.compiled(oracle, Optimizer.sgd(0.1f)).train();
      }
      for (LayerGradientCheck check : checks) {
        for (String line : check.run(new Random(i))) {
          wrong.add("model " + i + ": " + line);
        }
        checked += check.checked();
      }
      m.model.layers().forEach(layer -> classes(layer, classes));
    }
    assertThat(wrong.subList(0, Math.min(SHOWN, wrong.size())))
        .as("%d wrong of %d elements", wrong.size(), checked)
        .isEmpty();
    assertThat(checked).isGreaterThan(5 * MODELS);
    assertThat(classes).as("classes among the layers").hasSizeGreaterThan(40);
  }

  private static void classes(Layer layer, Set<String> found) {
    found.add(layer.className());
    layer.inner().forEach(inside -> classes(inside, found));
  }
}
