package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import io.github.lstm4j.backend.cuda.sim.CudaCall;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.backend.cuda.sim.SimulatedCudaBuilder;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A plan with a kernel whose blocks wait for one another and which has more shared memory than a
 * block gets freely: {@code src/test/resources/kernels/together.cu}.
 */
class CooperativeLaunchTest {
  private static final int BLOCKS = 5;
  private static final int THREADS = 64;
  private static final int STEPS = 3;
  private static final int SHARED = 64 << 10;

  private static final LaunchConfig TOGETHER =
      LaunchConfig.of(Dim3.of(BLOCKS), Dim3.of(THREADS)).withShared(SHARED).together();

  private final Graph graph = new Graph();
  private final Value x = graph.input("x", Shape.of(BLOCKS, THREADS), false);
  private final Value y = graph.scale(1, x, "y");

  private LaunchPlan plan(LaunchConfig config, CudaOptions options) {
    Program program = new Program("ring", graph, List.of(y));
    PlanBuilder plan = new PlanBuilder(Target.H100, options);
    CudaCompiler.feed(plan, program);
    Place arrived = plan.scratch(1);
    plan.zero(arrived, 1);
    plan.kernel("together", "ring", config, arrived, Place.of(x), Place.of(y), STEPS);
    return plan.build(program);
  }

  private static float[] input(int run) {
    float[] x = new float[BLOCKS * THREADS];
    for (int i = 0; i < x.length; i++) {
      x[i] = (i * 37 + run) % 101;
    }
    return x;
  }

  /** {@code STEPS} times, each block adds what the next one had. */
  private static float[] expected(float[] x) {
    float[] now = x;
    for (int s = 0; s < STEPS; s++) {
      float[] sum = now.clone();
      for (int i = 0; i < sum.length; i++) {
        sum[i] += now[(i + THREADS) % now.length];
      }
      now = sum;
    }
    return now;
  }

  /** At once, recorded, and replayed. */
  private void runThreeTimes(CudaContext context) {
    CudaExecutable executable =
        new CudaExecutable(context, plan(TOGETHER, CudaOptions.DEFAULT), Map.of());
    for (int run = 0; run < 3; run++) {
      float[] in = input(run);
      float[] out = new float[in.length];
      executable.write(x, in, 0);
      executable.run();
      executable.read(y, out, 0);
      assertThat(out).as("run %d", run).isEqualTo(expected(in));
    }
    executable.close();
  }

  private static SimulatedCudaBuilder device() {
    return SimulatedCuda.builder().sharedMemoryLimit(100 << 10);
  }

  @Test
  void onTheInterpreter() {
    SimulatedCuda cuda = device().build();
    CudaContext context = new CudaContext(cuda);
    runThreeTimes(context);
    assertThat(cuda.count(CudaCall.LAUNCH_GRAPH)).isEqualTo(2);
    context.close();
    assertThat(cuda.leaks()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void inAnyOrderOfBlocksAndWarps(long seed) {
    CudaContext context = new CudaContext(device().shuffle(seed).build());
    runThreeTimes(context);
    context.close();
  }

  @Test
  @Tag("gpu")
  void throughTheDriver() {
    CudaContext context = new CudaContext(Gpu.open());
    runThreeTimes(context);
    context.close();
  }

  @Test
  void blocksThatMayRunOneAfterTheOtherNeverMeet() {
    CudaContext context = new CudaContext(device().instructionLimit(100_000).build());
    LaunchConfig alone = LaunchConfig.of(Dim3.of(BLOCKS), Dim3.of(THREADS)).withShared(SHARED);
    CudaExecutable executable =
        new CudaExecutable(context, plan(alone, CudaOptions.DEFAULT.withGraph(false)), Map.of());
    executable.write(x, input(0), 0);
    assertThatThrownBy(executable::run).hasMessageContaining("the block did not end");
  }

  @Test
  void theListingSaysHowItIsLaunched() {
    assertThat(plan(TOGETHER, CudaOptions.DEFAULT).toString())
        .contains("ring", "grid 5x1x1 block 64x1x1 shared 65536 cooperative");
  }
}
