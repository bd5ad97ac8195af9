package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.layers.AdditiveAttention;
import io.github.lstm4j.layers.Attention;
import io.github.lstm4j.layers.Concatenate;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dot;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.Recurrent;
import io.github.lstm4j.layers.SequenceMask;
import io.github.lstm4j.layers.Softmax;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A model of layers at random, with weights and a batch for it: several inputs and outputs, layers
 * and models that are used more than once, models in models, initial states, masks, attention.
 */
final class RandomLayerModel {
  private static final int LARGE = 1031;
  private static final int MOST = 40_000; // elements of a layer's output

  private static final int MOST_ATTENDED = 40;

  final Model model;
  final List<Tensor> x = new ArrayList<>();
  final List<Tensor> y = new ArrayList<>();
  final List<Loss> losses = new ArrayList<>();

  private final Random random;
  private final RandomLayers layers;
  private final int batch;
  private final int steps;
  private int large; // how many sizes may still be large
  private final List<KerasTensor> tensors = new ArrayList<>();
  private final List<KerasTensor> inputs = new ArrayList<>();
  private final List<Layer> used = new ArrayList<>();

  RandomLayerModel(long seed) {
    random = new Random(seed);
    for (int i = 0; i < 3; i++) {
      random.nextInt(); // seeds that lie close begin alike
    }
    large = random.nextInt(16) == 0 ? 1 : 0;
    layers = new RandomLayers(random, 0.06, large == 0);
    batch = layers.size();
    steps = size(2);
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      input();
    }
    for (int n = 2 + random.nextInt(6); n > 0; n--) {
      try {
        grow();
      } catch (IllegalArgumentException e) {
        requireNamed(e); // a layer that cannot take it; the model does without
      }
    }
    model = Model.of(inputs, outputs()).seed(seed);
    model.setWeights(weights(model.graph().weights(), random));
  }

  /** One of that seed, or of a later one if its timesteps turn out too few for a window. */
  static RandomLayerModel running(long seed) {
    for (long later = seed; ; later += 1_000_003) {
      RandomLayerModel m = new RandomLayerModel(later);
      try {
        m.compiled(Backends.cpu(), Optimizer.sgd(1));
        return m;
      } catch (IllegalArgumentException e) {
        if (!e.getMessage()
            .matches("(?s).*(no window of|crop fewer|a mask of timesteps does not go).*")) {
          throw e;
        }
      }
    }
  }

  private int size(int chances) {
    if (large > 0 && random.nextInt(chances) == 0) {
      large--;
      return LARGE;
    }
    return layers.size();
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  // ---------------------------------------------------------------- inputs

  private void input() {
    int t = layers.chance(0.7) ? steps : layers.size();
    int said = layers.chance(0.3) ? Shape.UNKNOWN : t;
    switch (random.nextInt(4)) {
      case 0 -> {
        KerasTensor ids = new Input(said).output();
        int words = 2 + layers.size();
        Embedding embedding = new Embedding(words, layers.size()).maskZero(layers.chance(0.6));
        tensors.add(embedding.apply(ids));
        inputs.add(ids);
        x.add(ids(batch, t, words));
      }
      case 1 -> {
        int features = size(1);
        KerasTensor vector = new Input(features).output();
        inputs.add(vector);
        tensors.add(vector);
        x.add(normal(random, batch, features));
      }
      default -> {
        int features = t == LARGE ? 2 : size(1);
        KerasTensor sequence = new Input(said, features).output();
        inputs.add(sequence);
        Tensor data = normal(random, batch, t, features);
        if (layers.chance(0.5)) {
          sequence = new Masking().apply(sequence);
          mask(data, random);
        }
        x.add(data);
        tensors.add(layers.chance(0.3) ? ofLengths(sequence, t) : sequence);
      }
    }
  }

  /** As long as another input says. */
  private KerasTensor ofLengths(KerasTensor sequence, int timesteps) {
    KerasTensor lengths = new Input(1).output();
    inputs.add(lengths);
    Tensor data = Tensor.zeros(batch, 1);
    for (int b = 0; b < batch; b++) {
      data.set(1 + random.nextInt(timesteps), b, 0);
    }
    x.add(data);
    return new SequenceMask().apply(sequence, lengths);
  }

  /** Zeros for some timesteps: at the end, at the beginning or anywhere, but never all. */
  static void mask(Tensor sequences, Random random) {
    int t = sequences.dim(1);
    int width = sequences.dim(2);
    for (int b = 0; b < sequences.dim(0); b++) {
      int kind = random.nextInt(4);
      int length = 1 + random.nextInt(t);
      int kept = random.nextInt(t);
      for (int i = 0; i < t; i++) {
        boolean zero =
            switch (kind) {
              case 0 -> i >= length;
              case 1 -> i < t - length;
              case 2 -> i != kept && random.nextBoolean();
              default -> false;
            };
        for (int f = 0; f < width && zero; f++) {
          sequences.set(0, b, i, f);
        }
      }
    }
  }

  private Tensor ids(int samples, int timesteps, int words) {
    Tensor ids = Tensor.zeros(samples, timesteps);
    for (int b = 0; b < samples; b++) {
      int length = 1 + random.nextInt(timesteps);
      for (int t = 0; t < length; t++) {
        ids.set(t == 0 ? 1 : random.nextInt(words), b, t);
      }
    }
    return ids;
  }

  static Tensor normal(Random random, int... dims) {
    Tensor t = Tensor.zeros(dims);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  /** Values for weights, neither too small nor too large. */
  static List<Tensor> weights(List<Weight> weights, Random random) {
    List<Tensor> values = new ArrayList<>();
    for (Weight w : weights) {
      Tensor value = Tensor.zeros(w.shape().dims());
      boolean kernel = w.shape().rank() > 1;
      double scale = kernel ? 1 / Math.sqrt((double) w.shape().size() / w.shape().last()) : 0.4;
      double middle = w.name().contains("gamma") || w.name().contains("scale") ? 1 : 0;
      for (int i = 0; i < value.size(); i++) {
        value.data()[i] =
            w.name().contains("variance")
                ? 0.5f + random.nextFloat()
                : (float) (middle + scale * random.nextGaussian());
      }
      values.add(value);
    }
    return values;
  }

  // ---------------------------------------------------------------- layers

  private static void requireNamed(IllegalArgumentException refusal) {
    if (!refusal.getMessage().matches("(?s)\\w+( \\(\\w+\\))?: .*")) {
      throw refusal;
    }
  }

  private void grow() {
    KerasTensor from = pick(tensors);
    switch (random.nextInt(12)) {
      case 0 -> {
        if (!used.isEmpty()) {
          add(pick(used).applyAll(from)); // shared
        }
      }
      case 1 -> merge(from);
      case 2 -> {
        if (isSequence(from)) {
          attend(from);
        }
      }
      case 3 -> {
        if (isSequence(from)) {
          withStates(from);
        }
      }
      case 4 -> nest(from);
      default -> {
        Layer layer =
            isSequence(from) ? layers.ofSequence(from.shape()) : layers.ofVector(from.shape());
        add(layer.applyAll(from));
        if (!(layer instanceof Softmax)) { // which takes no masked sequence
          used.add(layer);
        }
      }
    }
  }

  private void add(List<KerasTensor> made) {
    for (KerasTensor t : made) {
      if (t.shape().last() != Shape.UNKNOWN && sizeOf(t) <= MOST) {
        tensors.add(t);
      }
    }
  }

  private static boolean isSequence(KerasTensor t) {
    return t.shape().rank() == 3;
  }

  /** Two tensors become one; the other is made as wide as the first. */
  private void merge(KerasTensor a) {
    List<KerasTensor> fitting =
        tensors.stream()
            .filter(t -> t.shape().rank() == a.shape().rank())
            .filter(t -> t == a || t.shape().rank() == 2 || isAsLong(t, a))
            .toList();
    KerasTensor b = pick(fitting);
    if (layers.chance(0.3)) {
      add(new Concatenate().applyAll(a, b));
      return;
    }
    if (b.shape().last() != a.shape().last()) {
      b = new Dense(a.shape().last()).apply(b);
    }
    if (layers.chance(0.2)) {
      add(new Dot(isSequence(a) ? 2 : 1).normalize(layers.chance(0.5)).applyAll(a, b));
    } else {
      add(layers.merge().applyAll(a, b));
    }
  }

  private static boolean isAsLong(KerasTensor a, KerasTensor b) {
    return a.shape().dim(1) != Shape.UNKNOWN && a.shape().dim(1) == b.shape().dim(1);
  }

  private void attend(KerasTensor query) {
    KerasTensor value = pick(tensors.stream().filter(RandomLayerModel::isSequence).toList());
    if (Math.max(query.shape().dim(1), value.shape().dim(1)) > MOST_ATTENDED) {
      return;
    }
    KerasTensor key = value;
    if (layers.chance(0.3) || value.shape().last() != query.shape().last()) {
      key = new Dense(query.shape().last()).apply(value);
    }
    // where nothing is seen float32 and double have other scores left: x - 1e9
    boolean causal = layers.chance(0.5) && !isMasked(value);
    boolean scores = layers.chance(0.3);
    float dropout = layers.chance(0.3) ? 0.2f : 0;
    Layer attention =
        layers.chance(0.4)
            ? new AdditiveAttention()
                .useScale(layers.chance(0.7))
                .useCausalMask(causal)
                .returnAttentionScores(scores)
                .dropout(dropout)
            : new Attention()
                .useScale(layers.chance(0.5))
                .scoreMode(
                    layers.chance(0.3) ? Attention.ScoreMode.CONCAT : Attention.ScoreMode.DOT)
                .useCausalMask(causal)
                .returnAttentionScores(scores)
                .dropout(dropout);
    add(key == value ? attention.applyAll(query, value) : attention.applyAll(query, value, key));
  }

  private static boolean isMasked(KerasTensor t) {
    Layer layer = t.call().layer();
    return layer instanceof Masking
        || layer instanceof SequenceMask
        || layer instanceof Embedding
        || t.call().inputs().stream().anyMatch(RandomLayerModel::isMasked);
  }

  /** A recurrent layer that starts from another one's states, or from what vectors say. */
  private void withStates(KerasTensor sequence) {
    int units = layers.size();
    Recurrent<?> decoder = layers.recurrent(units);
    decoder.returnSequences(layers.chance(0.7)).returnState(layers.chance(0.5));
    List<KerasTensor> all = new ArrayList<>(List.of(sequence));
    List<KerasTensor> vectors = tensors.stream().filter(t -> !isSequence(t)).toList();
    if (vectors.isEmpty() || layers.chance(0.4)) {
      Recurrent<?> encoder = layers.recurrent(units).returnState(true);
      List<KerasTensor> states =
          encoder.applyAll(pick(tensors.stream().filter(RandomLayerModel::isSequence).toList()));
      for (Shape wanted : decoder.stateShapes(1)) {
        KerasTensor state = states.get(1 + random.nextInt(states.size() - 1));
        all.add(
            state.shape().last() == wanted.last() ? state : new Dense(wanted.last()).apply(state));
      }
    } else {
      for (Shape wanted : decoder.stateShapes(1)) {
        all.add(new Dense(wanted.last()).apply(pick(vectors)));
      }
    }
    add(decoder.applyAll(all.toArray(new KerasTensor[0])));
    used.add(decoder);
  }

  /** A model as a layer, used once or twice. */
  private void nest(KerasTensor from) {
    Input input = Input.of(from.shape());
    Layer first =
        isSequence(from) ? layers.ofSequence(from.shape()) : layers.ofVector(from.shape());
    Model inner;
    if (layers.chance(0.4)) {
      inner = new Sequential(input, first);
    } else {
      KerasTensor h = first.apply(input.output());
      Layer second = isSequence(h) ? layers.ofSequence(h.shape()) : layers.ofVector(h.shape());
      KerasTensor end = second.apply(h);
      inner =
          layers.chance(0.5)
              ? Model.of(input.output(), end)
              : Model.of(List.of(input.output()), List.of(end, h));
    }
    inner.asLayer().name("inner" + used.size());
    add(inner.applyAll(from));
    used.add(inner.asLayer());
  }

  // ---------------------------------------------------------------- outputs

  private List<KerasTensor> outputs() {
    List<KerasTensor> last = new ArrayList<>(tensors);
    Collections.reverse(last);
    List<KerasTensor> outputs = new ArrayList<>();
    for (int i = 0; i < Math.min(1 + random.nextInt(2), last.size()); i++) {
      outputs.add(head(last.get(i)));
    }
    return outputs;
  }

  private KerasTensor head(KerasTensor t) {
    int width = 1 + random.nextInt(3);
    Dense head = new Dense(width);
    Loss loss =
        switch (random.nextInt(7)) {
          case 0 -> Loss.meanAbsoluteError();
          case 1 -> Loss.huber(0.7f);
          case 2 -> Loss.logCosh();
          case 3 -> Loss.binaryCrossentropy(true);
          case 4 -> Loss.categoricalCrossentropy(true);
          default -> Loss.meanSquaredError();
        };
    if (layers.chance(0.2)) {
      head.activityRegularizer(Regularizer.l2(0.02f));
    }
    losses.add(layers.chance(0.2) ? loss.withWeight(0.7f) : loss);
    return head.apply(t);
  }

  /** Compiles, with targets of the shapes that come out on that backend. */
  RandomLayerModel compiled(Backend backend, Optimizer optimizer) {
    model.on(backend);
    if (y.isEmpty()) {
      for (Tensor output : predict()) {
        Tensor target = normal(random, output.shape().dims());
        for (int i = 0; i < target.size() && losses.get(y.size()).name().contains("cross"); i++) {
          target.data()[i] = target.data()[i] > 0 ? 1 : 0;
        }
        y.add(target);
      }
    }
    model.compile(optimizer, losses, List.of());
    return this;
  }

  /** What it makes of its batch. */
  List<Tensor> predict() {
    return model.predict(x, batch);
  }

  /** One step on its batch; the loss. */
  double train() {
    return model.trainOnBatch(Batch.of(x, y, null)).get("loss");
  }

  int batch() {
    return batch;
  }

  /** How many elements its weights and its layers' outputs have, about. */
  long elements() {
    long all = model.countParams();
    for (KerasTensor t : tensors) {
      all += sizeOf(t);
    }
    return all;
  }

  private long sizeOf(KerasTensor t) {
    long size = batch;
    for (int i = 1; i < t.shape().rank(); i++) {
      size *= t.shape().dim(i) == Shape.UNKNOWN ? steps : t.shape().dim(i);
    }
    return size;
  }
}
