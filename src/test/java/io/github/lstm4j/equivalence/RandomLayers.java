package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.layers.ActivationLayer;
import io.github.lstm4j.layers.ActivityRegularization;
import io.github.lstm4j.layers.Add;
import io.github.lstm4j.layers.AlphaDropout;
import io.github.lstm4j.layers.Average;
import io.github.lstm4j.layers.AveragePooling1D;
import io.github.lstm4j.layers.BatchNormalization;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Cell;
import io.github.lstm4j.layers.Conv1D;
import io.github.lstm4j.layers.Cropping1D;
import io.github.lstm4j.layers.DataFormat;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.ELU;
import io.github.lstm4j.layers.Flatten;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.GRUCell;
import io.github.lstm4j.layers.GaussianDropout;
import io.github.lstm4j.layers.GaussianNoise;
import io.github.lstm4j.layers.GlobalAveragePooling1D;
import io.github.lstm4j.layers.GlobalMaxPooling1D;
import io.github.lstm4j.layers.GroupNormalization;
import io.github.lstm4j.layers.Identity;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.LSTMCell;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.LayerNormLSTMCell;
import io.github.lstm4j.layers.LayerNormalization;
import io.github.lstm4j.layers.LeakyReLU;
import io.github.lstm4j.layers.MaxPooling1D;
import io.github.lstm4j.layers.Maximum;
import io.github.lstm4j.layers.Minimum;
import io.github.lstm4j.layers.Multiply;
import io.github.lstm4j.layers.Normalization;
import io.github.lstm4j.layers.PReLU;
import io.github.lstm4j.layers.Padding;
import io.github.lstm4j.layers.Permute;
import io.github.lstm4j.layers.ProjectedLSTMCell;
import io.github.lstm4j.layers.RMSNormalization;
import io.github.lstm4j.layers.RNN;
import io.github.lstm4j.layers.ReLU;
import io.github.lstm4j.layers.Recurrent;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.layers.Reshape;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.layers.SimpleRNNCell;
import io.github.lstm4j.layers.Softmax;
import io.github.lstm4j.layers.SpatialDropout1D;
import io.github.lstm4j.layers.Subtract;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.layers.UnitNormalization;
import io.github.lstm4j.layers.UpSampling1D;
import io.github.lstm4j.layers.ZeroPadding1D;
import io.github.lstm4j.layers.ZoneoutCell;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Shape;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Layers with random settings. */
final class RandomLayers {
  private static final int[] SIZES = {1, 2, 3, 3, 5, 5, 7};
  private static final int[] LARGER = {31, 33};
  private static final Activation[] SMOOTH = {
    Activation.TANH, Activation.SIGMOID, Activation.of("softsign"), Activation.of("gelu")
  };

  private final Random random;
  private final double larger;
  private final boolean small;

  /**
   * @param larger how often a size is around 32
   * @param small whether no size is so large that layers that run op by op cost much
   */
  RandomLayers(Random random, double larger, boolean small) {
    this.random = random;
    this.larger = larger;
    this.small = small;
  }

  boolean chance(double p) {
    return random.nextDouble() < p;
  }

  int size() {
    return chance(larger) ? LARGER[random.nextInt(2)] : SIZES[random.nextInt(SIZES.length)];
  }

  private Activation activation() {
    return SMOOTH[random.nextInt(SMOOTH.length)];
  }

  private float rate() {
    return chance(0.3) ? 0.25f : 0;
  }

  private Regularizer regularizer() {
    return switch (random.nextInt(small ? 4 : 3)) {
      case 0 -> Regularizer.l1(0.02f);
      case 1 -> Regularizer.l2(0.03f);
      case 2 -> Regularizer.l1l2(0.01f, 0.02f);
      default -> Regularizer.orthogonal(0.02f, chance(0.5) ? "rows" : "columns");
    };
  }

  private Constraint constraint() {
    return switch (random.nextInt(4)) {
      case 0 -> Constraint.maxNorm(0.8f, 0);
      case 1 -> Constraint.nonNeg();
      case 2 -> Constraint.unitNorm(0);
      default -> Constraint.minMaxNorm(0.4f, 0.9f, 0.7f, 0);
    };
  }

  // ---------------------------------------------------------------- recurrent layers

  /**
   * A recurrent layer.
   *
   * @param units 0 for any number
   */
  Recurrent<?> recurrent(int units) {
    int n = units == 0 ? size() : units;
    Recurrent<?> r =
        switch (random.nextInt(small ? 5 : 3)) {
          case 0 -> lstm(n);
          case 1 -> gru(n);
          case 2 -> simple(n);
          default -> new RNN(cell(n), chance(0.3) ? new Cell[] {cell(n)} : new Cell[0]);
        };
    r.zeroOutputForMask(chance(0.3));
    if (chance(0.15)) {
      r.activityRegularizer(Regularizer.l2(0.01f));
    }
    return r;
  }

