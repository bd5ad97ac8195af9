package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which way a layer goes, at both sides of every bound of the rule. */
class GridTilingTest {
  /** How the layer goes forward; "grid" stands for a launch of a grid of blocks. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          90 | 132 | 232448 | true  | TF32 | 4   | 129  | 1  | grid
          90 | 132 | 232448 | true  | TF32 | 3   | 129  | 1  | step by step; fewer than 4 timesteps
          90 | 132 | 232448 | true  | TF32 | 4   | 128  | 1  | a block of 512 threads
          90 | 132 | 232448 | true  | TF32 | 4   | 1024 | 64 | grid
          90 | 132 | 232448 | true  | BF16 | 4   | 1024 | 64 | grid
          90 | 132 | 232448 | true  | TF32 | 4   | 1025 | 64 | step by step; a grid of blocks takes 129 to 1024
          90 | 132 | 232448 | true  | FP32 | 4   | 129  | 1  | step by step; a grid of blocks multiplies in TF32
          80 | 132 | 232448 | true  | TF32 | 4   | 512  | 16 | grid
          75 | 132 | 232448 | true  | TF32 | 4   | 512  | 16 | step by step; a grid of blocks needs sm_80
          90 | 132 | 232448 | false | TF32 | 4   | 512  | 16 | step by step; a grid of blocks needs sm_80 and cooperative
          90 | 32  | 232448 | true  | TF32 | 4   | 512  | 16 | grid
          90 | 31  | 232448 | true  | TF32 | 4   | 512  | 16 | step by step; a grid of blocks for its units and batch does not fit
          90 | 31  | 232448 | true  | TF32 | 4   | 496  | 16 | grid
          90 | 128 | 232448 | true  | TF32 | 4   | 1024 | 16 | grid
          90 | 127 | 232448 | true  | TF32 | 4   | 1024 | 16 | step by step; a grid of blocks for its units and batch does not fit
          90 | 64  | 232448 | true  | BF16 | 4   | 1024 | 16 | grid
          90 | 63  | 232448 | true  | BF16 | 4   | 1024 | 16 | step by step; a grid of blocks for its units and batch does not fit
          90 | 32  | 43008  | true  | TF32 | 4   | 512  | 16 | grid
          90 | 32  | 43007  | true  | TF32 | 4   | 512  | 16 | step by step; a grid of blocks for its units and batch does not fit
          90 | 32  | 232448 | true  | TF32 | 4   | 512  | 64 | grid
          90 | 32  | 232448 | true  | TF32 | 4   | 512  | 65 | step by step; a grid of blocks for its units and batch does not fit
          """)
  void atBothSidesOfEveryBound(
      int capability,
      int multiprocessors,
      int shared,
      boolean cooperative,
      MathMode math,
      int timesteps,
      int units,
      int batch,
      String way) {
    Target target =
        new Target(
            capability,
            multiprocessors,
            shared,
            cooperative,
            40 << 20,
            Double.POSITIVE_INFINITY,
            true);
    Sequential model =
        new Sequential(new Input(timesteps, 8), new LSTM(units), new Dense(1))
            .compile("adam", "mse");
    LaunchPlan plan =
        CudaCompiler.compile(
            model.program(batch, true), target, CudaOptions.DEFAULT.withMath(math));
    assertThat(plan.routes().get(0).text())
        .startsWith("lstm: " + (way.equals("grid") ? "one launch of " : way));
  }
}
