package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Models and data that a simulated device trains in no time. */
final class SmallModels {
  static final int STEPS = 4;
  static final int FEATURES = 2;
  static final int SAMPLES = 7;

  /** Inputs (7,4,2). */
  static final Tensor X = random(1, SAMPLES, STEPS, FEATURES);

  /** Targets (7,1). */
  static final Tensor Y = random(2, SAMPLES, 1);

  private SmallModels() {}

  private static Tensor random(long seed, int... dims) {
    Tensor t = Tensor.zeros(dims);
    Random random = new Random(seed);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  /** An LSTM of 3 units with dropout and a Dense, for Adam. */
  static Sequential plain(Backend backend) {
    return compiled(backend, new LSTM(3).dropout(0.2f).recurrentDropout(0.1f), new Dense(1));
  }

  /** Two directions side by side, a second layer, a Dense. */
  static Sequential bidirectional(Backend backend) {
    return compiled(
        backend,
        new Bidirectional(new LSTM(3).returnSequences(true).dropout(0.2f)),
        new LSTM(2),
        new Dense(1));
  }

  private static Sequential compiled(Backend backend, Layer... layers) {
    Sequential model = new Sequential().seed(5).add(new Input(STEPS, FEATURES));
    for (Layer layer : layers) {
      model.add(layer);
    }
    return model.on(backend).compile("adam", "mse", "mae");
  }

  /** Epochs of a batch of four, and one of two; the last sample of seven is for validation. */
  static Fit epochs(int n) {
    return Fit.epochs(n).batchSize(4).validationSplit(0.15).silent();
  }

  /** What a program of a prediction gives: the last value that is kept. */
  static Value output(Program program) {
    Value last = null;
    for (Op op : program.ops()) {
      for (Value v : op.outputs()) {
        last = program.isKept(v) ? v : last;
      }
    }
    return last;
  }

  /** The bits of all weights. */
  static List<Integer> bits(Sequential model) {
    List<Integer> bits = new ArrayList<>();
    for (Tensor w : model.getWeights()) {
      for (float f : w.data()) {
        bits.add(Float.floatToRawIntBits(f));
      }
    }
    return bits;
  }

  /** The bits of all weights after so many steps. */
  static List<Integer> trained(Sequential model, int steps) {
    for (int i = 0; i < steps; i++) {
      model.trainOnBatch(X, Y);
    }
    return bits(model);
  }

  static boolean finite(Tensor t) {
    for (float f : t.data()) {
      if (!Float.isFinite(f)) {
        return false;
      }
    }
    return true;
  }
}
