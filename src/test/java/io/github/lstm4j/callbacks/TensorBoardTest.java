package io.github.lstm4j.callbacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.LearningRateSchedule;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is read back by the format's own rules: tfrecord.h, event.proto. */
class TensorBoardTest {
  @TempDir Path folder;

  /** A scalar, or the rows of a histogram. */
  private record Entry(long step, String plugin, List<Double> values) {}

  private static Map<String, List<Entry>> read(Path part) throws IOException {
    Map<String, List<Entry>> byTag = new LinkedHashMap<>();
    List<Path> files;
    try (var all = Files.list(part)) {
      files = all.sorted().toList();
    }
    for (Path file : files) {
      assertThat(file.getFileName().toString()).startsWith("events.out.tfevents.");
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      boolean first = true;
      while (bytes.hasRemaining()) {
        Map<Integer, List<Object>> event = fields(record(bytes));
        if (first) {
          assertThat(text(event.get(3))).isEqualTo("brain.Event:2");
          first = false;
        } else {
          entry(event, byTag);
        }
      }
    }
    return byTag;
  }

  private static byte[] record(ByteBuffer bytes) {
    byte[] length = new byte[8];
    bytes.get(length);
    assertThat(bytes.getInt()).isEqualTo(masked(length));
    byte[] data = new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
    bytes.get(data);
    assertThat(bytes.getInt()).isEqualTo(masked(data));
    return data;
  }

  private static int masked(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    int value = (int) crc.getValue();
    return (value >>> 15 | value << 17) + 0xa282ead8;
  }

