package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Launches of shapes at the end of what a tensor can be: read off the plan, for no device here
 * could hold them. A grid ends at 2³¹-1 blocks in x and at 65,535 in y and z.
 */
class LaunchLimitsTest {
  private static final Target WITHOUT_CUBLAS =
      new Target(60, 20, 48 << 10, false, 40 << 20, Double.POSITIVE_INFINITY, false);

  private static LaunchPlan plan(Sequential model, int batch, boolean training, boolean cublas) {
    return CudaCompiler.compile(
        model.program(batch, training), cublas ? Target.H100 : WITHOUT_CUBLAS, CudaOptions.DEFAULT);
  }

  private static void requireWithinLimits(LaunchPlan plan) {
    for (Work work : plan.work()) {
      if (work instanceof Work.Kernel k) {
        Dim3 grid = k.config().grid();
        assertThat(grid.x()).as(k.describe()).isPositive();
        assertThat(grid.y()).as(k.describe()).isBetween(1, 65_535);
        assertThat(grid.z()).as(k.describe()).isBetween(1, 65_535);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void manyRows(boolean cublas) { // T·B = 2²³, of which a row of 65,535 tiles of 64 holds half
    for (Layer layer : List.of(new LSTM(8), new GRU(8), new SimpleRNN(8))) {
      Sequential model =
          new Sequential(new Input(2048, 4), layer, new Dense(1)).compile("adam", "mse");
      requireWithinLimits(plan(model, 4096, true, cublas));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aWideTable(boolean cublas) { // more than 65,535 times 32 columns
    Sequential model =
        new Sequential(new Input(1), new Embedding(3, 2_200_000)).compile("sgd", "mse");
    requireWithinLimits(plan(model, 2, true, cublas));
  }

  /** A kernel with one thread an element and no loop must have that many threads. */
  @Test
  void moreThan268MillionUnits() {
    Sequential model = new Sequential(new Input(1, 1), new LSTM(1024)).compile("sgd", "mse");
    int batch = 300_000;
    for (Work work : plan(model, batch, false, true).work()) {
      if (work instanceof Work.Kernel k && k.entry().startsWith("lstm_forward")) {
        long threads = (long) k.config().grid().x() * k.config().block().x();
        assertThat(threads).isGreaterThanOrEqualTo(batch * 1024L);
      }
    }
  }

  @Test
  void manyProductsOfABuiltInBatch() {
    PlanBuilder plan = new PlanBuilder(WITHOUT_CUBLAS, CudaOptions.DEFAULT);
    Place place = Place.scratch(0);
    plan.product(65, 3, 2)
        .a(place, 2, false)
        .b(place, 3, false)
        .batch(70_000, 1, 1, 1)
        .into(place, 3, 0);
    Work.Kernel gemm = (Work.Kernel) plan.work().get(0);
    assertThat(gemm.config().grid()).isEqualTo(Dim3.of(2 * 70_000));
  }

  @Test
  void whatNoGpuStartsIsNotPlanned() {
    PlanBuilder plan = new PlanBuilder(WITHOUT_CUBLAS, CudaOptions.DEFAULT);
    assertThatThrownBy(() -> plan.kernel("m", "high", Dim3.of(1, 65_536), Dim3.of(32)))
        .hasMessageContaining("kernel high cannot be launched as grid 1x65536x1 block 32x1x1");
    assertThatThrownBy(() -> plan.kernel("m", "wide", Dim3.of(1), Dim3.of(33, 32)))
        .hasMessageContaining("kernel wide");
    LaunchConfig much = LaunchConfig.of(Dim3.of(1), Dim3.of(32)).withShared((48 << 10) + 1);
    assertThatThrownBy(() -> plan.kernel("m", "big", much)).hasMessageContaining("shared 49153");
  }

  /** The built-in product of several tiles each way, and several products. */
  @Test
  void tilesOfTheBuiltInProductAreWhereTheyBelong() {
    int batch = 3;
    int rows = 70;
    int inner = 5;
    int columns = 130;
    Graph graph = new Graph();
    Value a = graph.input("a", Shape.of(batch, rows, inner), false);
    Value b = graph.input("b", Shape.of(batch, inner, columns), false);
    Value c = graph.batchMatMul(a, b, false, false, "c");
    Program program = new Program("product", graph, List.of(c));
    float[] x = random(batch * rows * inner);
    float[] y = random(batch * inner * columns);
    float[] z = new float[batch * rows * columns];
    CudaContext context = new CudaContext(SimulatedCuda.builder().gemm(false).build());
    CudaExecutable executable =
        new CudaExecutable(
            context,
            CudaCompiler.compile(program, WITHOUT_CUBLAS, CudaOptions.DEFAULT.withGraph(false)),
            Map.of());
    executable.write(a, x, 0);
    executable.write(b, y, 0);
    executable.run();
    executable.read(c, z, 0);
    context.close();
    for (int i = 0; i < z.length; i++) {
      int of = i / (rows * columns);
      int row = i / columns;
      double sum = 0;
      for (int k = 0; k < inner; k++) {
        sum += (double) x[row * inner + k] * y[(of * inner + k) * columns + i % columns];
      }
      assertThat(z[i]).isCloseTo((float) sum, within(1e-5f));
    }
  }

  private static float[] random(int n) {
    Random random = new Random(n);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
