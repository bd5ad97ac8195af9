package io.github.lstm4j.io.onnx.export;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.layers.ActivationLayer;
import io.github.lstm4j.layers.ActivityRegularization;
import io.github.lstm4j.layers.Add;
import io.github.lstm4j.layers.AdditiveAttention;
import io.github.lstm4j.layers.AlphaDropout;
import io.github.lstm4j.layers.Attention;
import io.github.lstm4j.layers.Average;
import io.github.lstm4j.layers.AveragePooling1D;
import io.github.lstm4j.layers.BatchNormalization;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Concatenate;
import io.github.lstm4j.layers.Conv1D;
import io.github.lstm4j.layers.Cropping1D;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Discretization;
import io.github.lstm4j.layers.Dot;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.ELU;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Flatten;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.GRUCell;
import io.github.lstm4j.layers.GaussianDropout;
import io.github.lstm4j.layers.GaussianNoise;
import io.github.lstm4j.layers.GlobalAveragePooling1D;
import io.github.lstm4j.layers.GlobalMaxPooling1D;
import io.github.lstm4j.layers.GroupNormalization;
import io.github.lstm4j.layers.Identity;
import io.github.lstm4j.layers.Index;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.IntegerLookup;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.LSTMCell;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.LayerNormLSTMCell;
import io.github.lstm4j.layers.LayerNormalization;
import io.github.lstm4j.layers.LeakyReLU;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.MaxPooling1D;
import io.github.lstm4j.layers.Maximum;
import io.github.lstm4j.layers.Minimum;
import io.github.lstm4j.layers.Multiply;
import io.github.lstm4j.layers.Normalization;
import io.github.lstm4j.layers.Ops;
import io.github.lstm4j.layers.PReLU;
import io.github.lstm4j.layers.Permute;
import io.github.lstm4j.layers.ProjectedLSTMCell;
import io.github.lstm4j.layers.RMSNormalization;
import io.github.lstm4j.layers.RNN;
import io.github.lstm4j.layers.ReLU;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.layers.Reshape;
import io.github.lstm4j.layers.SequenceMask;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.layers.SimpleRNNCell;
import io.github.lstm4j.layers.Softmax;
import io.github.lstm4j.layers.SpatialDropout1D;
import io.github.lstm4j.layers.Subtract;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.layers.UnitNormalization;
import io.github.lstm4j.layers.UpSampling1D;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.layers.ZeroPadding1D;
import io.github.lstm4j.layers.ZoneoutCell;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/** Models of every kind of layer, small. */
public final class OnnxCases {
  private final Map<String, Supplier<Model>> all = new LinkedHashMap<>();

  private OnnxCases() {
    recurrent();
    cells();
    masks();
    plain();
    categories();
    sequences();
    operations();
    moreAxes();
    several();
  }

  public static Map<String, Supplier<Model>> all() {
    return new OnnxCases().all;
  }

  /** Draws all weights. */
  public static void randomize(Model model, Random random) {
    List<Tensor> values = new ArrayList<>();
    for (Weight weight : model.weights()) {
      Tensor value = Tensor.zeros(weight.shape());
      for (int i = 0; i < value.size(); i++) {
        float drawn = random.nextFloat() - 0.5f;
        value.data()[i] = weight.name().contains("variance") ? drawn + 1 : drawn;
      }
      values.add(value);
    }
    model.setWeights(values);
  }

  /** Random numbers, some timesteps of them zero; ids from 0 to 4. */
  public static List<Tensor> inputs(Model model, int batch, int timesteps, Random random) {
    List<Tensor> all = new ArrayList<>();
    for (int n = 0; n < model.graph().inputs().size(); n++) {
      Shape shape = model.graph().inputShape(n).with(0, batch);
      shape = shape.dim(1) == Shape.UNKNOWN ? shape.with(1, timesteps) : shape;
      boolean ids = model.graph().takesIds(n) || model.graph().fedBy(n) instanceof IntegerLookup;
      Tensor x = Tensor.zeros(shape);
      int width = shape.rank() == 3 ? shape.last() : 1;
      for (int i = 0; i < x.size(); i += width) {
        boolean empty = shape.rank() == 3 && random.nextInt(3) == 0;
        for (int f = 0; f < width && !empty; f++) {
          x.data()[i + f] = ids ? random.nextInt(5) : (float) random.nextGaussian();
        }
      }
      all.add(x);
    }
    return all;
  }

  private static Input sequence() {
    return new Input(-1, 3);
  }

