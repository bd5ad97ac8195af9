package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Gradients;
import io.github.lstm4j.graph.Graph;
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
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** How long an LSTM's forward pass and training step take on the CPU. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CpuLstmBenchmark {
  /** The sizes of the command {@code bench}, and some more. */
  public enum Size {
    S(32, 50, 8, 32),
    M(64, 100, 64, 128),
    L(64, 100, 256, 512),
    SEQ1(1, 100, 64, 128),
    STEP1(1, 1, 64, 128),
    SEQ1L(1, 100, 256, 512),
    STEP1L(1, 1, 256, 512),
    MRELU(64, 100, 64, 128, Activation.RELU);

    final int batch;
    final int timesteps;
    final int features;
    final int units;
    final Activation activation;

    Size(int batch, int timesteps, int features, int units) {
      this(batch, timesteps, features, units, Activation.TANH);
    }

    Size(int batch, int timesteps, int features, int units, Activation activation) {
      this.batch = batch;
      this.timesteps = timesteps;
      this.features = features;
      this.units = units;
      this.activation = activation;
    }
  }

  /** A compiled LSTM with its inputs. */
  @State(Scope.Thread)
  public abstract static class Compiled {
    /** Which size. */
    @Param public Size size;

    /** How many threads run it. */
    @Param({"1", "2"})
    public int threads;

    private CpuBackend backend;
    private Executable executable;

    abstract boolean training();

    final Executable executable() {
      return executable;
    }

    /** Compiles and fills it. */
    @Setup(Level.Trial)
    public void compile() {
      backend = new CpuBackend(threads);
      Program program = program(size, training());
      Map<Value, Buffer> buffers = new HashMap<>();
      for (Value v : program.variables()) {
        Buffer buffer = backend.allocate(v.dtype(), v.size());
        if (!v.name().equals("m") && !v.name().equals("v")) {
          buffer.write(RandomData.gaussian(v.size(), 0.1f));
        }
        buffers.put(v, buffer);
      }
      executable = backend.compile(program, buffers);
      for (Value v : program.inputs()) {
        boolean scalars = v.name().equals("scalars");
        executable.write(
            v, scalars ? new float[] {0.001f, 0.001f, 0, 0} : RandomData.gaussian(v.size(), 1), 0);
      }
    }

    /** Frees it. */
    @TearDown(Level.Trial)
    public void close() {
      executable.close();
      backend.close();
    }
  }

  /** Inference. */
  public static class Forward extends Compiled {
    @Override
    boolean training() {
      return false;
    }
  }

  /** A training step: mean squared error of a dense layer on the last state, Adam. */
  public static class Train extends Compiled {
    @Override
    boolean training() {
      return true;
    }
  }

  @Benchmark
  public void forward(Forward f) {
    f.executable().run();
  }

  @Benchmark
  public void train(Train t) {
    t.executable().run();
  }

  private static Program program(Size s, boolean train) {
    Graph graph = new Graph();
    Value x = graph.input("x", Shape.of(s.timesteps, s.batch, s.features), true);
    Value k = graph.variable("k", Shape.of(s.features, 4 * s.units));
    Value r = graph.variable("r", Shape.of(s.units, 4 * s.units));
    Value b = graph.variable("b", Shape.of(4 * s.units));
    List<Value> initial = new ArrayList<>();
    if (s.timesteps == 1) {
      initial.add(graph.variable("h0", Shape.of(s.batch, s.units)));
      initial.add(graph.variable("c0", Shape.of(s.batch, s.units)));
    }
    CellSpec.Lstm cell =
        new CellSpec.Lstm(s.units, s.activation, Activation.SIGMOID, CellSpec.Lstm.Peephole.NONE);
    RecurrentOp.Results out =
        graph.recurrent(
            cell,
            new SequenceSpec(false, false),
            new RecurrentOp.Inputs(x, k, r, b, List.of(), initial, null, null),
            "lstm");
    for (int i = 0; i < initial.size(); i++) {
      graph.add(new ElementwiseOp.Copy(out.states().get(i), initial.get(i)));
    }
    if (!train) {
      return new Program(s.name(), graph, List.of(out.sequence()));
    }
    Value scalars = graph.scalars();
    Value w = graph.variable("w", Shape.of(s.units, 1));
    Value v = graph.variable("v", Shape.of(1));
    Value target = graph.input("target", Shape.of(s.batch, 1), false);
    Value y = graph.matMul(out.states().get(0), w, v, "y");
    ObjectiveOp.LossValue loss =
        ObjectiveGraph.loss(graph, Loss.meanSquaredError(), y, target, null, null);
    List<Value> weights = List.of(k, r, b, w, v);
    List<Value> gradients = Gradients.of(graph, loss, weights);
    UpdateRule rule = new UpdateRule.Adam(0.9f, 0.999f, 1e-7f, false);
    for (int i = 0; i < weights.size(); i++) {
      Shape shape = weights.get(i).shape();
      List<Value> slots = List.of(graph.variable("m", shape), graph.variable("v", shape));
      graph.update(rule, weights.get(i), gradients.get(i), slots, scalars);
    }
    return new Program(s.name(), graph, List.of(loss.result()));
  }
}
