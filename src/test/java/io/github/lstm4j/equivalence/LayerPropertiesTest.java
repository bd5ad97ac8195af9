package io.github.lstm4j.equivalence;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.layers.Concatenate;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.Recurrent;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.model.Session;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ways to say or to run the same model, that must give the same numbers; of random layers. */
class LayerPropertiesTest {
  private static final int TRIES = Integer.getInteger("lstm4j.models", 15);
  private static final Optimizer DESCENT = Optimizer.sgd(1);

  static List<Long> seeds() {
    return new Random(LayerModels.seed()).longs(TRIES, 0, 1L << 40).boxed().toList();
  }

  /** Layers in a row, the same each time they are made. */
  private record Row(long seed, boolean causal) {
    boolean masked() {
      return seed % 3 == 0;
    }

    /** What goes in: (batch, timesteps, features). */
    Tensor data() {
      Random random = new Random(seed);
      RandomLayers sizes = new RandomLayers(random, 0.03, true);
      Tensor x = RandomLayerModel.normal(random, sizes.size(), 3 + sizes.size(), sizes.size());
      if (masked()) {
        RandomLayerModel.mask(x, random);
      }
      return x;
    }

    List<Layer> layers(Consumer<Recurrent<?>> recurrent) {
      Shape in = data().shape();
      RandomLayers random = new RandomLayers(new Random(~seed), 0.03, true);
      List<Layer> all = new ArrayList<>();
      if (masked()) {
        all.add(new Masking());
      }
      for (int left = 3; left > 0; ) {
        Layer layer = layer(random, in);
        if (layer instanceof Recurrent<?> r) {
          recurrent.accept(r);
        }
        try {
          List<Shape> out = layer.computeOutputShapes(List.of(in));
          if (out.size() == 1) {
            in = out.get(0);
            all.add(layer);
            left--;
          }
        } catch (IllegalArgumentException e) {
          assertThat(e).hasMessageContaining(layer.className()); // another one, then
        }
      }
      return all;
    }

    List<Layer> layers() {
      return layers(r -> {});
    }

    private Layer layer(RandomLayers random, Shape in) {
      return causal
          ? random.causal(in)
          : in.rank() == 3 ? random.ofSequence(in) : random.ofVector(in);
    }

    Input input(int timesteps) {
      return new Input(timesteps, data().dim(2));
    }

    List<Tensor> weights(Model model) {
      return RandomLayerModel.weights(model.graph().weights(), new Random(seed));
    }
  }

  private static Sequential sequential(Layer first, List<Layer> more) {
    Sequential model = new Sequential(first);
    more.forEach(model::add);
    return model;
  }

  private static void close(Tensor got, Tensor expected, double tolerance) {
    assertThat(got.shape()).isEqualTo(expected.shape());
    float largest = 0;
    for (float v : expected.data()) {
      largest = Math.max(largest, Math.abs(v));
    }
    for (int i = 0; i < got.size(); i++) {
      double difference = Math.abs(got.data()[i] - expected.data()[i]);
      assertThat(difference)
          .as("element %d: %s, expected %s", i, got.data()[i], expected.data()[i])
          .isLessThanOrEqualTo(tolerance * (1 + largest));
    }
  }

  private static Tensor timesteps(Tensor x, int from, int to) {
    Tensor some = Tensor.zeros(x.dim(0), to - from, x.dim(2));
    for (int b = 0; b < x.dim(0); b++) {
      for (int t = from; t < to; t++) {
        for (int f = 0; f < x.dim(2); f++) {
          some.set(x.get(b, t, f), b, t - from, f);
        }
      }
    }
    return some;
  }

  // ---------------------------------------------------------------- ways to run it