  private void add(String name, Supplier<List<Layer>> layers) {
    all.put(name, () -> new Sequential(layers.get().toArray(new Layer[0])));
  }

  private void recurrent() {
    add("lstm", () -> List.of(sequence(), new LSTM(4)));
    add("lstm deep", () -> List.of(sequence(), new LSTM(4).returnSequences(true), new LSTM(2)));
    add("lstm state", () -> List.of(sequence(), new LSTM(4).returnState(true)));
    add(
        "lstm backwards",
        () -> List.of(sequence(), new LSTM(4).goBackwards(true).returnSequences(true)));
    add("lstm no bias", () -> List.of(sequence(), new LSTM(4).useBias(false)));
    add("lstm peephole", () -> List.of(sequence(), new LSTM(4).peephole(Peephole.DIAGONAL)));
    add(
        "lstm peephole o",
        () -> List.of(sequence(), new LSTM(4).peephole(Peephole.DIAGONAL_OUTPUT)));
    add(
        "lstm peephole full",
        () ->
            List.of(
                sequence(),
                new LSTM(4)
                    .peephole(Peephole.FULL_OUTPUT)
                    .goBackwards(true)
                    .returnSequences(true)));
    add("gru", () -> List.of(sequence(), new GRU(4).returnSequences(true)));
    add("gru reset before", () -> List.of(sequence(), new GRU(4).resetAfter(false)));
    add("simple rnn", () -> List.of(sequence(), new SimpleRNN(4).activation("relu")));
    for (String activation :
        List.of("linear", "hard_sigmoid", "softsign", "softplus", "elu", "leaky_relu", "relu6")) {
      add(
          "lstm " + activation,
          () ->
              List.of(
                  sequence(),
                  new LSTM(3).activation(activation).recurrentActivation("hard_sigmoid")));
    }
    add(
        "gru keras 2",
        () ->
            List.of(
                sequence(),
                new GRU(4)
                    .activation(Activation.relu(Double.POSITIVE_INFINITY, 0, 0.1))
                    .recurrentActivation(Activation.HARD_SIGMOID_KERAS2)));
    for (String mode : List.of("concat", "sum", "mul", "ave")) {
      add("bidirectional " + mode, () -> List.of(sequence(), new Bidirectional(new LSTM(4), mode)));
    }
    add(
        "bidirectional sequences",
        () ->
            List.of(
                sequence(),
                new Bidirectional(new GRU(4).returnSequences(true).returnState(true), "none")));
    add(
        "bidirectional turned",
        () ->
            List.of(
                sequence(),
                new Bidirectional(
                    new LSTM(2).returnSequences(true).goBackwards(true),
                    new GRU(3).returnSequences(true))));
  }

  private void cells() {
    add(
        "bidirectional of two kinds",
        () ->
            List.of(
                sequence(),
                new Bidirectional(
                    new LSTM(3).activation("softplus").recurrentActivation("hard_sigmoid"),
                    new LSTM(3).activation("elu").goBackwards(true)),
                new RepeatVector(3),
                new Bidirectional(new GRU(3).useBias(false), new GRU(3).goBackwards(true), "mul")));
    add(
        "rnn of cells",
        () ->
            List.of(
                sequence(),
                new RNN(new LSTMCell(4), new GRUCell(3), new SimpleRNNCell(2)).returnState(true)));
    add(
        "rnn of other cells",
        () ->
            List.of(
                sequence(),
                new RNN(
                        new LayerNormLSTMCell(3),
                        new LSTMCell(4),
                        new ZoneoutCell(new LSTMCell(4), 0.2f, 0.1f),
                        new ProjectedLSTMCell(5, 2))
                    .returnSequences(true)));
    add("gru gelu", () -> List.of(sequence(), new GRU(3).activation("gelu").resetAfter(false)));
    add("gru selu", () -> List.of(sequence(), new GRU(1).activation("selu")));
  }

