package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Flatten;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.tensor.TooLargeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Sizes that no array can have or no memory can hold: who, what shape, how many bytes. */
class TooLargeTest {
  private static void refused(ThrowingCallable action, String... words) {
    assertThatThrownBy(action).isInstanceOf(TooLargeException.class).hasMessageContainingAll(words);
  }

  @Test
  void weightsWithMoreElementsThanAnArray() {
    refused(
        () -> new Sequential(new LSTM(40_000).inputShape(3, 2)).predict(Tensor.zeros(1, 3, 2)),
        "lstm.recurrent_kernel",
        "(40000, 160000)",
        "6400000000 elements",
        "23.8 GiB");
    refused(
        () -> new Sequential(new Dense(1 << 20).inputShape(1 << 20)).predict(Tensor.zeros(1, 1)),
        "dense.kernel",
        "(1048576, 1048576)",
        "4096.0 GiB");
    refused(
        () -> new Sequential(Input.of(Shape.of(-1, 5)), new Embedding(1 << 20, 1 << 12)).summary(),
        "embedding.embeddings",
        "(1048576, 4096)",
        "16.0 GiB");
  }

  /** 4 · 2^30 is 0 in 32 bits: nothing may be computed with that. */
  @Test
  void unitsWhoseGatesAreMoreThanAnInt() {
    for (int units : new int[] {1 << 29, 1 << 30, Integer.MAX_VALUE}) {
      refused(
          () -> new Sequential(new LSTM(units).inputShape(3, 2)).summary(),
          "lstm",
          "4 gates of " + units + " units");
    }
    refused(
        () -> new Sequential(new Bidirectional(new SimpleRNN(1 << 30)).inputShape(3, 1)).summary(),
        "simple_rnn",
        "(1073741824, 1073741824)");
  }

  @Test
  void shapesBetweenLayers() {
    assertThatThrownBy(() -> new Sequential(new Input(1 << 20, 1 << 12), new Flatten()).summary())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("flatten: ")
        .hasMessageContaining("got (None, 1048576, 4096)");
    refused(
        () ->
            new Sequential(new Dense(1 << 12).inputShape(2), new RepeatVector(1 << 16), new LSTM(8))
                .predict(Tensor.zeros(64, 2)),
        "predict with a batch of 32: repeat_vector",
        "(65536, 32, 4096)",
        "32.0 GiB");
  }

  @Test
  void batchesOfAProgram() {
    try (Model model =
        new Sequential(new LSTM(64).inputShape(1000, 8), new Dense(1))
            .compile(Optimizer.adam(0.001f), Loss.meanSquaredError())) {
      refused(
          () -> model.program(1 << 20, false),
          "predict with a batch of 1048576: x",
          "(1000, 1048576, 8)",
          "31.3 GiB");
      refused(
          () -> model.program(1 << 15, false),
          "predict with a batch of 32768: lstm.gates",
          "(1000, 32768, 256)",
          "31.3 GiB");
      assertThatThrownBy(() -> model.program(-1, true))
          .hasMessageContaining("batch must be at least 1, got -1");
      assertThatThrownBy(() -> model.program(0, true))
          .hasMessageContaining("batch must be at least 1, got 0");
      assertThatThrownBy(() -> model.program(2, 7, true))
          .hasMessageContaining("lstm: expected 1000 timesteps, got 7");
      assertThatThrownBy(() -> model.session(0)).hasMessageContaining("at least 1, got 0");
      refused(() -> model.session(Integer.MAX_VALUE), "step", "(1, 2147483647, 8)", "GiB");
      refused(
          () -> {
            Model other = model.on(Backends.cpu());
            other.executable(1 << 13, true);
          },
          "train (1000, 8192, 8)",
          "one array holds at most 8.0 GiB",
          "use smaller batches or fewer timesteps: its largest value is");
    }
  }

  @Test
  void tensors() {
    refused(() -> Tensor.zeros(1 << 16, 1 << 16), "(65536, 65536)", "4294967296 elements");
    refused(() -> Tensor.zeros(Integer.MAX_VALUE), "(2147483647,)", "one array holds at most");
    refused(() -> Tensor.of(new float[3], 1 << 16, 1 << 16), "(65536, 65536)");
    assertThat(Tensor.zeros(1 << 20, 0, 1 << 20).size()).isZero();
  }

  /** A process of its own with a small heap, so that this one's stays whole. */
  @Test
  void theHeapIsNamedWhereItEnds() throws Exception {
    String out = inASmallHeap("weights");
    assertThat(out)
        .containsPattern("lstm\\.recurrent_kernel \\(4096, 16384\\): .* needs 256\\.0 MiB")
        .containsPattern("of the heap's \\d+\\.0 MiB there are \\d+\\.\\d MiB left")
        .contains("-Xmx");
    assertThat(inASmallHeap("batch"))
        .containsPattern("predict \\(500, 512, 8\\) needs \\d+\\.\\d MiB, but of the heap's")
        .contains("its largest value is")
        .contains("then: (1, 1)"); // and the next, smaller one is right
  }

  private static String inASmallHeap(String what) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx128m",
                    "--add-modules",
                    "jdk.incubator.vector",
                    "-cp",
                    System.getProperty("java.class.path"),
                    SmallHeap.class.getName(),
                    what))
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    return out;
  }

  /** What {@link #theHeapIsNamedWhereItEnds} runs. */
  static final class SmallHeap {
    private SmallHeap() {}

    public static void main(String[] args) {
      Model model =
          args[0].equals("weights")
              ? new Sequential(new LSTM(4096).inputShape(3, 2))
              : new Sequential(new LSTM(64).inputShape(500, 8), new Dense(1));
      try (model) {
        int[] input = args[0].equals("weights") ? new int[] {1, 3, 2} : new int[] {512, 500, 8};
        model.predict(Tensor.zeros(input), 512);
        System.out.println("not refused");
      } catch (TooLargeException e) {
        System.out.println(e.getMessage());
        if (args[0].equals("batch")) {
          System.out.println("then: " + model.predict(Tensor.zeros(1, 500, 8)).shape());
        }
      }
    }
  }
}