  private LSTM lstm(int units) {
    LSTM l = new LSTM(units).activation(activation()).recurrentActivation(Activation.SIGMOID);
    l.useBias(chance(0.8)).dropout(rate()).recurrentDropout(rate());
    if (chance(0.3)) {
      l.peephole(Peephole.values()[random.nextInt(Peephole.values().length)]);
    }
    if (small && chance(0.15)) { // step by step
      l.inputForget(chance(0.5)).outputActivation(activation()).clip(0.7f);
    }
    if (chance(0.2)) {
      l.kernelRegularizer(regularizer()).recurrentRegularizer(regularizer());
      l.biasRegularizer(Regularizer.l2(0.1f)).kernelConstraint(constraint());
    }
    return l;
  }

  private GRU gru(int units) {
    GRU g = new GRU(units).resetAfter(chance(0.5)).activation(activation());
    g.useBias(chance(0.8)).dropout(rate()).recurrentDropout(rate());
    if (chance(0.2)) {
      g.recurrentRegularizer(regularizer()).recurrentConstraint(constraint());
    }
    return g;
  }

  private SimpleRNN simple(int units) {
    SimpleRNN s = new SimpleRNN(units).activation(activation()).useBias(chance(0.8));
    return s.dropout(rate()).recurrentDropout(rate());
  }

  private Cell cell(int units) {
    return switch (random.nextInt(6)) {
      case 0 -> new LSTMCell(units).dropout(rate());
      case 1 -> new GRUCell(units).resetAfter(chance(0.5)).recurrentDropout(rate());
      case 2 -> new SimpleRNNCell(units).useBias(chance(0.5));
      case 3 -> new ProjectedLSTMCell(size(), units);
      case 4 -> new LayerNormLSTMCell(units);
      default -> new ZoneoutCell(new GRUCell(units), 0.3f);
    };
  }

  private Bidirectional bidirectional(boolean sequence) {
    Bidirectional.MergeMode mode =
        Bidirectional.MergeMode.values()[random.nextInt(Bidirectional.MergeMode.values().length)];
    Recurrent<?> there = recurrent(0);
    there.returnSequences(sequence);
    if (chance(0.5)) {
      return new Bidirectional(there, mode);
    }
    Recurrent<?> back = recurrent(there.units());
    back.returnSequences(sequence).goBackwards(true);
    return new Bidirectional(there, back, mode);
  }

  // ---------------------------------------------------------------- from shape to layer

  /** A layer for a sequence, whose output is one too or not. */
  Layer ofSequence(Shape in) {
    boolean fixed = in.dim(1) != Shape.UNKNOWN;
    DataFormat order = fixed && chance(0.3) ? DataFormat.CHANNELS_FIRST : DataFormat.CHANNELS_LAST;
    return switch (random.nextInt(27)) {
      case 0, 1, 2, 3 -> {
        Recurrent<?> r = recurrent(0);
        r.returnSequences(chance(0.7)).goBackwards(chance(0.25));
        yield r;
      }
      case 4, 5 -> bidirectional(chance(0.7));
      case 6, 7 -> conv(in, order);
      case 8 -> {
        int apart = 1 + random.nextInt(2);
        yield new MaxPooling1D(1 + random.nextInt(3)).strides(apart).dataFormat(order);
      }
      case 9 -> {
        Padding padding = chance(0.5) ? Padding.SAME : Padding.VALID;
        yield new AveragePooling1D(2).padding(padding).dataFormat(order);
      }
      case 10 -> new GlobalMaxPooling1D().keepdims(chance(0.5)).dataFormat(order);
      case 11 -> new GlobalAveragePooling1D().keepdims(chance(0.5)).dataFormat(order);
      case 12 -> new ZeroPadding1D(random.nextInt(2), 1).dataFormat(order);
      case 13 -> new Cropping1D(random.nextInt(2), 1);
      case 14 -> new UpSampling1D(2);
      case 15 -> new TimeDistributed(chance(0.7) ? dense(size()) : new Dropout(0.2f));
      case 16 -> new SpatialDropout1D(0.3f);
      case 17 -> new Flatten();
      case 18 -> new Permute(2, 1);
      case 19 -> reshape(in);
      case 20, 21 -> groups(in, fixed && chance(0.3) ? 1 : -1);
      case 22 -> overAxes(fixed ? new int[][] {{1}, {1, 2}, {2}} : new int[][] {{2}});
      default -> ofRows(in);
    };
  }

  private GroupNormalization groups(Shape in, int axis) {
    int each = axis == -1 ? in.last() : in.dim(axis);
    int[] divisors = IntStream.rangeClosed(1, each).filter(n -> each % n == 0).toArray();
    return new GroupNormalization(chance(0.2) ? -1 : divisors[random.nextInt(divisors.length)])
        .axis(axis)
        .epsilon(0.01f)
        .scale(chance(0.8))
        .center(chance(0.8));
  }

