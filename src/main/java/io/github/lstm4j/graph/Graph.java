package io.github.lstm4j.graph;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.UpdateRule;
import io.github.lstm4j.tensor.DType;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.TooLargeException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A computation as it is being built: values, and the ops that make them, in an order that runs.
 * Layers write their ops here; {@link Gradients} adds the way back; {@link Program} is the result.
 *
 * <p>The graph trusts its callers: layers have checked what a user gave.
 */
public final class Graph {
  private final List<Value> values = new ArrayList<>();
  private final List<Op> ops = new ArrayList<>();

  /** All values, by id. */
  public List<Value> values() {
    return Collections.unmodifiableList(values);
  }

  /** All ops, in order. */
  public List<Op> ops() {
    return Collections.unmodifiableList(ops);
  }

  private Value value(
      String name, Shape shape, Value.Kind kind, boolean timeMajor, Value base, int offset) {
    try {
      shape.size(); // so that no op below computes with more elements than an int counts
    } catch (TooLargeException e) {
      throw e.of(name);
    }
    DType type = base == null ? DType.FLOAT32 : base.dtype();
    Value v = new Value(values.size(), name, type, shape, kind, timeMajor, base, offset);
    values.add(v);
    return v;
  }

  /**
   * A tensor that is written before each run.
   *
   * @param timeMajor whether outside it is (B,T,…) while {@code shape} is (T,B,…)
   */
  public Value input(String name, Shape shape, boolean timeMajor) {
    return value(name, shape, Value.Kind.INPUT, timeMajor, null, 0);
  }

  /** The input of {@link Scalars}. */
  public Value scalars() {
    return input("scalars", Shape.of(Scalars.SIZE), false);
  }

  /** A tensor that outlives runs: a weight, an optimizer slot, a state. */
  public Value variable(String name, Shape shape) {
    return value(name, shape, Value.Kind.VARIABLE, false, null, 0);
  }

  /** A tensor between ops. */
  public Value temporary(String name, Shape shape) {
    return value(name, shape, Value.Kind.TEMPORARY, false, null, 0);
  }

  private Value sequence(String name, Shape shape) {
    return value(name, shape, Value.Kind.TEMPORARY, true, null, 0);
  }

  private Value like(String name, Value v) {
    return like(name, v, v.shape());
  }

  private Value like(String name, Value v, Shape shape) {
    return value(name, shape, Value.Kind.TEMPORARY, v.timeMajor(), null, 0);
  }

  /** A part of {@code base} that begins {@code offset} elements into it. */
  public Value view(String name, Value base, int offset, Shape shape, boolean timeMajor) {
    if (offset < 0 || offset + shape.size() > base.size()) {
      throw new IllegalArgumentException(name + " does not lie within " + base);
    }
    return value(name, shape, Value.Kind.VIEW, timeMajor, base, offset);
  }

  /** Appends an op that the methods below do not build. */
  public void add(Op op) {
    ops.add(op);
  }

  /** See {@link MatrixOp.MatMul}; the result has x's leading axes. */
  public Value matMul(Value x, Value weight, Value bias, String name) {
    Value y = like(name, x, x.shape().with(-1, weight.dim(1)));
    add(new MatrixOp.MatMul(x, weight, bias, y));
    return y;
  }

  /** See {@link RecurrentOp.Recurrent}. */
  public RecurrentOp.Results recurrent(
      CellSpec cell, SequenceSpec order, RecurrentOp.Inputs in, String name) {
    int t = in.timesteps();
    int b = in.batch();
    int u = cell.units();
    List<Value> states = new ArrayList<>();
    for (String state : cell.states()) {
      states.add(sequence(name + "." + state, Shape.of(t + 1, b, u)));
    }
    Value gates = sequence(name + ".gates", Shape.of(t, b, cell.gates() * u));
    Value droppedH =
        in.recurrentDropout() == null
            ? null
            : temporary(name + ".droppedH", Shape.of(cell.gates(), t, b, u));
    boolean outputsDiffer =
        in.mask() != null && (!in.initialStates().isEmpty() || order.zeroOutputForMask());
    Value y = outputsDiffer ? sequence(name + ".y", Shape.of(t, b, u)) : null;
    int lastTime = order.timeOf(t - 1, t);
    Shape state = Shape.of(b, u);
    List<Value> lastStates = new ArrayList<>();
    for (Value s : states) {
      int at = order.slotAfter(lastTime) * b * u;
      lastStates.add(view(s.name() + ".last", s, at, state, false));
    }
    Value h = states.get(0);
    RecurrentOp.Results out =
        outputsDiffer
            ? new RecurrentOp.Results(
                y, view(name + ".last", y, lastTime * b * u, state, false), lastStates)
            : new RecurrentOp.Results(
                view(name, h, order.slotAfter(0) * b * u, Shape.of(t, b, u), true),
                lastStates.get(0),
                lastStates);
    add(new RecurrentOp.Recurrent(cell, order, in, states, gates, droppedH, y, out));
    return out;
  }

