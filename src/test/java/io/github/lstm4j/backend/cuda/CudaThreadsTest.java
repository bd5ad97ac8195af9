package io.github.lstm4j.backend.cuda;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.backend.cuda.sim.SimulatedCudaBuilder;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.runtime.Backends;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads that use one backend, each with an executable of its own over the same variables. */
@Timeout(120)
class CudaThreadsTest {
  private static final int THREADS = 16;
  private static final int BATCH = 2;
  private static final Program PROGRAM =
      SmallModels.bidirectional(Backends.cpu()).program(BATCH, false);
  private static final Value X = PROGRAM.inputs().get(0);
  private static final Value Y =
      PROGRAM.ops().get(PROGRAM.ops().size() - 1).outputs().get(0); // of the Dense

  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

  @AfterEach
  void endThreads() {
    threads.shutdown();
  }

  /** The program's variables, filled with the same numbers each time. */
  private static Map<Value, Buffer> variables(CudaBackend backend) {
    Random random = new Random(4);
    Map<Value, Buffer> variables = new HashMap<>();
    for (Value v : PROGRAM.variables()) {
      float[] values = new float[v.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      Buffer buffer = backend.allocate(v.dtype(), v.size());
      buffer.write(values);
      variables.put(v, buffer);
    }
    return variables;
  }

  private static float[] input(int number) {
    Random random = new Random(number);
    float[] x = new float[X.size()];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  private static List<Float> predict(Executable executable, int number) {
    executable.write(X, input(number), 0);
    executable.run();
    float[] y = new float[Y.size()];
    executable.read(Y, y, 0);
    List<Float> floats = new ArrayList<>();
    for (float f : y) {
      floats.add(f);
    }
    return floats;
  }

  /** Predicts {@code count} inputs, beginning with {@code first}. */
  private static List<List<Float>> predictAll(Executable executable, int first, int count) {
    List<List<Float>> all = new ArrayList<>();
    for (int i = first; i < first + count; i++) {
      all.add(predict(executable, i));
    }
    return all;
  }

  private void allThreadsGetWhatOneGets(SimulatedCudaBuilder device, int count) throws Exception {
    List<List<Float>> expected;
    try (CudaBackend backend =
        new CudaBackend(SimulatedCuda.builder().build(), CudaOptions.DEFAULT)) {
      Executable executable = backend.compile(PROGRAM, variables(backend));
      expected = predictAll(executable, 0, count + THREADS);
    }
    SimulatedCuda cuda = device.build();
    try (CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT)) {
      Map<Value, Buffer> variables = variables(backend);
      List<Callable<List<List<Float>>>> tasks = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        int first = t;
        tasks.add(
            () -> {
              try (Executable executable = backend.compile(PROGRAM, variables)) {
                return predictAll(executable, first, count);
              }
            });
      }
      List<Future<List<List<Float>>>> results = threads.invokeAll(tasks);
      for (int t = 0; t < THREADS; t++) {
        assertThat(results.get(t).get()).isEqualTo(expected.subList(t, t + count));
      }
    }
    assertThat(cuda.leaks()).isEmpty();
  }

  @Test
  void eachGetsItsOwnAnswers() throws Exception {
    allThreadsGetWhatOneGets(SimulatedCuda.builder(), 60);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void inAnyOrderOfTheDevice(long seed) throws Exception {
    allThreadsGetWhatOneGets(SimulatedCuda.builder().shuffle(seed), 8);
  }

  @Test
  void closingEndsThemAllWithAClearMessage() throws Exception {
    SimulatedCuda cuda = SimulatedCuda.builder().build();
    CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT);
    Map<Value, Buffer> variables = variables(backend);
    CountDownLatch running = new CountDownLatch(THREADS);
    List<Future<String>> ends = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      ends.add(
          threads.submit(
              () -> {
                try (Executable executable = backend.compile(PROGRAM, variables)) {
                  for (int i = 0; true; i++) {
                    predict(executable, i);
                    running.countDown();
                  }
                } catch (IllegalStateException e) {
                  return e.getMessage();
                }
              }));
    }
    assertThat(running.await(60, SECONDS)).isTrue();
    backend.close();
    for (Future<String> end : ends) {
      assertThat(end.get(60, SECONDS)).isEqualTo("the CUDA backend is closed; open another");
    }
    assertThat(cuda.leaks()).isEmpty();
  }
}