  private void masks() {
    for (boolean backwards : new boolean[] {false, true}) {
      for (boolean zero : new boolean[] {false, true}) {
        for (boolean sequences : new boolean[] {false, true}) {
          add(
              "masked lstm"
                  + (backwards ? " backwards" : "")
                  + (zero ? " zero" : "")
                  + (sequences ? " sequences" : ""),
              () ->
                  List.of(
                      sequence(),
                      new Masking(),
                      new LSTM(4)
                          .goBackwards(backwards)
                          .zeroOutputForMask(zero)
                          .returnSequences(sequences)
                          .returnState(true)));
        }
      }
    }
    add(
        "masked cells",
        () ->
            List.of(
                sequence(),
                new Masking(),
                new RNN(new LSTMCell(3), new LayerNormLSTMCell(2), new GRUCell(2))
                    .returnSequences(true)
                    .goBackwards(true),
                new LSTM(2)));
    add(
        "what Keras lacks",
        () ->
            List.of(
                sequence(),
                new LSTM(3)
                    .clip(0.4f)
                    .inputForget(true)
                    .activation(Activation.affine(0.6, 0.1))
                    .outputActivation(Activation.scaledTanh(1.5, 0.7))
                    .returnSequences(true),
                new GRU(2).clip(0.5f).returnSequences(true),
                new SimpleRNN(2).clip(0.3f)));
    all.put(
        "lengths",
        () -> {
          KerasTensor x = sequence().output();
          KerasTensor lengths = new Input(1).output();
          KerasTensor ends = new Subtract().apply(lengths, lengths); // none counts
          KerasTensor masked = new SequenceMask().apply(x, lengths);
          KerasTensor none = new SequenceMask().apply(x, ends);
          return Model.of(
              List.of(x, lengths), List.of(new LSTM(2).apply(masked), new LSTM(2).apply(none)));
        });
    add(
        "masked bidirectional",
        () ->
            List.of(
                sequence(),
                new Masking(),
                new Bidirectional(new LSTM(3).returnSequences(true)),
                new Dropout(0.5f),
                new Bidirectional(new GRU(2), "sum")));
    add(
        "masked bidirectional of Keras 2",
        () ->
            List.of(
                sequence(),
                new Masking(),
                new Bidirectional(new LSTM(3).returnSequences(true)).zeroOutputForMask(false)));
    add("masked average", () -> List.of(sequence(), new Masking(), new GlobalAveragePooling1D()));
    add(
        "words",
        () ->
            List.of(
                new Input(-1),
                new Embedding(5, 3).maskZero(true),
                new LSTM(4).returnSequences(true),
                new TimeDistributed(new Dense(3, "softmax"))));
    add(
        "a model for each timestep",
        () ->
            List.of(
                new Input(4, 3),
                new TimeDistributed(
                    new Sequential(
                            new Input(3), new RepeatVector(2), new LSTM(2).returnSequences(true))
                        .asLayer()),
                new TimeDistributed(new GRU(2))));
    add(
        "computed words",
        () -> List.of(new Input(4), new Dense(4, "relu"), new Embedding(3, 2), new Flatten()));
  }

  private void plain() {
    add("dense", () -> List.of(new Input(3), new Dense(4, "tanh"), new Dense(2, "softmax")));
    add(
        "dense time",
        () -> List.of(sequence(), new Dense(4).useBias(false), new Dense(2, "softmax")));
    for (Activation.Kind kind : Activation.Kind.values()) {
      add(
          "activation " + kind.kerasName(),
          () -> List.of(sequence(), new ActivationLayer(kind.usual())));
    }
    add(
        "activations",
        () ->
            List.of(
                sequence(),
                new ActivationLayer(Activation.relu(2, 0.1, 0.5)),
                new ActivationLayer(Activation.relu(1.5, 0.1, 0)),
                new ActivationLayer(Activation.celu(-0.7)),
                new ActivationLayer(Activation.elu(0.4)),
                new ActivationLayer(Activation.leakyRelu(0.4)),
                new Softmax(1)));
    add(
        "activation layers",
        () ->
            List.of(
                sequence(),
                new LeakyReLU(0.1f),
                new ELU(0.5f),
                new ReLU().maxValue(1f).negativeSlope(0.2f),
                new PReLU().sharedAxes(1),
                new Softmax()));
    add("prelu", () -> List.of(new Input(4, 2), new PReLU()));
    add(
        "noise",
        () ->
            List.of(
                sequence(),
                new GaussianNoise(0.1f),
                new GaussianDropout(0.1f),
                new SpatialDropout1D(0.2f)));
    add(
        "masked batch norm",
        () ->
            List.of(
                new Input(-1, 3),
                new Masking(),
                new BatchNormalization(),
                new Normalization(),
                new LSTM(3)));
    add("batch norm", () -> List.of(sequence(), new BatchNormalization()));
    add(
        "batch norm time",
        () -> List.of(new Input(4, 3), new BatchNormalization().axis(1).scale(false)));
    add("layer norm", () -> List.of(sequence(), new LayerNormalization().center(false)));
    add("layer norm both", () -> List.of(new Input(4, 3), new LayerNormalization().axis(1, 2)));
    add(
        "other norms",
        () ->
            List.of(
                sequence(),
                new LayerNormalization().rmsScaling(true),
                new RMSNormalization().epsilon(0.01f),
                new GroupNormalization(3)));
    add(
        "norms of time",
        () ->
            List.of(
                new Input(4, 3),
                new RMSNormalization().axis(1, 2),
                new GroupNormalization(2).axis(1).center(false)));
    add(
        "nothing",
        () ->
            List.of(
                sequence(),
                new Identity(),
                new AlphaDropout(0.2f),
                new ActivityRegularization(0.1f, 0.1f)));
    add("unit norm", () -> List.of(sequence(), new UnitNormalization()));
    add("normalization", () -> List.of(sequence(), new Normalization()));
    add(
        "normalization given",
        () ->
            List.of(
                new Input(2),
                new Normalization().mean(1, -2).variance(4, 9),
                new Normalization().mean(0.5f).variance(2).invert(true)));
  }