  /** See {@link ElementwiseOp.Activate}; linear adds nothing. */
  public Value activate(Activation activation, Value x, String name) {
    if (activation.kind() == Activation.Kind.LINEAR) {
      return x;
    }
    Value y = like(name, x);
    add(new ElementwiseOp.Activate(activation, x, y));
    return y;
  }

  /** See {@link ElementwiseOp.Binary}. */
  public Value binary(ElementwiseOp.Combine combine, Value a, Value b, String name) {
    Value y = like(name, a);
    add(new ElementwiseOp.Binary(combine, a, b, y));
    return y;
  }

  /** See {@link ElementwiseOp.Scale}. */
  public Value scale(float factor, Value x, String name) {
    Value y = like(name, x);
    add(new ElementwiseOp.Scale(factor, x, y));
    return y;
  }

  /** See {@link DropoutOp.Dropout}. */
  public Value dropout(DropoutOp.Draw draw, Value x, Value scalars, String name) {
    Value y = like(name, x);
    add(new DropoutOp.Dropout(draw, x, scalars, y));
    return y;
  }

  /** See {@link DropoutOp.DropoutMask}. */
  public Value dropoutMask(DropoutOp.Draw draw, Shape shape, Value scalars, String name) {
    Value mask = temporary(name, shape);
    add(new DropoutOp.DropoutMask(draw, scalars, mask));
    return mask;
  }

  /** See {@link DropoutOp.Noise}; the result has the shape of {@code x}. */
  public Value noise(
      float mean, float deviation, long seed, int stream, Value x, Value scalars, String name) {
    Value y = like(name, x);
    add(new DropoutOp.Noise(mean, deviation, seed, stream, scalars, y));
    return y;
  }

  /** See {@link DropoutOp.SequenceDropout}. */
  public Value sequenceDropout(Value x, Value masks, String name) {
    Value y =
        masks.dim(0) == 1
            ? like(name, x)
            : temporary(name, Shape.of(masks.dim(0), x.dim(0), x.dim(1), x.dim(2)));
    add(new DropoutOp.SequenceDropout(x, masks, y));
    return y;
  }

  /** See {@link MaskOp.MaskOf}; {@code rows} is the shape of the mask. */
  public Value maskOf(Value x, float maskValue, Shape rows, String name) {
    Value mask = like(name, x, rows);
    add(new MaskOp.MaskOf(x, maskValue, mask));
    return mask;
  }

  /** See {@link MaskOp.MaskRows}. */
  public Value maskRows(Value x, Value mask, String name) {
    Value y = like(name, x);
    add(new MaskOp.MaskRows(x, mask, y));
    return y;
  }

  /** See {@link ShapeOp.Concat}. */
  public Value concat(Value a, Value b, String name) {
    Value y = like(name, a, a.shape().with(-1, a.shape().last() + b.shape().last()));
    add(new ShapeOp.Concat(a, b, y));
    return y;
  }

  /** See {@link ShapeOp.Slice}. */
  public Value slice(Value x, int from, int width, String name) {
    Value y = like(name, x, x.shape().with(-1, width));
    add(new ShapeOp.Slice(x, from, y));
    return y;
  }

  /** See {@link ShapeOp.Reverse}. */
  public Value reverse(Value x, String name) {
    Value y = like(name, x);
    add(new ShapeOp.Reverse(x, y));
    return y;
  }

  /** (T,B,F) to (B,T·F): see {@link ShapeOp.SwapAxes}. */
  public Value flatten(Value x, String name) {
    int t = x.dim(0);
    int b = x.dim(1);
    int f = x.dim(2);
    Value y = temporary(name, Shape.of(b, t * f));
    add(new ShapeOp.SwapAxes(x, t, b, f, y));
    return y;
  }

  /** (T,B,F) to (B,F·T): one feature's timesteps after another's. */
  public Value flattenByFeature(Value x, String name) {
    return timestepsLast(x, Shape.of(x.dim(1), x.dim(2) * x.dim(0)), name);
  }

  private Value timestepsLast(Value x, Shape shape, String name) {
    Value y = temporary(name, shape);
    add(new ShapeOp.SwapAxes(x, x.dim(0), x.dim(1) * x.dim(2), 1, y));
    return y;
  }

  /** As {@link #activate}, of a sequence (T,B,F) over its timesteps rather than its features. */
  public Value activateOverTime(Activation activation, Value x, String name) {
    Shape rows = Shape.of(x.dim(1) * x.dim(2), x.dim(0));
    Value timesteps = timestepsLast(x, rows, name + ".timesteps");
    Value activated = activate(activation, timesteps, name + ".activated");
    Value y = like(name, x);
    add(new ShapeOp.SwapAxes(activated, rows.dim(0), rows.dim(1), 1, y));
    return y;
  }

