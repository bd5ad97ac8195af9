package io.github.lstm4j.io.keras;

import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.layers.ActivationLayer;
import io.github.lstm4j.layers.ActivityRegularization;
import io.github.lstm4j.layers.AlphaDropout;
import io.github.lstm4j.layers.AveragePooling1D;
import io.github.lstm4j.layers.BatchNormalization;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Conv1D;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Flatten;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.GRUCell;
import io.github.lstm4j.layers.GroupNormalization;
import io.github.lstm4j.layers.Identity;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.LSTMCell;
import io.github.lstm4j.layers.LayerNormalization;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.MaxPooling1D;
import io.github.lstm4j.layers.Normalization;
import io.github.lstm4j.layers.PReLU;
import io.github.lstm4j.layers.Permute;
import io.github.lstm4j.layers.RMSNormalization;
import io.github.lstm4j.layers.RNN;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.layers.Reshape;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.layers.ZeroPadding1D;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Small models of every layer, loss and optimizer. {@link #main} writes them, trained for three
 * steps, as files for {@code golden/lstm4j-files/record.py}, which notes what Keras makes of them.
 */
final class SampleModels {
  static final List<String> NAMES =
      List.of(
          "names", "sequence", "text", "decoder", "stateful", "simple_rnn", "cells", "companions");

  private SampleModels() {}

  /** A model, and data to train it on. */
  record Sample(Sequential model, Tensor x, Tensor y) {}

  static Sample of(String name) {
    return switch (name) {
      case "names" -> names();
      case "sequence" -> sequence();
      case "text" -> text();
      case "decoder" -> decoder();
      case "stateful" -> stateful();
      case "simple_rnn" -> simpleRnn();
      case "cells" -> cells();
      case "companions" -> companions();
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** Layers called like the groups of other layers in the file. */
  private static Sample names() {
    Sequential m = new Sequential().name("names").seed(1);
    m.add(new Input(5, 3));
    m.add(new LSTM(4).name("lstm_1").returnSequences(true).recurrentActivation("hard_sigmoid"));
    m.add(new LSTM(3).name("lstm").goBackwards(true).returnSequences(true).useBias(false));
    m.add(new LSTM(3).name("dense").activation("softsign").unitForgetBias(false));
    m.add(new Dense(3).name("lstm_2").activation("softmax"));
    m.compile(
        Optimizer.adam(0.01f).withClipnorm(0.5f),
        Loss.categoricalCrossentropy(false),
        Metric.CATEGORICAL_ACCURACY);
    return new Sample(m, normal(8, 5, 3), oneHot(8, 3));
  }

  private static Sample sequence() {
    Sequential m = new Sequential().name("sequence").seed(2);
    m.add(new Input(-1, 3));
    m.add(new Masking(-1f));
    m.add(new Bidirectional(new LSTM(3).returnSequences(true), "sum"));
    m.add(new Bidirectional(new LSTM(2).returnSequences(true), "mul"));
    m.add(new TimeDistributed(new Dense(2, "tanh")));
    m.compile(
        Optimizer.rmsprop(0.01f, 0.8f, 0.5f, 1e-6f, true),
        Loss.meanSquaredError(),
        Metric.MEAN_ABSOLUTE_ERROR,
        Metric.ROOT_MEAN_SQUARED_ERROR);
    Tensor x = normal(6, 4, 3);
    java.util.Arrays.fill(x.data(), 9, 12, -1f); // the end of the first sequence
    java.util.Arrays.fill(x.data(), 15, 18, -1f); // the middle of the second
    return new Sample(m, x, normal(6, 4, 2));
  }

  private static Sample text() {
    Sequential m = new Sequential().name("text").seed(3);
    m.add(new Input(6));
    m.add(new Embedding(7, 4).maskZero(true));
    m.add(new Bidirectional(new LSTM(2).name("inner")));
    m.add(new Dense(1, "sigmoid"));
    m.compile(
        Optimizer.adamW(0.02f, 0.01f).withGlobalClipnorm(1f),
        Loss.binaryCrossentropy(false),
        Map.of("accuracy", Metric.BINARY_ACCURACY));
    Philox random = new Philox(5, 1);
    Tensor x = Tensor.zeros(8, 6);
    Tensor y = Tensor.zeros(8, 1);
    for (int i = 0; i < x.size(); i++) {
      x.data()[i] = i % 6 > 3 ? 0 : random.nextInt(7);
    }
    for (int i = 0; i < y.size(); i++) {
      y.data()[i] = random.nextInt(2);
    }
    return new Sample(m, x, y);
  }

  private static Sample decoder() {
    Sequential m = new Sequential().name("decoder").seed(4);
    m.add(new Input(4, 2));
    m.add(new LSTM(3));
    m.add(new Dropout(0f));
    m.add(new RepeatVector(3));
    m.add(new LSTM(2).returnSequences(true));
    m.add(new ActivationLayer("gelu"));
    m.add(new TimeDistributed(new Dense(2).useBias(false)));
    m.add(new Flatten());
    m.add(new Dense(2));
    m.compile(Optimizer.sgd(0.05f, 0.9f, true).withClipvalue(0.1f), Loss.huber(0.5f));
    return new Sample(m, normal(5, 4, 2), normal(5, 2));
  }

  private static Sample stateful() {
    Sequential m = new Sequential().name("stateful").seed(6);
    m.add(Input.batch(2, 3, 2));
    m.add(new LSTM(3).stateful(true).returnSequences(true));
    m.add(new Bidirectional(new LSTM(2).returnSequences(true), "ave"));
    m.add(new Dense(3));
    m.compile(
        Optimizer.sgd(0.1f),
        Loss.sparseCategoricalCrossentropy(true),
        Map.of("accuracy", Metric.SPARSE_CATEGORICAL_ACCURACY));
    Philox random = new Philox(7, 1);
    Tensor y = Tensor.zeros(2, 3, 1);
    for (int i = 0; i < y.size(); i++) {
      y.data()[i] = random.nextInt(3);
    }
    return new Sample(m, normal(2, 3, 2), y);
  }

  /** One layer is frozen: it has no slots in the file. */
  private static Sample simpleRnn() {
    Sequential m = new Sequential().name("simple_rnn").seed(8);
    m.add(new Input(-1, 3));
    m.add(new Masking());
    m.add(
        new SimpleRNN(4)
            .name("lstm")
            .activation("relu")
            .returnSequences(true)
            .zeroOutputForMask(true));
    m.add(new SimpleRNN(3).goBackwards(true).returnSequences(true).useBias(false));
    m.add(new SimpleRNN(3).returnSequences(true).trainable(false));
    m.add(new Bidirectional(new SimpleRNN(2).name("inner")));
    m.add(new Dense(1));
    m.compile(Optimizer.adam(0.01f), Loss.meanSquaredError(), Metric.MEAN_ABSOLUTE_ERROR);
    Tensor x = normal(6, 5, 3);
    java.util.Arrays.fill(x.data(), 9, 15, 0f); // the end of the first sequence
    java.util.Arrays.fill(x.data(), 18, 21, 0f); // the middle of the second
    return new Sample(m, x, normal(6, 1));
  }

  private static Sample cells() {
    Sequential m = new Sequential().name("cells").seed(9);
    m.add(new Input(-1, 3));
    m.add(new Masking());
    m.add(new GRU(4).returnSequences(true).zeroOutputForMask(true));
    m.add(
        new GRU(3)
            .resetAfter(false)
            .activation("relu")
            .recurrentActivation("hard_sigmoid")
            .goBackwards(true)
            .returnSequences(true));
    m.add(
        new RNN(
                new LSTMCell(4).unitForgetBias(false),
                new GRUCell(3).name("second").trainable(false),
                new LSTMCell(2))
            .returnSequences(true));
    m.add(
        new Bidirectional(
            new RNN(new GRUCell(2).useBias(false)).returnSequences(true).name("lstm"), "sum"));
    m.add(new Bidirectional(new GRU(2), new SimpleRNN(2).goBackwards(true)));
    m.add(new Dense(1));
    m.compile(Optimizer.adam(0.01f), Loss.meanSquaredError(), Metric.MEAN_ABSOLUTE_ERROR);
    Tensor x = normal(6, 5, 3);
    java.util.Arrays.fill(x.data(), 9, 15, 0f); // the end of the first sequence
    java.util.Arrays.fill(x.data(), 18, 21, 0f); // the middle of the second
    return new Sample(m, x, normal(6, 1));
  }

  /** Groups, features first, norms over several axes, and four axes. */
  private static Sample companions() {
    Sequential m = new Sequential().name("companions").seed(10);
    m.add(new RMSNormalization().inputShape(6, 4));
    m.add(new Conv1D(6, 3).groups(2).padding("same").activation("tanh"));
    m.add(new LayerNormalization().axis(1, 2).rmsScaling(true));
    m.add(new AveragePooling1D(2).strides(1).dataFormat("channels_first")); // 5 features
    m.add(new Conv1D(4, 2).dataFormat("channels_first")); // (4, 4)
    m.add(new MaxPooling1D(2).strides(1).dataFormat("channels_first")); // (4, 3)
    m.add(new ZeroPadding1D(1).dataFormat("channels_first")); // (4, 5)
    m.add(new PReLU().sharedAxes(1).alphaInitializer(Initializer.constant(0.2f)));
    m.add(new GroupNormalization(2).axis(1));
    m.add(new Identity());
    m.add(new ActivityRegularization(0.01f, 0.02f));
    m.add(new AlphaDropout(0));
    m.add(new Reshape(2, 2, 5));
    m.add(new GroupNormalization(-1).center(false));
    m.add(new LayerNormalization().axis(1, 3));
    m.add(new BatchNormalization().axis(2));
    m.add(new Dense(3, "tanh"));
    m.add(new Permute(3, 1, 2)); // (3, 2, 2)
    m.add(new PReLU().sharedAxes(2, 3).alphaInitializer(Initializer.constant(0.3f)));
    m.add(new Normalization().axis(1).mean(0.1f, 0, -0.1f).variance(1, 2, 0.5f));
    m.add(new RMSNormalization().axis(2, 3));
    m.add(new Flatten());
    m.add(new Dense(1));
    m.compile(Optimizer.adam(0.01f), Loss.meanSquaredError(), Metric.MEAN_ABSOLUTE_ERROR);
    return new Sample(m, normal(6, 6, 4), normal(6, 1));
  }

  /** Normal numbers, always the same for one shape. */
  static Tensor normal(int... dims) {
    Tensor t = Tensor.zeros(dims);
    Philox random = new Philox(t.size(), 3);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  static Tensor oneHot(int rows, int classes) {
    Philox random = new Philox(rows, 4);
    Tensor t = Tensor.zeros(rows, classes);
    for (int r = 0; r < rows; r++) {
      t.set(1f, r, random.nextInt(classes));
    }
    return t;
  }

  /**
   * Trains each for three steps and writes NAME.keras and NAME.npz into a folder: all, or those
   * named behind the folder.
   */
  public static void main(String[] args) throws IOException {
    Path folder = Files.createDirectories(Path.of(args[0]));
    for (String name : args.length > 1 ? List.of(args).subList(1, args.length) : NAMES) {
      Sample s = of(name);
      for (int i = 0; i < 3; i++) {
        s.model().trainOnBatch(s.x(), s.y());
      }
      s.model().resetStates();
      s.model().extra(Map.of("made by", "lstm4j"));
      s.model().save(folder.resolve(name + ".keras"));
      Map<String, Tensor> data = new LinkedHashMap<>();
      data.put("x", s.x());
      data.put("y", s.y());
      data.put("ours", s.model().predict(s.x(), s.x().dim(0)));
      s.model().resetStates();
      Npz.write(folder.resolve(name + ".npz"), data);
    }
  }
}