  @ParameterizedTest
  @MethodSource("seeds")
  void aSplitBatchEqualsTheWhole(long seed) {
    RandomLayerModel m = RandomLayerModel.running(seed);
    try (m.model) {
      List<Tensor> whole = m.predict();
      List<Tensor> parts = m.model.predict(m.x, 1 + m.batch() / 2);
      for (int i = 0; i < whole.size(); i++) {
        close(parts.get(i), whole.get(i), 2e-5);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void oneStepAtATimeEqualsTheSequence(long seed) {
    Row row = new Row(seed, true);
    Tensor x = row.data();
    try (Sequential model = sequential(row.input(-1), row.layers())) {
      model.on(Backends.cpu()).setWeights(row.weights(model));
      Tensor whole = model.predict(x);
      try (Session session = model.session(x.dim(0))) {
        for (int t = 0; t < x.dim(1); t++) {
          Tensor at = Tensor.of(timesteps(x, t, t + 1).data(), x.dim(0), x.dim(2));
          Tensor step = session.step(at);
          Tensor expected = timesteps(whole, t, t + 1);
          close(step, Tensor.of(expected.data(), x.dim(0), whole.dim(2)), 2e-5);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void chunksThatCarryStatesEqualOneSequence(long seed) {
    Row row = new Row(seed, true);
    Tensor x = row.data();
    // masked outputs are zero, for "the output before" is not known to a later chunk
    List<Layer> plain = row.layers(r -> r.zeroOutputForMask(true));
    List<Layer> stateful = row.layers(r -> r.zeroOutputForMask(true).stateful(true));
    int batch = x.dim(0);
    try (Sequential whole = sequential(row.input(-1), plain);
        Sequential carried = sequential(Input.batch(batch, -1, x.dim(2)), stateful)) {
      whole.on(Backends.cpu()).setWeights(row.weights(whole));
      carried.on(Backends.cpu()).setWeights(whole.getWeights());
      Tensor expected = whole.predict(x, batch);
      int length = 1 + (int) (seed % 3);
      for (int from = 0; from < x.dim(1); from += length) {
        int to = Math.min(from + length, x.dim(1));
        close(carried.predict(timesteps(x, from, to), batch), timesteps(expected, from, to), 2e-5);
      }
      carried.resetStates();
      close(carried.predict(x, batch), expected, 2e-5);
    }
  }

  // ---------------------------------------------------------------- ways to say it

  /** Sequential, functional and nested: bit for bit, before and after a training step. */
  @ParameterizedTest
  @MethodSource("seeds")
  void aRowOfLayersIsTheSameHoweverItIsSaid(long seed) {
    Row row = new Row(seed, false);
    Tensor x = row.data();
    KerasTensor in = row.input(x.dim(1)).output();
    KerasTensor out = in;
    for (Layer layer : row.layers()) {
      out = layer.apply(out);
    }
    List<Layer> parts = row.layers();
    int cut = 1 + (int) (seed % (parts.size() - 1));
    Sequential begin = sequential(row.input(x.dim(1)), parts.subList(0, cut));
    Input between = Input.of(begin.outputShape());
    KerasTensor end = between.output();
    for (Layer layer : parts.subList(cut, parts.size())) {
      end = layer.apply(end);
    }
    Model rest = Model.of(between.output(), end);
    KerasTensor outside = row.input(x.dim(1)).output();
    List<Model> models =
        List.of(
            sequential(row.input(x.dim(1)), row.layers()),
            Model.of(in, out),
            Model.of(outside, rest.apply(begin.apply(outside))));
    List<Tensor> weights = row.weights(models.get(0));
    List<Tensor> results = null;
    for (Model model : models) {
      try (model) {
        model.seed(seed).on(Backends.cpu()).setWeights(weights);
        Tensor before = model.predict(x);
        List<Tensor> all = new ArrayList<>(List.of(before));
        if (model.graph().weights().stream().anyMatch(Weight::trainable)) {
          Tensor y = RandomLayerModel.normal(new Random(seed), before.shape().dims());
          model.compile(Optimizer.sgd(0.1f), Loss.meanSquaredError());
          all.add(Tensor.of(new float[] {model.trainOnBatch(x, y).get("loss").floatValue()}, 1));
        }
        all.addAll(model.getWeights());
        if (results != null) {
          assertThat(all).as(model.toString()).isEqualTo(results);
        }
        results = all;
      }
    }
  }

  /** A layer that is used twice gets the sum of the gradients that two copies of it get. */
  @ParameterizedTest
  @MethodSource("seeds")
  void aSharedLayerLearnsAsItsCopiesTogether(long seed) {
    Row row = new Row(seed, false);
    Tensor a = row.data();
    Tensor b = RandomLayerModel.normal(new Random(seed), a.shape().dims());
    List<Layer> once = row.layers();
    List<Layer> again = row.layers();
    try (Model shared = twoTowers(row, once, once);
        Model copied = twoTowers(row, again, row.layers())) {
      List<Tensor> weights = row.weights(shared);
      shared.seed(seed).on(Backends.cpu()).setWeights(weights);
      copied.seed(seed).on(Backends.cpu()).setWeights(weightsOf(copied, shared));
      List<Tensor> x = List.of(a, b);
      List<Tensor> before = shared.predict(x);
      assertThat(copied.predict(x)).isEqualTo(before);
      Tensor y = RandomLayerModel.normal(new Random(seed), before.get(0).shape().dims());
      for (Model m : List.of(shared, copied)) {
        m.compile(DESCENT, Loss.meanSquaredError());
        m.trainOnBatch(Batch.of(x, List.of(y), null));
      }
      List<Weight> all = shared.graph().weights();
      for (int i = 0; i < all.size(); i++) {
        Weight w = all.get(i);
        if (w.trainable() && w.regularizer() == null && w.constraint() == null) {
          Tensor expected = weights.get(i).copy();
          for (Weight copy : copiesOf(w, copied, shared)) {
            for (int k = 0; k < expected.size(); k++) {
              expected.data()[k] += copy.value().data()[k] - weights.get(i).data()[k];
            }
          }
          close(w.value(), expected, 2e-5);
        }
      }
    }
  }

  /** Two inputs, each through layers of its own or through the same, and a head for both. */
  private static Model twoTowers(Row row, List<Layer> left, List<Layer> right) {
    int timesteps = row.data().dim(1);
    List<KerasTensor> inputs =
        List.of(row.input(timesteps).output(), row.input(timesteps).output());
    List<KerasTensor> ends = new ArrayList<>();
    for (List<Layer> layers : List.of(left, right)) {
      KerasTensor end = inputs.get(ends.size());
      for (Layer layer : layers) {
        end = layer.apply(end);
      }
      ends.add(end);
    }
    KerasTensor both = new Concatenate().apply(ends.get(0), ends.get(1));
    return Model.of(inputs, List.of(new Dense(2).name("head").apply(both)));
  }

  /** The weights of the layers that stand where that one's layer stands. */
  private static List<Weight> copiesOf(Weight weight, Model copied, Model shared) {
    List<Weight> copies = new ArrayList<>();
    List<Layer> ones = shared.layers().stream().filter(l -> !l.weights().isEmpty()).toList();
    List<Layer> twos = copied.layers().stream().filter(l -> !l.weights().isEmpty()).toList();
    for (int i = 0; i < ones.size(); i++) {
      int at = ones.get(i).weights().indexOf(weight);
      if (at >= 0) {
        int count = ones.get(i).name().equals("head") ? 1 : 2;
        for (int k = 0; k < count; k++) {
          copies.add(twos.get(2 * i + k).weights().get(at));
        }
      }
    }
    return copies;
  }

  private static List<Tensor> weightsOf(Model copied, Model shared) {
    List<Tensor> values = new ArrayList<>();
    for (Weight copy : copied.graph().weights()) {
      for (Weight w : shared.graph().weights()) {
        if (copiesOf(w, copied, shared).contains(copy)) {
          values.add(w.value());
        }
      }
    }
    return values;
  }
}
