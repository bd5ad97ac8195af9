package io.github.lstm4j.layers;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.model.Session;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every recurrent layer, whatever its cell: over random shapes and settings. */
class RecurrentTest {
  /** The kinds; a new one is a new line. */
  private static final Map<String, IntFunction<CellLayer<?, ?>>> KINDS =
      Map.of(
          "LSTM",
          LSTM::new,
          "SimpleRNN",
          SimpleRNN::new,
          "GRU",
          GRU::new,
          "GRU reset before",
          units -> new GRU(units).resetAfter(false));

  static Stream<Arguments> cases() {
    return KINDS.keySet().stream()
        .sorted()
        .flatMap(kind -> IntStream.range(0, 12).mapToObj(seed -> Arguments.of(kind, seed)));
  }

  /** One layer with random settings, and sequences for it. */
  private static final class Case {
    final Random random;
    final IntFunction<CellLayer<?, ?>> kind;
    final int batch;
    final int timesteps;
    final int features;
    final int units;
    final String activation;
    final boolean useBias;
    final Tensor x;

    Case(String kindName, int seed) {
      random = new Random(seed);
      kind = KINDS.get(kindName);
      batch = 1 + random.nextInt(6);
      timesteps = 2 + random.nextInt(7);
      features = 1 + random.nextInt(5);
      units = 1 + random.nextInt(seed % 3 == 0 ? 40 : 8);
      activation = List.of("tanh", "relu", "gelu").get(random.nextInt(3));
      useBias = random.nextInt(4) > 0;
      x = normal(batch, timesteps, features);
    }

    Tensor normal(int... dims) {
      Tensor t = Tensor.zeros(dims);
      for (int i = 0; i < t.size(); i++) {
        t.data()[i] = (float) random.nextGaussian();
      }
      return t;
    }

    /** The same settings each time, so that two layers differ in what a test sets only. */
    CellLayer<?, ?> layer() {
      return kind.apply(units).activation(activation).useBias(useBias).returnSequences(true);
    }

    /** 1 or 0 for each timestep, not all 0. */
    Tensor mask() {
      Tensor mask = Tensor.zeros(batch, timesteps);
      for (int i = 0; i < mask.size(); i++) {
        mask.data()[i] = random.nextInt(3) > 0 ? 1 : 0;
      }
      return mask;
    }

    Sequential model(Layer... layers) {
      Sequential m = new Sequential().seed(5);
      m.add(new Input(-1, features));
      for (Layer layer : layers) {
        m.add(layer);
      }
      return m;
    }
  }

  private static Tensor between(Tensor x, int from, int to) {
    int row = x.size() / x.dim(0) / x.dim(1);
    Tensor part = Tensor.zeros(x.shape().with(1, to - from).dims());
    for (int b = 0; b < x.dim(0); b++) {
      System.arraycopy(
          x.data(),
          (b * x.dim(1) + from) * row,
          part.data(),
          b * (to - from) * row,
          (to - from) * row);
    }
    return part;
  }

  private static Tensor at(Tensor x, int timestep) {
    return Tensor.of(between(x, timestep, timestep + 1).data(), x.dim(0), x.dim(2));
  }

  private static Tensor reversed(Tensor x) {
    Tensor r = Tensor.zeros(x.shape().dims());
    int row = x.dim(2);
    for (int b = 0; b < x.dim(0); b++) {
      for (int t = 0; t < x.dim(1); t++) {
        System.arraycopy(
            x.data(),
            (b * x.dim(1) + t) * row,
            r.data(),
            (b * x.dim(1) + x.dim(1) - 1 - t) * row,
            row);
      }
    }
    return r;
  }

  private static Tensor ordered(Tensor x, List<Integer> samples) {
    Tensor r = Tensor.zeros(x.shape().dims());
    int row = x.size() / x.dim(0);
    for (int b = 0; b < x.dim(0); b++) {
      System.arraycopy(x.data(), samples.get(b) * row, r.data(), b * row, row);
    }
    return r;
  }