  private void categories() {
    for (String mode : List.of("int", "one_hot", "multi_hot", "count")) {
      add(
          "bins " + mode,
          () -> List.of(new Input(-1, 1), new Discretization(-0.5f, 0, 0.5f).outputMode(mode)));
      add(
          "numbers " + mode,
          () ->
              List.of(
                  new Input(-1),
                  new IntegerLookup(3, 1).numOovIndices(2).maskToken(4).outputMode(mode)));
    }
    add(
        "numbers of one",
        () -> List.of(new Input(-1, 1), new IntegerLookup(3, 1).outputMode("one_hot")));
  }

  private void sequences() {
    for (String padding : List.of("valid", "same", "causal")) {
      add("conv " + padding, () -> List.of(sequence(), new Conv1D(4, 3).padding(padding)));
      add(
          "conv dilated " + padding,
          () -> List.of(sequence(), new Conv1D(2, 2).dilationRate(3).padding(padding)));
      add(
          "conv strides " + padding,
          () ->
              List.of(sequence(), new Conv1D(2, 3).strides(2).padding(padding).activation("relu")));
    }
    add(
        "conv groups",
        () -> List.of(new Input(5, 4), new Conv1D(6, 2).groups(2).padding("causal")));
    add(
        "features first",
        () ->
            List.of(
                new Input(4, 5),
                new ZeroPadding1D(1).dataFormat("channels_first"),
                new Conv1D(6, 2).groups(2).dataFormat("channels_first").activation("softmax"),
                new MaxPooling1D(2).strides(1).dataFormat("channels_first"),
                new AveragePooling1D(2).dataFormat("channels_first"),
                new GlobalMaxPooling1D().keepdims(true).dataFormat("channels_first"),
                new GlobalAveragePooling1D().dataFormat("channels_first")));
    for (String padding : List.of("valid", "same")) {
      add("max pool " + padding, () -> List.of(sequence(), new MaxPooling1D(3).padding(padding)));
      add(
          "average pool " + padding,
          () -> List.of(sequence(), new AveragePooling1D(3).strides(1).padding(padding)));
      add(
          "average pool strides " + padding,
          () -> List.of(sequence(), new AveragePooling1D(2).padding(padding)));
    }
    add("global max", () -> List.of(sequence(), new GlobalMaxPooling1D().keepdims(true)));
    add("global average", () -> List.of(sequence(), new GlobalAveragePooling1D()));
    add("reshape", () -> List.of(new Input(4, 3), new Reshape(-1, 2), new Reshape(12)));
    add("reshape open", () -> List.of(new Input(-1, 4), new Reshape(-1, 2)));
    add("permute", () -> List.of(new Input(4, 3), new Permute(2, 1), new Flatten()));
    add("flatten by feature", () -> List.of(new Input(4, 3), new Flatten("channels_first")));
    add("repeat", () -> List.of(new Input(3), new RepeatVector(4), new GRU(2)));
    add(
        "cut and fill",
        () ->
            List.of(
                sequence(),
                new ZeroPadding1D(2, 1),
                new UpSampling1D(3),
                new Cropping1D(1, 0),
                new Cropping1D(0, 2)));
  }

