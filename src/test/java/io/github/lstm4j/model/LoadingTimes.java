package io.github.lstm4j.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.lstm4j.io.safetensors.TorchWeights;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
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
 * How long files of 100 MB take to load, as multiples of the time of reading them, both in turn: by
 * {@code Files.readAllBytes}, which gives them as memory of Java's, and piece by piece into one
 * small buffer outside of Java's heap, which keeps nothing; the same from a stream: medians of the
 * first 15 loads of the format and of the last 15 of 60; the first load in a Java that has just
 * begun; and the smallest heap, as a multiple of the weights. All files are in the page cache. No
 * test: {@code java -Xmx2g -cp … io.github.lstm4j.model.LoadingTimes}.
 */
public final class LoadingTimes {
  private static final int TURNS = 15; // that count
  private static final int ALL = 60; // until Java has compiled what there is to compile

  private static final String ONCE = "once";

  private static byte[] kept; // so that reading into it is not left out
  private static final List<String> FORMATS =
      List.of("keras", "weights.h5", "h5", "onnx", "safetensors", "torch.safetensors");

  private LoadingTimes() {}

  /** Measures both kinds of model and all formats, or one, large or small, and those named. */
  public static void main(String[] args) throws Exception {
    if (args.length > 0 && args[0].equals(ONCE)) {
      System.out.printf(Locale.ROOT, "%.4f%n", load(args[1], Path.of(args[2]), args[3]));
      return;
    }
    Path folder = Files.createTempDirectory("loading");
    System.out.println(
        "| model | format | milliseconds | of readAllBytes | the first 15 | of reading into one"
            + " buffer | from a stream, of readAllBytes of one | first load, seconds | heap |");
    System.out.println("|---|---|---|---|---|---|---|---|---|");
    for (String kind : args.length == 0 ? List.of("large", "small") : List.of(args[0])) {
      List<String> formats = args.length < 2 ? FORMATS : List.of(args).subList(1, args.length);
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
      for (String format : formats) {
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
        measure(kind, files.get(i), formats.get(i), bytes);
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

  /** Something that takes time. */
  private interface Work {
    void run() throws IOException;
  }

  private static double seconds(Work work) throws IOException {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }

  private static void readInPieces(Path file) throws IOException {
    ByteBuffer piece = ByteBuffer.allocateDirect(1 << 20);
    try (SeekableByteChannel in = Files.newByteChannel(file)) {
      while (in.read(piece) >= 0) {
        piece.clear();
      }
    }
  }

  private static boolean areAlone(String format) {
    return format.equals("weights.h5") || format.equals("torch.safetensors");
  }

  /** Seconds of loading it; weights alone go into a new model. */
  private static double load(String kind, Path file, String format) throws IOException {
    Model[] model = {areAlone(format) ? model(kind) : null};
    double seconds =
        seconds(
            () -> {
              if (model[0] != null) {
                model[0].loadWeights(file);
              } else {
                model[0] = Models.load(file);
              }
            });
    model[0].close();
    return seconds;
  }

  /** Seconds of loading it from a stream. */
  private static double loadStream(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      Model[] model = {null};
      double seconds = seconds(() -> model[0] = Models.load(in));
      model[0].close();
      return seconds;
    }
  }

  private static void measure(String kind, Path file, String format, long weights)
      throws IOException, InterruptedException {
    double[] loads = new double[ALL];
    double[] whole = new double[ALL];
    double[] pieces = new double[ALL];
    double[] streams = new double[ALL];
    double[] wholeStreams = new double[ALL];
    for (int i = 0; i < ALL; i++) {
      loads[i] = load(kind, file, format);
      whole[i] = seconds(() -> kept = Files.readAllBytes(file));
      kept = null;
      pieces[i] = seconds(() -> readInPieces(file));
      if (!areAlone(format)) {
        streams[i] = loadStream(file);
        try (InputStream in = Files.newInputStream(file)) {
          wholeStreams[i] = seconds(() -> kept = in.readAllBytes());
        }
        kept = null;
      }
    }
    double[] first = new double[3];
    for (int i = 0; i < first.length; i++) {
      first[i] = Double.parseDouble(fork(kind, file, format, 2000));
    }
    Arrays.sort(first);
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
        "| %s | %s | %.0f | %.2f | %.2f | %.2f | %s | %.2f | %.2f |%n",
        kind,
        format,
        last(loads) * 1000,
        last(loads) / last(whole),
        median(loads, 0) / median(whole, 0),
        last(loads) / last(pieces),
        areAlone(format)
            ? "–"
            : String.format(Locale.ROOT, "%.2f", last(streams) / last(wholeStreams)),
        first[1],
        heap);
  }

  private static double last(double[] values) {
    return median(values, ALL - TURNS);
  }

  private static double median(double[] values, int from) {
    double[] some = Arrays.copyOfRange(values, from, from + TURNS);
    Arrays.sort(some);
    return some[TURNS / 2];
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
                ONCE,
                kind,
                file.toString(),
                format)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    return process.waitFor() == 0 ? said : null;
  }
}
