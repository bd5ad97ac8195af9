package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.io.npy.Npy;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.layers.Concatenate;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models of several inputs and outputs on arrays. */
class ArrayCommandsTest {
  @TempDir Path folder;
  private Path file;
  private Path data;
  private Tensor days;
  private Tensor shop;
  private Model model;

  @BeforeEach
  void model() throws IOException {
    KerasTensor past = new Input(3, 2).name("days").output();
    KerasTensor which = new Input(1).name("shop").output();
    KerasTensor both = new Concatenate().apply(new LSTM(2).apply(past), which);
    KerasTensor mean = new Dense(1).name("mean").apply(both);
    KerasTensor rush = new Dense(1, "sigmoid").name("rush").apply(both);
    model = Model.of(List.of(past, which), List.of(mean, rush));
    model.compile(
        Optimizer.sgd(0.1f),
        List.of(Loss.of("mse"), Loss.of("binary_crossentropy")),
        List.of(List.of(Metric.MEAN_ABSOLUTE_ERROR), List.of()));
    file = folder.resolve("shops.keras");
    model.save(file);
    days = Tensor.zeros(4, 3, 2).map(v -> 0.5);
    shop = Tensor.of(new float[] {0, 1, 0, 2}, 4, 1);
    data = folder.resolve("shops.npz");
  }

  private Map<String, Tensor> inputs() {
    return new LinkedHashMap<>(Map.of("shop", shop, "days", days));
  }

  @Test
  void predict() throws IOException {
    Npz.write(data, inputs());
    Path out = folder.resolve("out.npz");
    Cli run = Cli.run("predict", "--model", file, "--input", data, "--output", out);
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("mean (4, 1), rush (4, 1)");
    assertThat(List.copyOf(Npz.read(out).values())).isEqualTo(model.predict(List.of(days, shop)));
    Npz.write(data, Map.of("days", days, "x", shop));
    Cli missing = Cli.run("predict", "--model", file, "--input", data, "--output", out);
    assertThat(missing.code()).isEqualTo(1);
    assertThat(missing.err()).contains("expected arrays named", "[days, shop]").hasLineCount(1);
    Path one = folder.resolve("one.npy");
    Npy.write(one, days);
    Cli unnamed = Cli.run("predict", "--model", file, "--input", one, "--output", out);
    assertThat(unnamed.err()).contains("[days, shop], got one without a name").hasLineCount(1);
    Cli inspected = Cli.run("inspect", file, "--input", data, "--out", folder.resolve("p.html"));
    assertThat(inspected.code()).isEqualTo(1);
    assertThat(inspected.err()).hasLineCount(1);
  }

  @Test
  void evaluate() throws IOException {
    Tensor y = Tensor.of(new float[] {1, 2, 3, 4}, 4, 1);
    Tensor rush = Tensor.of(new float[] {0, 1, 1, 0}, 4, 1);
    Map<String, Tensor> all = inputs();
    all.putAll(Map.of("mean", y, "rush", rush));
    Npz.write(data, all);
    Cli run = Cli.run("evaluate", "--model", file, "--data", data);
    assertThat(run.err()).isEmpty();
    StringBuilder expected = new StringBuilder();
    model
        .evaluate(List.of(days, shop), List.of(y, rush), 4)
        .forEach((k, v) -> expected.append(String.format(Locale.ROOT, "%s %.6g%n", k, v)));
    assertThat(run.out()).isEqualTo(expected.toString());
    all.remove("rush");
    Npz.write(data, all);
    Cli missing = Cli.run("evaluate", "--model", file, "--data", data);
    assertThat(missing.err()).contains("expected arrays named", "[mean, rush]").hasLineCount(1);
  }
}