  private static void close(String what, Tensor expected, Tensor got) {
    assertClose(what, expected, got, 1e-5, 1e-5);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void itSaysWhatItHasAndReturns(String kind, int seed) {
    Case c = new Case(kind, seed);
    CellLayer<?, ?> layer = c.layer().returnState(true);
    try (Sequential model = c.model(layer)) {
      assertThat(layer.countParams())
          .isEqualTo(layer.cell().spec().parameters(c.features, c.useBias));
      List<Tensor> outputs = model.call(c.x);
      assertThat(outputs).hasSameSizeAs(layer.outputShapes()).hasSameSizeAs(layer.outputNames());
      for (int i = 0; i < outputs.size(); i++) {
        Shape said = layer.outputShapes().get(i);
        assertThat(said.accepts(outputs.get(i).shape())).as("%s %s", said, outputs.get(i)).isTrue();
      }
      assertThat(layer.stateShapes(c.batch))
          .hasSize(layer.cell().stateNames().size())
          .containsOnly(Shape.of(c.batch, c.units));
      // h is the output
      close("h", at(outputs.get(0), c.timesteps - 1), outputs.get(1));
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void aSequenceInTwoPartsIsTheWhole(String kind, int seed) {
    Case c = new Case(kind, seed);
    Tensor mask = c.mask();
    int cut = 1 + c.random.nextInt(c.timesteps - 1);
    try (Sequential model = c.model(c.layer().returnState(true))) {
      for (Tensor m : new Tensor[] {null, mask}) {
        List<Tensor> whole = model.call(c.x, m, List.of());
        List<Tensor> first =
            model.call(between(c.x, 0, cut), m == null ? null : between(m, 0, cut), List.of());
        List<Tensor> second =
            model.call(
                between(c.x, cut, c.timesteps),
                m == null ? null : between(m, cut, c.timesteps),
                first.subList(1, first.size()));
        for (int i = 1; i < whole.size(); i++) {
          close("state " + i, whole.get(i), second.get(i));
        }
        if (m == null) { // a masked output repeats one of the other part
          close("first", between(whole.get(0), 0, cut), first.get(0));
          close("second", between(whole.get(0), cut, c.timesteps), second.get(0));
        }
      }
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void whatIsMaskedChangesNothing(String kind, int seed) {
    Case c = new Case(kind, seed);
    Tensor mask = c.mask();
    Tensor other = c.x.copy();
    for (int i = 0; i < mask.size(); i++) {
      for (int f = 0; f < c.features && mask.data()[i] == 0; f++) {
        other.data()[i * c.features + f] = 1000 * (float) c.random.nextGaussian();
      }
    }
    for (boolean backwards : new boolean[] {false, true}) {
      for (boolean zero : new boolean[] {false, true}) {
        CellLayer<?, ?> layer =
            c.layer().returnState(true).goBackwards(backwards).zeroOutputForMask(zero);
        try (Sequential model = c.model(layer)) {
          assertThat(model.call(other, mask, List.of()))
              .isEqualTo(model.call(c.x, mask, List.of()));
        }
      }
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void samplesKnowNothingOfEachOther(String kind, int seed) {
    Case c = new Case(kind, seed);
    List<Integer> order = new ArrayList<>(IntStream.range(0, c.batch).boxed().toList());
    Collections.shuffle(order, c.random);
    try (Sequential model = c.model(c.layer())) {
      close(
          "in another order",
          ordered(model.predict(c.x), order),
          model.predict(ordered(c.x, order)));
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void backwardsIsForwardsOverTheReversedSequence(String kind, int seed) {
    Case c = new Case(kind, seed);
    try (Sequential forwards = c.model(c.layer());
        Sequential backwards = c.model(c.layer().goBackwards(true))) {
      close("backwards", forwards.predict(reversed(c.x)), backwards.predict(c.x));
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void bothDirectionsAreEachByItself(String kind, int seed) {
    Case c = new Case(kind, seed);
    Bidirectional both = new Bidirectional(c.layer());
    CellLayer<?, ?> forward = c.layer();
    CellLayer<?, ?> backward = c.layer().goBackwards(true);
    try (Sequential model = c.model(both);
        Sequential there = c.model(forward);
        Sequential back = c.model(backward)) {
      List<Tensor> weights = model.getWeights();
      there.setWeights(weights.subList(0, weights.size() / 2));
      back.setWeights(weights.subList(weights.size() / 2, weights.size()));
      Tensor got = model.predict(c.x);
      Tensor a = there.predict(c.x);
      Tensor b = reversed(back.predict(c.x));
      Tensor want = Tensor.zeros(c.batch, c.timesteps, 2 * c.units);
      for (int i = 0; i < c.batch * c.timesteps; i++) {
        System.arraycopy(a.data(), i * c.units, want.data(), 2 * i * c.units, c.units);
        System.arraycopy(b.data(), i * c.units, want.data(), (2 * i + 1) * c.units, c.units);
      }
      close("both", want, got);
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void statefulBatchesAreTheWhole(String kind, int seed) {
    Case c = new Case(kind, seed);
    int cut = 1 + c.random.nextInt(c.timesteps - 1);
    CellLayer<?, ?> carrying = c.layer().stateful(true);
    try (Sequential model = c.model(c.layer());
        Sequential stateful = new Sequential(Input.batch(c.batch, -1, c.features), carrying)) {
      stateful.setWeights(model.getWeights());
      Tensor whole = model.predict(c.x);
      for (int round = 0; round < 2; round++) {
        close("first", between(whole, 0, cut), stateful.predict(between(c.x, 0, cut), c.batch));
        close(
            "second",
            between(whole, cut, c.timesteps),
            stateful.predict(between(c.x, cut, c.timesteps), c.batch));
        assertThat(carrying.states()).hasSize(carrying.cell().stateNames().size());
        stateful.resetStates();
      }
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void aSessionIsTheWhole(String kind, int seed) {
    Case c = new Case(kind, seed);
    Tensor x = c.x.copy();
    for (int b = 0; b < c.batch; b++) { // some masked
      int t = c.random.nextInt(c.timesteps);
      Arrays.fill(
          x.data(), (b * c.timesteps + t) * c.features, (b * c.timesteps + t + 1) * c.features, 0);
    }
    try (Sequential model = c.model(new Masking(), c.layer(), c.layer(), new Dense(2));
        Session session = model.session(c.batch)) {
      for (int t = 0; t < c.timesteps; t++) {
        Tensor want = at(model.predict(between(x, 0, t + 1)), t);
        Tensor got = session.step(at(x, t));
        close("step " + t, want, Tensor.of(got.data(), want.shape()));
      }
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void initialStatesAreAllOrNone(String kind, int seed) {
    Case c = new Case(kind, seed);
    CellLayer<?, ?> layer = c.layer();
    layer.name("r").build(Shape.of(-1, c.timesteps, c.features), new Philox(1, 1));
    Lowering to = new Lowering(false, false, 1, l -> List.of());
    Signal x =
        new Signal(to.graph().input("x", Shape.of(c.timesteps, c.batch, c.features), true), null);
    List<Signal> in = new ArrayList<>(List.of(x));
    for (int i = 0; i <= layer.cell().stateNames().size(); i++) {
      in.add(new Signal(to.graph().input("s" + i, Shape.of(c.batch, c.units), false), null));
    }
    assertThatThrownBy(() -> layer.lower(in, to)).hasMessageContainingAll("r", "initial states");
  }
}
