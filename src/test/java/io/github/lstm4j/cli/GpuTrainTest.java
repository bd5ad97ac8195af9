package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.cuda.CudaProbe;
import io.github.lstm4j.backend.cuda.Gpu;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train --devices}: all GPUs of this machine share the batches, with one GPU's results. */
@Tag("gpu")
class GpuTrainTest {
  @TempDir Path folder;

  private List<Tensor> trained(Path data, String... devices) throws IOException {
    Path out = folder.resolve(devices[0] + ".keras");
    List<Object> args =
        new ArrayList<>(
            List.of(
                "train", "--data", data, "--target", "level", "--window", "5", "--horizon", "1"));
    args.addAll(List.of("--units", "4", "--batch", "16", "--epochs", "2", "--seed", "3"));
    args.addAll(List.of("--out", out, "--backend", "cuda"));
    args.addAll(List.of(devices));
    Cli run = Cli.run(args.toArray());
    assertThat(run.err()).isEmpty();
    assertThat(run.out().split("Backend: CUDA", -1)).hasSize(devices[1].split(",", -1).length + 1);
    try (Model model = Models.load(out)) {
      return model.getWeights();
    }
  }

  @Test
  void devicesShareTheBatches() throws IOException {
    Gpu.assumePresent();
    StringBuilder rows = new StringBuilder("level\n");
    for (int row = 0; row < 60; row++) {
      rows.append(String.format(Locale.ROOT, "%.4f%n", Math.sin(row * 0.3)));
    }
    Path data = Files.writeString(folder.resolve("waves.csv"), rows);
    String all =
        IntStream.range(0, CudaProbe.result().devices().size())
            .mapToObj(String::valueOf)
            .collect(Collectors.joining(","));
    List<Tensor> one = trained(data, "--device", "0");
    List<Tensor> shared = trained(data, "--devices", all);
    for (int i = 0; i < one.size(); i++) {
      assertThat(shared.get(i).data())
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(one.get(i).data());
    }
  }
}