  private static void entry(Map<Integer, List<Object>> event, Map<String, List<Entry>> byTag) {
    Map<Integer, List<Object>> value = message(message(event.get(5)).get(1));
    Map<Integer, List<Object>> tensor = message(value.get(8));
    String plugin = text(message(message(value.get(9)).get(1)).get(1));
    double[] numbers;
    if (number(tensor.get(1)) == 1) { // float: float_val
      byte[] raw = (byte[]) tensor.get(5).get(0);
      numbers = new double[] {ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN).getFloat()};
    } else {
      byte[] raw = (byte[]) tensor.get(4).get(0);
      numbers = new double[raw.length / 8];
      ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(numbers);
      List<Object> dims = message(tensor.get(2)).get(2);
      long rows = number(fields((byte[]) dims.get(0)).get(1));
      assertThat(number(fields((byte[]) dims.get(1)).get(1))).isEqualTo(3);
      assertThat(numbers).hasSize((int) rows * 3);
    }
    byTag
        .computeIfAbsent(text(value.get(1)), t -> new ArrayList<>())
        .add(new Entry(number(event.get(2)), plugin, DoubleStream.of(numbers).boxed().toList()));
  }

  /** A message of protobuf: its fields by number; numbers as Long, else bytes. */
  private static Map<Integer, List<Object>> fields(byte[] message) {
    Map<Integer, List<Object>> fields = new LinkedHashMap<>();
    ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      long key = varint(in);
      Object value;
      if ((key & 7) == 0) {
        value = varint(in);
      } else if ((key & 7) == 1) {
        value = in.getLong();
      } else {
        assertThat(key & 7).isEqualTo(2);
        byte[] bytes = new byte[(int) varint(in)];
        in.get(bytes);
        value = bytes;
      }
      fields.computeIfAbsent((int) (key >> 3), k -> new ArrayList<>()).add(value);
    }
    return fields;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    int shift = 0;
    byte b;
    do {
      b = in.get();
      value |= (b & 0x7fL) << shift;
      shift += 7;
    } while (b < 0);
    return value;
  }

  private static Map<Integer, List<Object>> message(List<Object> field) {
    return fields((byte[]) field.get(0));
  }

  private static String text(List<Object> field) {
    return new String((byte[]) field.get(0), StandardCharsets.UTF_8);
  }

  private static long number(List<Object> field) {
    return field == null ? 0 : (long) field.get(0);
  }

  private static double[] series(List<Entry> entries) {
    return entries.stream().mapToDouble(e -> e.values().get(0)).toArray();
  }

  private static Sequential model(Optimizer optimizer) {
    Sequential m = new Sequential(new LSTM(2).inputShape(3, 2), new Dense(1)).seed(3);
    m.compile(optimizer, Loss.meanSquaredError(), Metric.MEAN_ABSOLUTE_ERROR);
    return m;
  }

  private static final Tensor X = Tensor.of(numbers(8 * 3 * 2), 8, 3, 2);
  private static final Tensor Y = Tensor.of(numbers(8), 8, 1);

  private static float[] numbers(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) Math.sin(i);
    }
    return values;
  }

  @Test
  void epochsStepsAndHistograms() throws IOException {
    LearningRateSchedule rate = LearningRateSchedule.exponentialDecay(0.1, 2, 0.5);
    try (Sequential m = model(Optimizer.sgd(0).withLearningRate(rate))) {
      TensorBoard board =
          new TensorBoard(folder).histogramFreq(2).updateFreq(3).gradientsOf(Batch.of(X, Y));
      History h =
          m.fit(X, Y, Fit.epochs(3).batchSize(4).validationData(X, Y).callbacks(board).silent());
      Map<String, List<Entry>> train = read(folder.resolve("train"));
      Map<String, List<Entry>> validation = read(folder.resolve("validation"));
      assertThat(train.keySet())
          .contains("epoch_loss", "epoch_mae", "epoch_learning_rate", "batch_loss", "batch_mae");
      assertThat(validation)
          .containsOnlyKeys(
              "epoch_loss",
              "epoch_mae",
              "evaluation_loss_vs_iterations",
              "evaluation_mae_vs_iterations");
      for (int e = 0; e < 3; e++) {
        assertThat(series(train.get("epoch_loss"))[e])
            .isCloseTo(h.get("loss").get(e), within(1e-6));
        assertThat(series(validation.get("epoch_loss"))[e])
            .isCloseTo(h.get("val_loss").get(e), within(1e-6));
      }
      assertThat(series(train.get("epoch_learning_rate")))
          .containsExactly(new double[] {0.05, 0.025, 0.0125}, within(1e-7));
      assertThat(train.get("epoch_loss").stream().map(Entry::step)).containsExactly(0L, 1L, 2L);
      assertThat(train.get("batch_loss").stream().map(Entry::step)).containsExactly(3L, 6L);
      assertThat(validation.get("evaluation_loss_vs_iterations").stream().map(Entry::step))
          .containsExactly(2L, 4L, 6L);
      assertThat(train.get("epoch_loss").get(0).plugin()).isEqualTo("scalars");

      List<Entry> kernel = train.get("lstm/kernel/histogram");
      assertThat(kernel.stream().map(Entry::step)).containsExactly(0L, 2L);
      assertHistogram(kernel.get(1), m.weights().get(0).value().data());
      float[] gradient = m.gradients(Batch.of(X, Y)).get("lstm.kernel").data();
      assertHistogram(train.get("lstm/kernel/gradient").get(1), gradient);
    }
  }

  private static void assertHistogram(Entry entry, float[] values) {
    assertThat(entry.plugin()).isEqualTo("histograms");
    double total = 0;
    for (int i = 0; i < entry.values().size(); i += 3) {
      double left = entry.values().get(i);
      double right = entry.values().get(i + 1);
      double count = entry.values().get(i + 2);
      int within = 0;
      for (float v : values) {
        within += v > left + 1e-6 && v < right - 1e-6 ? 1 : 0;
      }
      assertThat(count).isGreaterThanOrEqualTo(within);
      total += count;
    }
    assertThat(total).isEqualTo(values.length);
  }

  /** A step of plain descent with rate 1 subtracts the gradient. */
  @Test
  void gradientsAreThoseOfAStep() {
    try (Sequential m = model(Optimizer.sgd(1))) {
      Map<String, Tensor> gradients = m.gradients(Batch.of(X, Y));
      List<Tensor> before = m.getWeights();
      m.trainOnBatch(X, Y);
      assertThat(gradients).hasSize(before.size());
      for (int i = 0; i < before.size(); i++) {
        Tensor g = gradients.get(m.weights().get(i).path());
        for (int k = 0; k < g.size(); k++) {
          float moved = before.get(i).data()[k] - m.weights().get(i).value().data()[k];
          assertThat(g.data()[k]).isCloseTo(moved, within(1e-6f));
        }
      }
    }
  }

  @Test
  void averagesAreValidatedAndSaved() throws IOException {
    Path file = folder.resolve("best.keras");
    List<Tensor> inEpoch = new ArrayList<>();
    try (Sequential m = model(Optimizer.sgd(0.5f).withEma(0.5f))) {
      History h =
          m.fit(
              X,
              Y,
              Fit.epochs(2)
                  .batchSize(2)
                  .validationData(X, Y)
                  .callbacks(
                      new SwapEMAWeights().swapOnEpoch(true),
                      new ModelCheckpoint(file.toString()),
                      new LambdaCallback()
                          .batchEnd((t, step) -> inEpoch.add(t.model().weights().get(0).value())))
                  .silent());
      assertThat(m.evaluate(X, Y, 2).get("loss")).isEqualTo(h.get("val_loss").get(1));
      assertThat(m.weights().get(0).value()).isNotEqualTo(inEpoch.get(inEpoch.size() - 1));
      try (var saved = io.github.lstm4j.model.Models.load(file)) {
        assertThat(saved.getWeights()).isEqualTo(m.getWeights());
      }
    }
    // the weights that train are the same as without
    try (Sequential m = model(Optimizer.sgd(0.5f).withEma(0.5f))) {
      List<Tensor> plain = new ArrayList<>();
      m.fit(
          X,
          Y,
          Fit.epochs(2)
              .batchSize(2)
              .callbacks(
                  new LambdaCallback()
                      .batchEnd((t, step) -> plain.add(t.model().weights().get(0).value())))
              .silent());
      assertThat(plain).isEqualTo(inEpoch);
    }
  }

  @Test
  void refusals() {
    try (Sequential m = model(Optimizer.sgd(0.5f))) {
      assertThatIllegalStateException()
          .isThrownBy(() -> m.fit(X, Y, Fit.epochs(1).callbacks(new SwapEMAWeights()).silent()))
          .withMessageContaining("SwapEMAWeights: SGD keeps no averages");
    }
    LearningRateSchedule rate = LearningRateSchedule.cosineDecay(0.1, 9, 0);
    try (Sequential m = model(Optimizer.sgd(0).withLearningRate(rate))) {
      assertThatIllegalStateException()
          .isThrownBy(
              () -> m.fit(X, Y, Fit.epochs(1).callbacks(new ReduceLROnPlateau("loss")).silent()))
          .withMessageContaining("ReduceLROnPlateau: the learning rate goes by");
      assertThatIllegalStateException()
          .isThrownBy(() -> m.setLearningRate(0.1f))
          .withMessageContaining("cannot be set");
    }
  }
}