  private Layer overAxes(int[][] choices) {
    int[] axes = choices[random.nextInt(choices.length)];
    return chance(0.5)
        ? new RMSNormalization().axis(axes).epsilon(0.01f)
        : new LayerNormalization().axis(axes).epsilon(0.01f).rmsScaling(chance(0.4));
  }

  private Conv1D conv(Shape in, DataFormat order) {
    int features = order == DataFormat.CHANNELS_LAST ? in.last() : in.dim(1);
    int groups = chance(0.3) ? features : 1;
    int filters = groups > 1 ? groups * (1 + random.nextInt(2)) : size();
    Padding padding = Padding.values()[random.nextInt(3)];
    boolean refused = order == DataFormat.CHANNELS_FIRST && padding == Padding.CAUSAL;
    Conv1D c = new Conv1D(filters, 1 + random.nextInt(3)).padding(refused ? Padding.SAME : padding);
    c.groups(groups).dataFormat(order);
    if (chance(0.5)) {
      c.dilationRate(1 + random.nextInt(2));
    } else {
      c.strides(1 + random.nextInt(3));
    }
    c.activation(activation());
    return c;
  }

  private Layer reshape(Shape in) {
    if (in.rank() == 2) {
      return chance(0.5) || in.last() % 2 == 1
          ? new Reshape(in.last(), 1)
          : new Reshape(2, in.last() / 2);
    }
    if (in.rank() > 3) {
      return new Reshape(-1, in.last());
    } else if (chance(0.4)) {
      return new Reshape(in.last(), 1, -1);
    }
    return in.dim(1) == Shape.UNKNOWN ? new Reshape(-1, 1) : new Reshape(in.last(), in.dim(1));
  }

  /** A layer for vectors, or for more axes than a sequence has. */
  Layer ofVector(Shape in) {
    return switch (random.nextInt(9)) {
      case 8 -> groups(in, -1);
      case 0 -> in.rank() > 3 ? new Permute(3, 1, 2) : new RepeatVector(size());
      case 1 -> reshape(in);
      default -> ofRows(in);
    };
  }

  /** A layer that each timestep, or vector, goes through by itself. */
  Layer ofRows(Shape in) {
    return switch (random.nextInt(18)) {
      case 0 -> new LayerNormalization().epsilon(0.01f);
      case 1 -> new BatchNormalization().epsilon(0.01f);
      case 2 -> new UnitNormalization();
      case 3 -> new Dropout(0.3f);
      case 4 -> new GaussianNoise(0.3f);
      case 5 -> new GaussianDropout(0.3f);
      case 6 -> new LeakyReLU(0.2f);
      case 7 -> new ELU(0.7f);
      case 8 -> new ReLU().negativeSlope(0.1f).maxValue(2).threshold(0.1f);
      case 9 -> prelu(in);
      case 10 -> in.rank() == 2 ? new Softmax() : new ActivationLayer("softmax"); // masks
      case 11 -> new ActivationLayer(activation());
      case 12 -> normalization(in.last());
      case 13 -> overAxes(new int[][] {{-1}});
      case 14 -> chance(0.3) ? new Identity() : new ActivityRegularization(0.01f, 0.02f);
      case 15 -> new AlphaDropout(0.2f);
      default -> dense(size());
    };
  }

  private PReLU prelu(Shape in) {
    int[][] choices = in.rank() == 3 ? new int[][] {{1}, {1}, {2}, {1, 2}, {}} : new int[][] {{}};
    return new PReLU().sharedAxes(choices[random.nextInt(choices.length)]);
  }

  private Layer normalization(int features) {
    float[] means = new float[features];
    float[] variances = new float[features];
    for (int i = 0; i < features; i++) {
      means[i] = (float) random.nextGaussian();
      variances[i] = 0.5f + random.nextFloat();
    }
    return new Normalization().mean(means).variance(variances);
  }

  /** Units for a vector, or for each timestep. */
  Dense dense(int units) {
    Dense d = new Dense(units).activation(activation());
    d.useBias(chance(0.8));
    if (chance(0.2)) {
      d.kernelRegularizer(regularizer()).biasRegularizer(Regularizer.l1(0.05f));
    }
    if (chance(0.2)) {
      d.kernelConstraint(constraint());
    }
    if (chance(0.2)) {
      d.activityRegularizer(Regularizer.l1l2(0.01f, 0.01f));
    }
    return d;
  }

  /** What makes one tensor of two of the same shape. */
  Layer merge() {
    List<Layer> all =
        List.of(
            new Add(), new Subtract(), new Multiply(), new Average(), new Maximum(), new Minimum());
    return all.get(random.nextInt(all.size()));
  }

  /** A layer that sees no later timestep, for sequences in and out. */
  Layer causal(Shape in) {
    if (chance(0.5)) {
      Recurrent<?> r = recurrent(0);
      r.returnSequences(true);
      return r;
    }
    Layer layer = ofRows(in);
    return layer instanceof PReLU ? new PReLU().sharedAxes(1) : layer;
  }
}