  private void moreAxes() {
    add(
        "four axes",
        () ->
            List.of(
                new Input(4, 3, 2),
                new Dense(5, "softmax"),
                new LayerNormalization(),
                new Permute(2, 3, 1),
                new Flatten("channels_first"),
                new Reshape(3, 5, 4, 1)));
    all.put(
        "merged axes",
        () -> {
          KerasTensor a = new Input(4, 3, 2).name("a").output();
          KerasTensor b = new Input(4, 2).name("b").output();
          KerasTensor c = new Masking().apply(new Input(4, 2).name("c").output());
          return Model.of(
              List.of(a, b, c.call().inputs().get(0)),
              List.of(
                  new Add().apply(new Reshape(4, 1, 2).apply(b), a),
                  new Dot(1).apply(a, b),
                  new Dot(-1).normalize(true).apply(b, a),
                  new Concatenate(2).apply(a, a),
                  new Multiply()
                      .apply(a, new Reshape(1).apply(new Dense(1).apply(new Flatten().apply(b)))),
                  new Multiply().apply(b, c)));
        });
  }

  private interface Made {
    KerasTensor of(KerasTensor x);
  }

  /** On (None, None, 3), and on (None, 4, 3). */
  private void operation(String name, Made made) {
    for (int timesteps : new int[] {-1, 4}) {
      all.put(
          "operation " + name + (timesteps < 0 ? "" : " of known length"),
          () -> {
            KerasTensor x = new Input(timesteps, 3).output();
            return Model.of(List.of(x), List.of(made.of(x)));
          });
    }
  }

  private void operations() {
    Tensor row = Tensor.of(new float[] {0.5f, -1.5f, 2});
    operation("arithmetic", x -> Ops.mod(Ops.add(Ops.multiply(x, row), Ops.divide(1, x)), 1.5));
    operation("power", x -> Ops.power(Ops.floorDivide(x, 0.3), 3));
    operation("squares", x -> Ops.sqrt(Ops.add(Ops.square(x), Ops.absolute(Ops.negative(x)))));
    operation("logarithms", x -> Ops.log(Ops.add(Ops.exp(x), Ops.log1p(Ops.absolute(x)))));
    operation("signs", x -> Ops.add(Ops.sign(x), Ops.add(Ops.floor(x), Ops.ceil(x))));
    operation(
        "inverse",
        x -> Ops.add(Ops.rsqrt(Ops.add(Ops.square(x), 1)), Ops.reciprocal(Ops.add(Ops.exp(x), 3))));
    operation(
        "comparisons",
        x ->
            Ops.where(
                Ops.logicalOr(
                    Ops.logicalAnd(Ops.greater(x, 0), Ops.lessEqual(x, row)),
                    Ops.logicalXor(Ops.equal(x, 0), Ops.logicalNot(Ops.notEqual(x, 0)))),
                Ops.maximum(x, -1),
                Ops.minimum(Ops.greaterEqual(x, 1), Ops.less(x, 2))));
    operation("casts", x -> Ops.add(Ops.cast(x, "int32"), Ops.cast(x, "bool")));
    operation(
        "activations",
        x -> Ops.tanh(Ops.softplus(Ops.sigmoid(Ops.clip(Ops.stopGradient(x), -0.5f, 0.7f)))));
    operation("softmax", x -> Ops.add(Ops.softmax(x, 1), Ops.logSoftmax(x, -1)));
    operation("sums", x -> Ops.add(Ops.sum(x, true, 1), Ops.mean(x, true, 1, 2)));
    operation("extremes", x -> Ops.subtract(Ops.max(x, false, 1), Ops.min(x, false, 1)));
    operation("spread", x -> Ops.add(Ops.std(x, false, -1), Ops.var(x, false, -1)));
    operation("logsumexp", x -> Ops.logsumexp(x, false, 1));
    operation("any", x -> Ops.subtract(Ops.any(Ops.greater(x, 1), false, 2), Ops.all(x, false, 2)));
    operation("argmax", x -> Ops.oneHot(Ops.argmax(x, 2), 3));
    operation("matmul", x -> Ops.matmul(x, Ops.transpose(x, 0, 2, 1)));
    operation("matmul of a row", x -> Ops.matmul(x, row));
    operation("last", x -> Ops.getItem(x, Index.all(), Index.at(-1)));
    operation(
        "items", x -> Ops.getItem(x, Index.rest(), Index.newAxis(), Index.range(null, null, -2)));
    operation("range", x -> Ops.getItem(x, Index.all(), Index.range(1, -1), Index.at(1)));
    operation("expand", x -> Ops.squeeze(Ops.expandDims(x, 2), 2));
    operation("flip", x -> Ops.flip(x, 1));
    operation("take", x -> Ops.take(x, -1, 2, 0, 0));
    operation("take back", x -> Ops.take(x, 1, -1));
    operation("joined", x -> Ops.concatenate(-1, x, Ops.negative(x)));
    operation("stacked", x -> Ops.mean(Ops.stack(1, x, Ops.negative(x)), false, 1));
    operation("repeated", x -> Ops.repeat(Ops.tile(x, 2, 1), 3, 1));
    operation("rows", x -> Ops.reshape(Ops.mean(x, false, 1), -1, 3, 1));
  }

