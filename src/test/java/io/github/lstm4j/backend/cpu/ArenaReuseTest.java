package io.github.lstm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.Gradients;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.MaskOp;
import io.github.lstm4j.graph.ObjectiveGraph;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.SequenceSpec;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.optimizers.UpdateRule;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Values that share memory in the arena must not disturb each other. */
class ArenaReuseTest {
  /** Two masked LSTMs with dropout, softmax on top, Adam with a clip: one training step. */
  private static Graph trainingStep(List<Value> weights, List<Value> results) {
    int t = 5;
    int b = 6;
    Graph graph = new Graph();
    Value scalars = graph.scalars();
    Value x = graph.input("x", Shape.of(t, b, 3), true);
    Value target = graph.input("target", Shape.of(t, b), true);
    Value mask = graph.temporary("mask", Shape.of(t, b));
    graph.add(new MaskOp.MaskOf(x, 0, mask));
    Value below = x;
    for (int layer = 0; layer < 2; layer++) {
      int f = below.shape().last();
      int u = 4 + layer;
      Value k = weight(graph, weights, f, 4 * u);
      Value r = weight(graph, weights, u, 4 * u);
      Value bias = weight(graph, weights, 4 * u);
      Value drops =
          graph.dropoutMask(
              new DropoutOp.Draw(0.2f, 1, layer), Shape.of(4, b, u), scalars, "drops" + layer);
      CellSpec.Lstm cell =
          new CellSpec.Lstm(u, Activation.TANH, Activation.SIGMOID, CellSpec.Lstm.Peephole.NONE);
      below =
          graph
              .recurrent(
                  cell,
                  new SequenceSpec(layer == 1, layer == 0),
                  new RecurrentOp.Inputs(below, k, r, bias, List.of(), List.of(), mask, drops),
                  "lstm" + layer)
              .sequence();
      below = graph.dropout(new DropoutOp.Draw(0.1f, 2, layer), below, scalars, "dropped" + layer);
    }
    Value w = weight(graph, weights, below.shape().last(), 4);
    Value p = graph.activate(Activation.SOFTMAX, graph.matMul(below, w, null, "logits"), "p");
    ObjectiveOp.LossValue loss =
        ObjectiveGraph.loss(
            graph, Loss.sparseCategoricalCrossentropy(false), p, target, null, mask);
    results.add(loss.result());
    List<Value> gradients = Gradients.of(graph, loss, weights);
    graph.clipNorm(0.1f, gradients, true);
    for (int i = 0; i < gradients.size(); i++) {
      Shape shape = weights.get(i).shape();
      List<Value> slots = List.of(graph.variable("m", shape), graph.variable("v", shape));
      UpdateRule rule = new UpdateRule.Adam(0.9f, 0.999f, 1e-7f, false);
      graph.update(rule, weights.get(i), gradients.get(i), slots, scalars);
    }
    return graph;
  }

  private static Value weight(Graph graph, List<Value> weights, int... dims) {
    Value w = graph.variable("w" + weights.size(), Shape.of(dims));
    weights.add(w);
    return w;
  }

  /** The loss and all weights after three steps. */
  private static List<float[]> train(boolean keepAll) {
    List<Value> weights = new ArrayList<>();
    List<Value> results = new ArrayList<>();
    Graph graph = trainingStep(weights, results);
    Program program = new Program("train", graph, keepAll ? graph.values() : results);
    assertThat(program.arenaBytes() < sum(graph)).isEqualTo(!keepAll);
    Random random = new Random(5);
    try (CpuBackend backend = new CpuBackend(2)) {
      Map<Value, Buffer> buffers = new HashMap<>();
      for (Value v : program.variables()) {
        Buffer buffer = backend.allocate(v.dtype(), v.size());
        if (weights.contains(v)) {
          buffer.write(gaussians(random, v.size()));
        }
        buffers.put(v, buffer);
      }
      try (Executable executable = backend.compile(program, buffers)) {
        for (int step = 0; step < 3; step++) {
          write(executable, random, step);
          executable.run();
        }
        List<float[]> all = new ArrayList<>();
        float[] loss = new float[4];
        executable.read(results.get(0), loss, 0);
        all.add(loss);
        for (Value w : weights) {
          float[] data = new float[w.size()];
          buffers.get(w).read(data);
          all.add(data);
        }
        return all;
      }
    }
  }

  private static void write(Executable executable, Random random, int step) {
    for (Value v : executable.program().inputs()) {
      float[] data = gaussians(random, v.size());
      if (v.name().equals("scalars")) {
        data =
            java.util.Arrays.copyOf(new float[] {0.1f, 0.1f, Float.intBitsToFloat(step)}, v.size());
      } else if (v.name().equals("target")) {
        for (int i = 0; i < data.length; i++) {
          data[i] = random.nextInt(4);
        }
      } else {
        java.util.Arrays.fill(data, 0, 9, 0); // three masked steps
      }
      executable.write(v, data, 0);
    }
  }

  private static float[] gaussians(Random random, int n) {
    float[] a = new float[n];
    for (int i = 0; i < n; i++) {
      a[i] = (float) random.nextGaussian() / 2;
    }
    return a;
  }

  /** What the arena would take if nothing shared. */
  private static long sum(Graph graph) {
    long sum = 0;
    for (Value v : graph.values()) {
      if (v.kind() == Value.Kind.INPUT || v.kind() == Value.Kind.TEMPORARY) {
        long unit = Program.ALIGNMENT;
        sum += (v.bytes() + unit - 1) / unit * unit;
      }
    }
    return sum;
  }

  @Test
  void sharedMemoryChangesNothing() {
    List<float[]> shared = train(false);
    List<float[]> separate = train(true);
    for (int i = 0; i < shared.size(); i++) {
      assertThat(shared.get(i)).as("result %d", i).isEqualTo(separate.get(i));
      assertThat(shared.get(i)).doesNotContain(Float.NaN);
    }
  }
}
