package io.github.lstm4j.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.backend.cpu.CpuBackend;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What is asked of gradients, and the two parts of a program that has them. */
class GradientsTest {
  /** y = x·w, with losses against two targets. */
  private static final class Two {
    final Graph graph = new Graph();
    final Value x = graph.input("x", Shape.of(3, 2), false);
    final Value w = graph.variable("w", Shape.of(2, 1));
    final Value unused = graph.variable("unused", Shape.of(2));
    final Value y = graph.matMul(x, w, null, "y");
    final ObjectiveOp.LossValue first = loss("first");
    final ObjectiveOp.LossValue second = loss("second");

    private ObjectiveOp.LossValue loss(String name) {
      Value target = graph.input(name, Shape.of(3, 1), false);
      return ObjectiveGraph.loss(graph, Loss.meanSquaredError(), y, target, null, null);
    }
  }

  private static float[] gradient(Function<Two, List<ObjectiveOp.LossValue>> losses) {
    Two two = new Two();
    Value d = Gradients.of(two.graph, losses.apply(two), List.of(two.w)).get(0);
    Program program = new Program("two", two.graph, List.of(d));
    try (CpuBackend backend = new CpuBackend(1)) {
      Map<Value, Buffer> buffers = new HashMap<>();
      program.variables().forEach(v -> buffers.put(v, backend.allocate(v.dtype(), v.size())));
      buffers.get(two.w).write(new float[] {0.5f, -1});
      try (Executable executable = backend.compile(program, buffers)) {
        for (Value v : program.inputs()) {
          float[] data = new float[v.size()];
          for (int i = 0; i < data.length; i++) {
            data[i] = (i * 7 + v.id() * 3) % 5 - 2;
          }
          executable.write(v, data, 0);
        }
        executable.run();
        float[] result = new float[2];
        executable.read(d, result, 0);
        return result;
      }
    }
  }

  @Test
  void theGradientOfSeveralLossesIsThatOfTheirSum() {
    float[] first = gradient(t -> List.of(t.first));
    float[] second = gradient(t -> List.of(t.second));
    float[] both = gradient(t -> List.of(t.first, t.second));
    assertThat(second).isNotEqualTo(first);
    for (int i = 0; i < both.length; i++) {
      assertThat(both[i]).isCloseTo(first[i] + second[i], within(1e-5f));
    }
  }

  @Test
  void whatTheLossDoesNotDependOnHasNone() {
    Two two = new Two();
    List<Value> d = Gradients.of(two.graph, two.first, List.of(two.unused, two.w));
    assertThat(d.get(0)).isNull();
    assertThat(d.get(1).shape()).isEqualTo(two.w.shape());
  }

  /** Of a recurrent layer only the bias is trained: no other gradient is computed. */
  @Test
  void whatNobodyAsksForIsNotComputed() {
    Graph graph = new Graph();
    Value bias = graph.variable("b", Shape.of(2));
    RecurrentOp.Results out =
        graph.recurrent(
            new CellSpec.SimpleRnn(2, Activation.TANH),
            new SequenceSpec(false, false),
            new RecurrentOp.Inputs(
                graph.input("x", Shape.of(4, 3, 5), true),
                graph.variable("k", Shape.of(5, 2)),
                graph.variable("r", Shape.of(2, 2)),
                bias,
                List.of(),
                List.of(),
                null,
                null),
            "rnn");
    Value target = graph.input("target", Shape.of(3, 2), false);
    Gradients.of(
        graph,
        ObjectiveGraph.loss(graph, Loss.meanSquaredError(), out.last(), target, null, null),
        List.of(bias));
    RecurrentOp.RecurrentGrad grad =
        (RecurrentOp.RecurrentGrad) graph.ops().get(graph.ops().size() - 1);
    assertThat(grad.dBias()).isNotNull();
    assertThat(grad.dx()).isNull();
    assertThat(grad.dKernel()).isNull();
    assertThat(grad.dRecurrentKernel()).isNull();
    assertThat(grad.dy()).isNull();
  }

  @Test
  void aGradientThatWouldBeLostIsAnError() {
    Graph graph = new Graph();
    Value w = graph.variable("w", Shape.of(2, 2));
    Value y = graph.matMul(graph.input("x", Shape.of(4, 2), false), w, null, "y");
    Value part = graph.view("part", y, 2, Shape.of(1, 2), false);
    Value target = graph.input("target", Shape.of(1, 2), false);
    ObjectiveOp.LossValue loss =
        ObjectiveGraph.loss(graph, Loss.meanSquaredError(), part, target, null, null);
    assertThatIllegalStateException()
        .isThrownBy(() -> Gradients.of(graph, loss, List.of(w)))
        .withMessageContaining("part");
  }

  @Test
  void theUpdateIsAPartOfItsOwn() {
    Two two = new Two();
    Value d = Gradients.of(two.graph, two.first, List.of(two.w)).get(0);
    int before = two.graph.ops().size();
    two.graph.clipNorm(1, List.of(d), true);
    two.graph.update(Optimizer.sgd(0.1f).rule(), two.w, d, List.of(), two.graph.scalars());
    Program program = new Program("train", two.graph, List.of());
    assertThat(program.updateBegin()).isEqualTo(before);
    assertThat(program.gradients()).containsExactly(d);
    two.graph.scale(2, two.y, "late"); // such as moves a weight that was updated
    assertThat(new Program("train", two.graph, List.of()).updateBegin()).isEqualTo(before);
    two.graph.clipNorm(1, List.of(d), true);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Program("train", two.graph, List.of()))
        .withMessageContaining("ClipNorm comes after the update");
  }
}