  private interface Merger {
    KerasTensor of(KerasTensor a, KerasTensor b);
  }

  private void merge(String name, Merger merger) {
    all.put(
        name,
        () -> {
          KerasTensor a = sequence().name("a").output();
          KerasTensor b = sequence().name("b").output();
          return Model.of(List.of(a, b), List.of(merger.of(a, b)));
        });
    all.put(
        "masked " + name,
        () -> {
          KerasTensor a = sequence().name("a").output();
          KerasTensor b = sequence().name("b").output();
          KerasTensor merged = merger.of(new Masking().apply(a), new Masking().name("m").apply(b));
          Layer last = new SimpleRNN(2);
          return Model.of(
              List.of(a, b),
              merged.shape().rank() == 3 && merged.shape().last() > 0
                  ? List.of(merged, last.apply(merged))
                  : List.of(merged));
        });
  }

  private void several() {
    merge("add", (a, b) -> new Add().apply(a, b));
    merge("subtract", (a, b) -> new Subtract().apply(a, b));
    merge("multiply", (a, b) -> new Multiply().apply(a, b, a));
    merge("average", (a, b) -> new Average().apply(a, b));
    merge("maximum", (a, b) -> new Maximum().apply(a, b));
    merge("minimum", (a, b) -> new Minimum().apply(a, b));
    merge("concatenate", (a, b) -> new Concatenate().apply(a, b));
    merge("concatenate time", (a, b) -> new Concatenate(1).apply(a, b));
    merge("dot", (a, b) -> new Dot(2).apply(a, b));
    merge("dot time", (a, b) -> new Dot(1).normalize(true).apply(a, b));
    merge("attention", (a, b) -> new Attention().apply(a, b));
    merge(
        "attention causal",
        (a, b) -> new Attention().useScale(true).useCausalMask(true).apply(a, b, b));
    merge(
        "attention concat",
        (a, b) -> new Attention().scoreMode(Attention.ScoreMode.CONCAT).apply(a, b));
    merge("additive", (a, b) -> new AdditiveAttention().apply(a, b));
    all.put(
        "attention scores",
        () -> {
          KerasTensor a = sequence().output();
          List<KerasTensor> both =
              new AdditiveAttention().useScale(false).returnAttentionScores(true).applyAll(a, a);
          return Model.of(List.of(a), both);
        });
    all.put(
        "dot of rows",
        () -> {
          KerasTensor a = sequence().name("a").output();
          KerasTensor b = new Input(3).name("b").output();
          return Model.of(
              List.of(a, b),
              List.of(
                  new Dot(2, 1).apply(a, b),
                  new Dot(1, 2).apply(b, a),
                  new Dot(1).normalize(true).apply(b, b),
                  new Add().apply(a, b)));
        });
    all.put(
        "states from a layer",
        () -> {
          KerasTensor past = sequence().name("past").output();
          KerasTensor next = new Input(-1, 2).name("next").output();
          List<KerasTensor> encoded = new LSTM(4).returnState(true).applyAll(past);
          LSTM decoder = new LSTM(4).returnSequences(true).returnState(true);
          List<KerasTensor> decoded = decoder.applyAll(next, encoded.get(1), encoded.get(2));
          return Model.of(
              List.of(past, next),
              List.of(new Dense(2).apply(decoded.get(0)), decoded.get(2), past));
        });
    all.put(
        "nested and shared",
        () -> {
          LSTM shared = new LSTM(3);
          Sequential tower = new Sequential(new Input(-1, 3), new Masking(), shared, new Dense(2));
          KerasTensor a = sequence().name("a").output();
          KerasTensor b = sequence().name("b").output();
          Layer layer = tower.asLayer();
          KerasTensor both = new Concatenate().apply(layer.apply(a), layer.apply(b));
          return Model.of(List.of(a, b), List.of(new Dense(1).apply(both), shared.apply(b)));
        });
  }
}
