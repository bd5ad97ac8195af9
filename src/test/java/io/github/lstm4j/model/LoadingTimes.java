package io.github.lstm4j.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import io.github.lstm4j.io.safetensors.TorchWeights;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * How long files of 100 MB take to load, as multiples of the time of reading their bytes from the
 * page cache, both in turn; the first load in a Java that has just begun; and the smallest heap, as
 * a multiple of the weights. No test: {@code java -Xmx2g -cp …
 * io.github.lstm4j.model.LoadingTimes}.
 */
public final class LoadingTimes {
  private static final int TURNS = 7;
  private static final List<String> FORMATS =
      List.of("keras", "weights.h5", "h5", "onnx", "safetensors", "torch.safetensors");

  private LoadingTimes() {}

  /** Measures all; with a kind of model, a file and its format, one first load. */
  public static void main(String[] args) throws Exception {
    if (args.length > 0) {
      double read = read(Path.of(args[1]));
      System.out.printf(Locale.ROOT, "%.4f %.4f%n", load(args[0], Path.of(args[1]), args[2]), read);
      return;
    }
    Path folder = Files.createTempDirectory("loading");
    System.out.println(
        "| model | format | warm | its processor time | first load | its seconds | heap |");
    System.out.println("|---|---|---|---|---|---|---|");
    for (String kind : List.of("large", "small")) {
      Sequential model = model(kind);
      Random random = new Random(7);
      long bytes = 0;
      for (Weight w : model.weights()) {
        float[] values = new float[w.shape().size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = random.nextFloat() - 0.5f;
        }
        w.adopt(Tensor.of(values, w.shape()));
        bytes += 4L * values.length;
      }
      List<Path> files = new ArrayList<>();
      for (String format : FORMATS) {
        Path file = folder.resolve(kind + "." + format);
        files.add(file);
        switch (format) {
          case "weights.h5" -> model.saveWeights(file);
          case "torch.safetensors" -> new TorchWeights(model).save(file);
          default -> model.save(file);
        }
      }
      model.close();
      for (int i = 0; i < files.size(); i++) {
        measure(kind, files.get(i), FORMATS.get(i), bytes);
        Files.delete(files.get(i));
      }
    }
    Files.delete(folder);
  }

  private static Sequential model(String kind) {
    Sequential model = new Sequential();
    if (kind.equals("large")) {
      return model.add(new LSTM(1500).inputShape(10, 2000)).add(new Dense(2000));
    }
    model.add(new LSTM(128).returnSequences(true).inputShape(10, 128));
    for (int i = 1; i < 190; i++) {
      model.add(new LSTM(128).returnSequences(true));
    }
    return model.add(new Dense(1));
  }

  /** Seconds of reading a file, piece by piece. */
  private static double read(Path file) throws IOException {
    ByteBuffer piece = ByteBuffer.allocateDirect(1 << 20);
    long start = System.nanoTime();
    try (SeekableByteChannel in = Files.newByteChannel(file)) {
      while (in.read(piece) >= 0) {
        piece.clear();
      }
    }
    return (System.nanoTime() - start) / 1e9;
  }

  /** Seconds of loading it; weights alone go into a new model. */
  private static double load(String kind, Path file, String format) throws IOException {
    boolean alone = format.equals("weights.h5") || format.equals("torch.safetensors");
    Model model = alone ? model(kind) : null;
    long start = System.nanoTime();
    if (alone) {
      model.loadWeights(file);
    } else {
      model = Models.load(file);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    model.close();
    return seconds;
  }

  private static void measure(String kind, Path file, String format, long weights)
      throws IOException, InterruptedException {
    double[] warm = new double[TURNS];
    long loading = 0; // the clock is coarse: sums
    long reading = 0;
    for (int i = 0; i < TURNS; i++) {
      long start = cpuTime();
      warm[i] = load(kind, file, format);
      long loaded = cpuTime();
      warm[i] /= read(file);
      loading += loaded - start;
      reading += cpuTime() - loaded;
    }
    double[] first = new double[3];
    double[] ratios = new double[first.length];
    for (int i = 0; i < first.length; i++) {
      String[] said = fork(kind, file, format, 2000).split(" ", -1);
      first[i] = Double.parseDouble(said[0]);
      ratios[i] = first[i] / Double.parseDouble(said[1]);
    }
    double heap = 4;
    double less = 1;
    while (heap - less > 0.06) {
      double half = (heap + less) / 2;
      if (fork(kind, file, format, half * weights / (1 << 20)) != null) {
        heap = half;
      } else {
        less = half;
      }
    }
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %.2f (%.2f to %.2f) | %.2f | %.1f | %.2f | %.2f |%n",
        kind,
        format,
        median(warm),
        warm[0],
        warm[TURNS - 1],
        loading / (double) reading,
        median(ratios),
        median(first),
        heap);
  }

  /** Of this process, whatever else the machine does: nanoseconds, with the collector's. */
  private static long cpuTime() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  /** What a Java of its own says, with so many megabytes of heap; null if it fails. */
  private static String fork(String kind, Path file, String format, double megabytes)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + (int) megabytes + "m",
                "-cp",
                System.getProperty("java.class.path"),
                LoadingTimes.class.getName(),
                kind,
                file.toString(),
                format)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    return process.waitFor() == 0 ? said : null;
  }
}
