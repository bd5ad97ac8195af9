package io.github.lstm4j.equivalence;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.MaskOp;
import io.github.lstm4j.graph.MatrixOp;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.ReduceOp;
import io.github.lstm4j.graph.SequenceSpec;
import io.github.lstm4j.graph.ShapeOp;
import io.github.lstm4j.graph.Strided;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.UpdateRule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Backends with an error built in: the suite notices each of them, and none in a sound one. */
class SuiteCanFailTest {
  private static final long SEED = 1;

  private static final List<Case> CASES = cheap();

  private static List<Case> cheap() {
    List<Case> all = new ArrayList<>(OpCases.all(SEED));
    all.addAll(LossCases.all(SEED));
    all.addAll(RecurrentCases.all(SEED));
    List<Case> cheap = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      // there are many options: every eighth will do
      Case c = all.get(i);
      boolean rare = i % 8 > 0 && (c.optional() || c.op().equals("Activate"));
      if (!rare && c.scene().work() < 3000) {
        cheap.add(c);
      }
    }
    return cheap;
  }

  /** Whether a case notices, among those with an op that the error touches. */
  private boolean noticed(OracleBackend backend, Predicate<Op> touched) {
    for (Case c : CASES) {
      Scene scene = c.scene();
      if (scene.graph.ops().stream().anyMatch(touched)
          && !new Comparison(scene, Runs.oracle(scene), Runs.backend(backend, scene)).passed()) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aSoundBackendPasses() {
    OracleBackend sound = OracleBackend.sound();
    for (Case c : CASES) {
      Scene scene = c.scene();
      Comparison result = new Comparison(scene, Runs.oracle(scene), Runs.backend(sound, scene));
      assertThat(result.passed()).as("%s: %s", c, result.report()).isTrue();
    }
  }

  /** One element of one output of one kind of op is one part in a hundred too large. */
  @Test
  void everyOutputOfEveryOpIsLookedAt() {
    Map<String, Integer> outputs = new LinkedHashMap<>();
    List<String> unnoticed = new ArrayList<>();
    for (Case c : CASES) {
      for (Op op : c.scene().graph.ops()) {
        outputs.merge(op.name(), op.outputs().size(), Math::max);
      }
    }
    assertThat(outputs).hasSize(Coverage.ops().size());
    outputs.forEach(
        (name, count) -> {
          for (int i = 0; i < count; i++) {
            int at = i;
            OracleBackend backend =
                new OracleBackend(
                    op -> op,
                    (op, interpreter) -> {
                      if (op.name().equals(name) && at < op.outputs().size()) {
                        spoil(interpreter, op.outputs().get(at));
                      }
                    });
            if (!noticed(backend, op -> op.name().equals(name) && at < op.outputs().size())) {
              unnoticed.add(name + " output " + at);
            }
          }
        });
    // scratch: the norms, and the last four of the LSTM: dh, dc, dDroppedH, dyCarry; a sum that is
    // 0
    assertThat(unnoticed)
        .isSubsetOf(
            "ClipNorm output 5",
            "Ctc output 2",
            "MeanGradient output 1",
            "RecurrentGrad output 8",
            "RecurrentGrad output 9",
            "RecurrentGrad output 10",
            "RecurrentGrad output 11");
  }

  private static void spoil(DoubleInterpreter interpreter, Value v) {
    double[] data = interpreter.get(v);
    for (int i = 0; i < data.length; i++) {
      if (Math.abs(data[i]) > 0.01) {
        data[i] *= 1.01;
        break;
      }
    }
    interpreter.set(v, data);
  }

  @Test
  void everyMutantIsNoticed() {
    List<String> survivors = new ArrayList<>();
    mutants()
        .forEach(
            (name, mutant) -> {
              OracleBackend backend = new OracleBackend(mutant, (op, interpreter) -> {});
              if (!noticed(backend, op -> !mutant.apply(op).equals(op))) {
                survivors.add(name);
              }
            });
    assertThat(survivors).isEmpty();
  }

  /** {@code change} for ops of one kind, the others as they are. */
  private static <T extends Op> UnaryOperator<Op> of(Class<T> kind, Function<T, Op> change) {
    return op -> kind.isInstance(op) ? change.apply(kind.cast(op)) : op;
  }

  private static Map<String, UnaryOperator<Op>> mutants() {
    Map<String, UnaryOperator<Op>> m = new LinkedHashMap<>();
    lstm(m);
    lstmGrad(m);
    m.put(
        "no bias",
        of(MatrixOp.MatMul.class, o -> new MatrixOp.MatMul(o.x(), o.weight(), null, o.y())));
    m.put("relu leaks", activation("relu", "leaky_relu"));
    m.put("hard sigmoid of Keras 2", activation("hard_sigmoid_keras2", "hard_sigmoid"));
    m.put("swish for gelu", activation("gelu", "silu"));
    m.put("elu for selu", activation("selu", "elu"));
    m.put(
        "parameters lost",
        of(
            ElementwiseOp.Activate.class,
            o -> new ElementwiseOp.Activate(o.activation().kind().usual(), o.x(), o.y())));
    m.put("softmax without its logarithm", activation("log_softmax", "softmax"));
    m.put("another seed", draw(d -> new DropoutOp.Draw(d.rate(), d.seed() + 1, d.stream())));
    m.put("upper seed lost", draw(d -> new DropoutOp.Draw(d.rate(), (int) d.seed(), d.stream())));
    m.put("another stream", draw(d -> new DropoutOp.Draw(d.rate(), d.seed(), d.stream() + 1)));
    m.put("another rate", draw(d -> new DropoutOp.Draw(d.rate() + 0.01f, d.seed(), d.stream())));
    m.put(
        "mask of another value",
        of(MaskOp.MaskOf.class, o -> new MaskOp.MaskOf(o.x(), o.maskValue() + 1, o.mask())));
    algebra(m);
    m.put(
        "another clip",
        of(
            UpdateOp.ClipNorm.class,
            o -> new UpdateOp.ClipNorm(o.limit() * 1.01f, o.gradients(), o.norms())));
    for (Loss.Kind kind : LossCases.WITH_ROWS) {
      m.put("logits of " + kind, loss(l -> l.kind() == kind ? flip(l) : l));
    }
    m.keySet().removeIf(s -> s.startsWith("logits of") && !s.endsWith("CROSSENTROPY"));
    m.put("delta", loss(l -> l.kind() == Loss.Kind.HUBER ? Loss.huber(l.delta() * 1.1f) : l));
    m.put(
        "quantiles",
        loss(l -> l.kind() == Loss.Kind.QUANTILE ? Loss.quantile(0.1f, 0.49f, 0.9f) : l));
    m.put("reduction", loss(l -> l.withReduction(Loss.Reduction.SUM_OVER_BATCH_SIZE)));
    m.put(
        "smoothing",
        loss(
            l ->
                l.kind() == Loss.Kind.BINARY_CROSSENTROPY
                        || l.kind() == Loss.Kind.CATEGORICAL_CROSSENTROPY
                    ? l.withLabelSmoothing(0.01f)
                    : l));
    m.put("weight", loss(l -> l.withWeight(1.01f)));
    m.put("no ignored class", loss(l -> l.withIgnoreClass(null)));
    m.put(
        "threshold",
        metric(o -> o.kind() == Metric.Kind.BINARY_ACCURACY ? Metric.binaryAccuracy(0.6f) : o));
    m.put(
        "top k",
        metric(
            o ->
                o.kind() == Metric.Kind.TOP_K_CATEGORICAL_ACCURACY
                    ? Metric.topKCategoricalAccuracy(o.k() + 1)
                    : o));
    m.put(
        "unmasked",
        of(ObjectiveOp.LossValue.class, o -> with(o, o.loss(), o.sampleWeights(), null)));
    m.put("unweighted", of(ObjectiveOp.LossValue.class, o -> with(o, o.loss(), null, o.mask())));
    m.put(
        "Nesterov",
        rule(UpdateRule.Sgd.class, r -> new UpdateRule.Sgd(r.momentum(), !r.nesterov())));
    m.put(
        "rho",
        rule(
            UpdateRule.RmsProp.class,
            r -> new UpdateRule.RmsProp(r.rho() * 0.99f, r.momentum(), r.epsilon(), r.centered())));
    m.put(
        "epsilon",
        rule(
            UpdateRule.Adam.class,
            r -> new UpdateRule.Adam(r.beta1(), r.beta2(), r.epsilon() * 2, r.amsgrad())));
    m.put(
        "no amsgrad",
        rule(
            UpdateRule.Adam.class,
            r -> new UpdateRule.Adam(r.beta1(), r.beta2(), r.epsilon(), false)));
    m.put(
        "another decay",
        of(
            UpdateOp.Decay.class,
            o -> new UpdateOp.Decay(o.rate() * 1.1f, o.weight(), o.scalars())));
    return m;
  }

  private static void algebra(Map<String, UnaryOperator<Op>> m) {
    for (Combine combine : Combine.values()) {
      Combine other = Combine.values()[(combine.ordinal() + 1) % Combine.values().length];
      m.put(
          other + " for " + combine,
          of(
              ElementwiseOp.Binary.class,
              o ->
                  o.combine() == combine
                      ? new ElementwiseOp.Binary(other, o.a(), o.b(), o.y())
                      : o));
    }
    for (Unary function : Unary.values()) {
      Unary other = Unary.values()[(function.ordinal() + 1) % Unary.values().length];
      m.put(
          other + " for " + function,
          of(
              ElementwiseOp.Apply.class,
              o -> o.function() == function ? new ElementwiseOp.Apply(other, o.x(), o.y()) : o));
    }
    m.put(
        "operands exchanged",
        of(
            ElementwiseOp.Binary.class,
            o ->
                o.a().shape().equals(o.b().shape())
                    ? new ElementwiseOp.Binary(o.combine(), o.b(), o.a(), o.y())
                    : o));
    m.put(
        "choices exchanged",
        of(
            ElementwiseOp.Where.class,
            o -> new ElementwiseOp.Where(o.condition(), o.b(), o.a(), o.y())));
    m.put(
        "no shift",
        of(ElementwiseOp.Affine.class, o -> new ElementwiseOp.Affine(o.factor(), o.x(), 0, o.y())));
    m.put(
        "least for most",
        of(
            ReduceOp.Reduce.class,
            o ->
                o.reduction() == ReduceOp.Reduction.MAX
                    ? new ReduceOp.Reduce(
                        ReduceOp.Reduction.MIN, o.x(), o.outer(), o.length(), o.inner(), o.y())
                    : o));
    m.put(
        "another axis",
        of(
            ReduceOp.Reduce.class,
            o ->
                new ReduceOp.Reduce(
                    o.reduction(), o.x(), o.inner(), o.length(), o.outer(), o.y())));
    m.put(
        "read from the beginning",
        of(
            ShapeOp.Read.class,
            o ->
                o.by().strides().stream().allMatch(stride -> stride >= 0)
                    ? new ShapeOp.Read(
                        o.x(), new Strided(0, o.by().dims(), o.by().strides()), o.y())
                    : o));
    m.put(
        "parts exchanged",
        of(
            ShapeOp.Write.class,
            o -> {
              List<Value> parts = new ArrayList<>(o.parts());
              Collections.reverse(parts);
              boolean alike = parts.stream().mapToInt(Value::size).distinct().count() == 1;
              return alike ? new ShapeOp.Write(parts, o.by(), o.y()) : o;
            }));
    m.put(
        "dense windows",
        of(ShapeOp.Windows.class, o -> new ShapeOp.Windows(o.x(), o.stride(), 1, o.y())));
  }

  private static UnaryOperator<Op> activation(String from, String to) {
    return of(
        ElementwiseOp.Activate.class,
        o ->
            o.activation().equals(Activation.of(from))
                ? new ElementwiseOp.Activate(Activation.of(to), o.x(), o.y())
                : o);
  }

  private static UnaryOperator<Op> draw(UnaryOperator<DropoutOp.Draw> change) {
    return of(
        DropoutOp.Dropout.class,
        o -> new DropoutOp.Dropout(change.apply(o.draw()), o.x(), o.scalars(), o.y()));
  }

  private static UnaryOperator<Op> loss(UnaryOperator<Loss> change) {
    return of(
        ObjectiveOp.LossValue.class,
        o -> with(o, change.apply(o.loss()), o.sampleWeights(), o.mask()));
  }

  private static UnaryOperator<Op> metric(UnaryOperator<Metric> change) {
    return of(
        ObjectiveOp.MetricValue.class,
        o ->
            new ObjectiveOp.MetricValue(
                change.apply(o.metric()),
                o.prediction(),
                o.target(),
                o.quantiles(),
                o.sampleWeights(),
                o.mask(),
                o.rows(),
                o.result()));
  }

  private static ObjectiveOp.LossValue with(
      ObjectiveOp.LossValue o, Loss loss, Value sampleWeights, Value mask) {
    return new ObjectiveOp.LossValue(
        loss, o.prediction(), o.target(), o.quantiles(), sampleWeights, mask, o.rows(), o.result());
  }

  private static Loss flip(Loss l) {
    return l.withFromLogits(!l.fromLogits());
  }

  private static <R extends UpdateRule> UnaryOperator<Op> rule(
      Class<R> kind, Function<R, UpdateRule> change) {
    return of(
        UpdateOp.Update.class,
        o ->
            kind.isInstance(o.rule())
                ? new UpdateOp.Update(
                    change.apply(kind.cast(o.rule())),
                    o.weight(),
                    o.gradient(),
                    o.slots(),
                    o.scalars())
                : o);
  }

  private static void lstm(Map<String, UnaryOperator<Op>> m) {
    m.put("direction", sequence(q -> new SequenceSpec(!q.goBackwards(), q.zeroOutputForMask())));
    m.put("zero output", sequence(q -> new SequenceSpec(q.goBackwards(), !q.zeroOutputForMask())));
    m.put(
        "activations exchanged",
        lstm(
            c ->
                new CellSpec.Lstm(
                    c.units(), c.recurrentActivation(), c.activation(), c.peephole())));
    for (Peephole p : List.of(Peephole.FULL_OUTPUT, Peephole.DIAGONAL, Peephole.DIAGONAL_OUTPUT)) {
      m.put(
          "no " + p,
          lstm(
              c ->
                  new CellSpec.Lstm(
                      c.units(),
                      c.activation(),
                      c.recurrentActivation(),
                      c.peephole() == p ? Peephole.NONE : c.peephole())));
    }
    m.put(
        "another activation of the simple cell",
        of(
            RecurrentOp.Recurrent.class,
            o ->
                o.cell() instanceof CellSpec.SimpleRnn cell
                        && cell.activation().equals(Activation.TANH)
                    ? with(
                        o,
                        new CellSpec.SimpleRnn(cell.units(), Activation.SIGMOID),
                        o.sequence(),
                        o.in())
                    : o));
    m.put(
        "another activation of the GRU",
        gru(
            c ->
                new CellSpec.Gru(
                    c.units(), c.recurrentActivation(), c.activation(), c.resetAfter())));
    m.put("no initial states", inputs(in -> with(in, in.bias(), List.of(), in.mask())));
    m.put(
        "initial states exchanged",
        inputs(
            in -> {
              List<Value> states = new ArrayList<>(in.initialStates());
              Collections.reverse(states);
              return with(in, in.bias(), states, in.mask());
            }));
    m.put("no mask", inputs(in -> with(in, in.bias(), in.initialStates(), null)));
    m.put(
        "no bias of a recurrent layer",
        inputs(in -> with(in, null, in.initialStates(), in.mask())));
  }

  private static UnaryOperator<Op> lstm(UnaryOperator<CellSpec.Lstm> change) {
    return of(
        RecurrentOp.Recurrent.class,
        o ->
            o.cell() instanceof CellSpec.Lstm cell
                ? with(o, change.apply(cell), o.sequence(), o.in())
                : o);
  }

  private static UnaryOperator<Op> gru(UnaryOperator<CellSpec.Gru> change) {
    return of(
        RecurrentOp.Recurrent.class,
        o ->
            o.cell() instanceof CellSpec.Gru cell
                ? with(o, change.apply(cell), o.sequence(), o.in())
                : o);
  }

  private static UnaryOperator<Op> sequence(UnaryOperator<SequenceSpec> change) {
    return of(
        RecurrentOp.Recurrent.class, o -> with(o, o.cell(), change.apply(o.sequence()), o.in()));
  }

  private static UnaryOperator<Op> inputs(UnaryOperator<RecurrentOp.Inputs> change) {
    return of(
        RecurrentOp.Recurrent.class, o -> with(o, o.cell(), o.sequence(), change.apply(o.in())));
  }

  private static RecurrentOp.Recurrent with(
      RecurrentOp.Recurrent o, CellSpec cell, SequenceSpec sequence, RecurrentOp.Inputs in) {
    return new RecurrentOp.Recurrent(
        cell, sequence, in, o.states(), o.gates(), o.inner(), o.droppedH(), o.y(), o.out());
  }

  private static RecurrentOp.Inputs with(
      RecurrentOp.Inputs in, Value bias, List<Value> initialStates, Value mask) {
    return new RecurrentOp.Inputs(
        in.x(),
        in.kernel(),
        in.recurrentKernel(),
        bias,
        in.cellWeights(),
        initialStates,
        mask,
        in.recurrentDropout());
  }

  private static void lstmGrad(Map<String, UnaryOperator<Op>> m) {
    m.put("no dhLast", gradient(o -> with(o, without(o.dLastStates(), 0), o.dyLast())));
    m.put(
        "no dcLast",
        gradient(
            o ->
                o.dLastStates().size() > 1 ? with(o, without(o.dLastStates(), 1), o.dyLast()) : o));
    m.put("no dyLast", gradient(o -> with(o, o.dLastStates(), null)));
    m.put(
        "dyLast to the state",
        gradient(
            o ->
                o.dLastStates().get(0) == null && o.dyLast() != null
                    ? with(o, replace(o.dLastStates(), 0, o.dyLast()), null)
                    : o));
  }

  private static UnaryOperator<Op> gradient(UnaryOperator<RecurrentOp.RecurrentGrad> change) {
    return of(RecurrentOp.RecurrentGrad.class, change::apply);
  }

  private static List<Value> without(List<Value> list, int index) {
    return replace(list, index, null);
  }

  private static List<Value> replace(List<Value> list, int index, Value v) {
    List<Value> changed = new ArrayList<>(list);
    changed.set(index, v);
    return changed;
  }

  private static RecurrentOp.RecurrentGrad with(
      RecurrentOp.RecurrentGrad o, List<Value> dLastStates, Value dyLast) {
    return new RecurrentOp.RecurrentGrad(
        o.forward(),
        o.dy(),
        dLastStates,
        dyLast,
        o.dx(),
        o.dKernel(),
        o.dRecurrentKernel(),
        o.dBias(),
        o.dCellWeights(),
        o.dInitialStates(),
        o.dStates(),
        o.dDroppedH(),
        o.dyCarry());
  }

  /** The known answers that Random123, the authors' own implementation, is tested by. */
  @Test
  void philoxGivesTheKnownAnswersOfItsAuthors() {
    assertThat(Philox.words(new int[4], new int[2]))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(Philox.words(new int[] {-1, -1, -1, -1}, new int[] {-1, -1}))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(
            Philox.words(
                new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                new int[] {0xa4093822, 0x299f31d0}))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }
}