  /** See {@link ShapeOp.Repeat}. */
  public Value repeat(Value x, int times, String name) {
    Value y = sequence(name, Shape.of(times, x.dim(0), x.dim(1)));
    add(new ShapeOp.Repeat(x, y));
    return y;
  }

  /** See {@link EmbeddingOp.Embed}; the result has the ids' axes and the table's width. */
  public Value embed(Value ids, Value table, String name) {
    int[] dims = java.util.Arrays.copyOf(ids.shape().dims(), ids.shape().rank() + 1);
    dims[dims.length - 1] = table.dim(1);
    Value y = like(name, ids, Shape.of(dims));
    add(new EmbeddingOp.Embed(ids, table, y));
    return y;
  }

  /**
   * See {@link ObjectiveOp.LossValue}.
   *
   * @throws IllegalArgumentException if the prediction has no such axis, or what is given beside it
   *     does not go along it
   */
  public ObjectiveOp.LossValue loss(
      Loss loss, Value prediction, Value target, Value quantiles, Value sampleWeights, Value mask) {
    String name = loss.kind().kerasName();
    RowLayout layout =
        layout(name, loss.axis(), loss.sparse(), prediction.shape(), sampleWeights, mask);
    Value rows = temporary("loss.rows", Shape.of(layout.count()));
    Value result = temporary("loss", Shape.of(4));
    ObjectiveOp.LossValue op =
        new ObjectiveOp.LossValue(
            loss, prediction, target, quantiles, sampleWeights, mask, rows, result);
    add(op);
    return op;
  }

  /** See {@link ObjectiveOp.MetricValue}; errors as of {@link #loss}. */
  public Value metric(
      Metric metric,
      Value prediction,
      Value target,
      Value quantiles,
      Value sampleWeights,
      Value mask) {
    String name = metric.logName();
    RowLayout layout =
        layout(name, metric.axis(), metric.sparse(), prediction.shape(), sampleWeights, mask);
    Value rows = temporary(name + ".rows", Shape.of(layout.count()));
    Value result = temporary(name, metric.stateShape());
    add(
        new ObjectiveOp.MetricValue(
            metric, prediction, target, quantiles, sampleWeights, mask, rows, result));
    return result;
  }

  /** As {@link #loss(Loss, Value, Value, Value, Value, Value)}, of a loss without quantiles. */
  public ObjectiveOp.LossValue loss(
      Loss loss, Value prediction, Value target, Value sampleWeights, Value mask) {
    return loss(loss, prediction, target, null, sampleWeights, mask);
  }

  /** As {@link #metric(Metric, Value, Value, Value, Value, Value)}, without quantiles. */
  public Value metric(
      Metric metric, Value prediction, Value target, Value sampleWeights, Value mask) {
    return metric(metric, prediction, target, null, sampleWeights, mask);
  }

  private static RowLayout layout(
      String name, int axis, boolean sparse, Shape prediction, Value weights, Value mask) {
    RowLayout layout = RowLayout.of(prediction, axis);
    boolean last = axis == -1 || axis == prediction.rank() - 1;
    boolean samples = axis == 0 || axis == -prediction.rank();
    boolean misfit = !last && (sparse || mask != null);
    if (misfit || (samples && weights != null)) {
      throw new IllegalArgumentException(
          name
              + ": axis "
              + axis
              + " does not go with "
              + (sparse ? "class numbers as targets" : mask != null ? "a mask" : "sample weights")
              + "; use axis -1");
    }
    return layout;
  }

  /** What a loss adds to its mean over an epoch. */
  public Value addend(ObjectiveOp.LossValue loss) {
    return view("loss.addend", loss.result(), 2, Metric.MEAN_STATE, false);
  }

  /** See {@link UpdateOp.ClipNorm}; together, or each by itself. */
  public void clipNorm(float limit, List<Value> gradients, boolean together) {
    if (together) {
      Value norms = temporary("norms", Shape.of(gradients.size() + 1));
      add(new UpdateOp.ClipNorm(limit, gradients, norms));
    } else {
      for (Value g : gradients) {
        add(new UpdateOp.ClipNorm(limit, List.of(g), temporary("norm", Shape.of(2))));
      }
    }
  }

  /** See {@link UpdateOp.Update}. */
  public void update(
      UpdateRule rule, Value weight, Value gradient, List<Value> slots, Value scalars) {
    add(new UpdateOp.Update(rule, weight, gradient, slots, scalars));
  }

  /** The number of rows: all axes but the last. */
  public static int rows(Value v) {
    return v.shape().last() == 0 ? 0 : v.size() / v.shape().last();
  }
}
