package io.github.lstm4j.graph;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.UpdateRule;
import io.github.lstm4j.tensor.DType;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.tensor.TooLargeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A computation as it is being built: values, and the ops that make them, in an order that runs.
 * Layers write their ops here; {@link Gradients} adds the way back; {@link Program} is the result.
 *
 * <p>The graph trusts its callers: layers have checked what a user gave.
 */
public final class Graph {
  private final List<Value> values = new ArrayList<>();
  private final List<Op> ops = new ArrayList<>();
  private final Map<Value, Tensor> constants = new LinkedHashMap<>();
  private final Map<Float, Value> numbers = new HashMap<>();

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

  /** A tensor that nobody changes. */
  public Value constant(String name, Tensor content) {
    Value v = variable(name, content.shape());
    constants.put(v, content);
    return v;
  }

  /** A number that nobody changes, of shape (). */
  public Value constant(float number) {
    return numbers.computeIfAbsent(
        number, n -> constant(Float.toString(n), Tensor.of(new float[] {n}, Shape.of())));
  }

  /** The variables that are {@linkplain #constant(String, Tensor) constants}. */
  public Map<Value, Tensor> constants() {
    return Collections.unmodifiableMap(constants);
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
    Value inner =
        cell.innerGates() == 0
            ? null
            : sequence(name + ".inner", Shape.of(t, b, cell.innerGates() * u));
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
    add(new RecurrentOp.Recurrent(cell, order, in, states, gates, inner, droppedH, y, out));
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

  /** See {@link ElementwiseOp.Binary}; the result has the shape that both are broadcast to. */
  public Value binary(ElementwiseOp.Combine combine, Value a, Value b, String name) {
    Value y = broadcast(name, a, b);
    add(new ElementwiseOp.Binary(combine, walked(a, y.shape()), walked(b, y.shape()), y));
    return y;
  }

  /** A value as kernels can walk through it where it is broadcast to that shape. */
  private Value walked(Value x, Shape shape) {
    Value y = x;
    for (int axis = shape.rank() - 1;
        Strided.broadcast(y.shape(), shape).axes() > Strided.MOST_AXES;
        axis--) {
      int[] dims = new int[shape.rank()];
      Arrays.fill(dims, 1);
      System.arraycopy(y.shape().dims(), 0, dims, dims.length - y.shape().rank(), y.shape().rank());
      Value whole = reshape(y, Shape.of(dims), y.timeMajor(), x.name());
      y = broadcastTo(whole, whole.shape().with(axis, shape.dim(axis)), x.name() + ".along");
    }
    return y;
  }

  private Value broadcast(String name, Value a, Value b) {
    Shape shape = Axes.broadcast(name, a.shape(), b.shape());
    boolean sequence =
        (a.timeMajor() && a.shape().rank() == shape.rank())
            || (b.timeMajor() && b.shape().rank() == shape.rank());
    return value(name, shape, Value.Kind.TEMPORARY, sequence, null, 0);
  }

  /** See {@link ElementwiseOp.Apply}. */
  public Value unary(ElementwiseOp.Unary function, Value x, String name) {
    Value y = like(name, x);
    add(new ElementwiseOp.Apply(function, x, y));
    return y;
  }

  /** See {@link ElementwiseOp.Where}; the result has the shape that all three are broadcast to. */
  public Value where(Value condition, Value a, Value b, String name) {
    Shape ab = Axes.broadcast(name, a.shape(), b.shape());
    Shape shape = Axes.broadcast(name, condition.shape(), ab);
    boolean sequence = condition.timeMajor() || a.timeMajor() || b.timeMajor();
    Value y = value(name, shape, Value.Kind.TEMPORARY, sequence, null, 0);
    add(new ElementwiseOp.Where(walked(condition, shape), walked(a, shape), walked(b, shape), y));
    return y;
  }

  /** {@code factor·x + shift}: see {@link ElementwiseOp.Affine}. */
  public Value affine(float factor, Value x, float shift, String name) {
    Value y = like(name, x);
    add(new ElementwiseOp.Affine(factor, x, shift, y));
    return y;
  }

  /** {@code factor·x}. */
  public Value scale(float factor, Value x, String name) {
    return affine(factor, x, 0, name);
  }

  /**
   * See {@link ReduceOp.Reduce}.
   *
   * @param axis as it lies in memory, from the end if negative
   * @param keepDims whether the axis stays, with length 1
   */
  public Value reduce(
      ReduceOp.Reduction reduction, Value x, int axis, boolean keepDims, String name) {
    if (reduction == ReduceOp.Reduction.MEAN) {
      Value sum = reduce(ReduceOp.Reduction.SUM, x, axis, keepDims, name + ".sum");
      return scale(1f / x.dim(axis), sum, name);
    }
    Shape shape = x.shape();
    int at = Axes.at(shape, axis);
    Value y =
        value(
            name,
            keepDims ? shape.with(at, 1) : Axes.without(shape, at),
            Value.Kind.TEMPORARY,
            x.timeMajor() && (keepDims || at > 1),
            null,
            0);
    int outer = Axes.product(shape, 0, at);
    int inner = Axes.product(shape, at + 1, shape.rank());
    add(new ReduceOp.Reduce(reduction, x, outer, shape.dim(at), inner, y));
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

  /** Two values side by side along the last axis. */
  public Value concat(Value a, Value b, String name) {
    return concat(List.of(a, b), -1, name);
  }

  /**
   * The same elements in another shape: a view, that costs nothing. A sequence stays one if its
   * first two axes do.
   */
  public Value reshape(Value x, Shape shape, String name) {
    return reshape(x, shape, x.timeMajor() && Axes.sameFirstTwo(x.shape(), shape), name);
  }

  /**
   * As {@link #reshape(Value, Shape, String)}.
   *
   * @param timeMajor whether the result is a sequence (T,B,…)
   */
  public Value reshape(Value x, Shape shape, boolean timeMajor, String name) {
    if (shape.size() != x.size()) {
      throw new IllegalArgumentException(name + ": " + x + " does not fill the shape " + shape);
    }
    Value y = view(name, x, 0, shape, timeMajor);
    add(new ShapeOp.View(x, List.of(y)));
    return y;
  }

  /** The parts along the first axis, without it: views, that cost nothing. */
  public List<Value> unstack(Value x, String name) {
    Shape part = Axes.without(x.shape(), 0);
    List<Value> parts = new ArrayList<>();
    for (int i = 0; i < x.dim(0); i++) {
      parts.add(view(name + "." + i, x, i * part.size(), part, false));
    }
    add(new ShapeOp.View(x, parts));
    return parts;
  }

  /** Values of one shape along a new first axis; the result is taken for a sequence (T,B,…). */
  public Value stack(List<Value> values, String name) {
    int n = values.size();
    Value y = sequence(name, Axes.within(n, values.get(0).shape()));
    List<Strided> places = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      places.add(Strided.contiguous(i * values.get(i).size(), values.get(i).size()));
    }
    add(new ShapeOp.Write(values, places, y));
    return y;
  }

  /**
   * The axes in another order: result axis i is axis {@code axes[i]} of x.
   *
   * @param timeMajor whether the result is a sequence (T,B,…)
   */
  public Value permute(Value x, int[] axes, boolean timeMajor, String name) {
    int rank = x.shape().rank();
    int[] own = Strided.strides(x.shape().dims());
    int[] dims = new int[rank];
    int[] strides = new int[rank];
    for (int i = 0; i < rank; i++) {
      dims[i] = x.dim(axes[i]);
      strides[i] = own[axes[i]];
    }
    Strided by = Strided.of(0, dims, strides);
    if (by.axes() > Strided.MOST_AXES) {
      return permuteAxisByAxis(x, axes, timeMajor, name);
    }
    Value y = value(name, Shape.of(dims), Value.Kind.TEMPORARY, timeMajor, null, 0);
    add(new ShapeOp.Read(x, by, y));
    return y;
  }

  /** Moves one axis after the other forward to its place: each move is a walk along four axes. */
  private Value permuteAxisByAxis(Value x, int[] axes, boolean timeMajor, String name) {
    Value y = x;
    List<Integer> now = new ArrayList<>(IntStream.range(0, axes.length).boxed().toList());
    for (int i = 0; i < axes.length; i++) {
      int from = now.indexOf(axes[i]);
      if (from != i) {
        int[] move = order(axes.length);
        System.arraycopy(move, i, move, i + 1, from - i);
        move[i] = from;
        now.add(i, now.remove(from));
        y = permute(y, move, timeMajor, name);
      }
    }
    return y;
  }

  /** As above; a sequence stays one if its first two axes stay where they are. */
  public Value permute(Value x, int[] axes, String name) {
    boolean stays = axes.length > 1 && axes[0] == 0 && axes[1] == 1;
    return permute(x, axes, x.timeMajor() && stays, name);
  }

  /** x repeated along axes of length 1, or new ones in front, by NumPy's rules. */
  public Value broadcastTo(Value x, Shape shape, String name) {
    if (!Axes.broadcast(name, x.shape(), shape).equals(shape)) {
      throw new IllegalArgumentException(name + ": " + x + " does not broadcast to " + shape);
    }
    boolean sequence = x.timeMajor() && x.shape().rank() == shape.rank();
    Value from = walked(x, shape);
    Value y = value(name, shape, Value.Kind.TEMPORARY, sequence, null, 0);
    add(new ShapeOp.Read(from, Strided.broadcast(from.shape(), shape), y));
    return y;
  }

  /** {@code size} elements of an axis (in memory order), the first of which is {@code from}. */
  public Value slice(Value x, int axis, int from, int size, String name) {
    return slice(x, axis, from, size, 1, name);
  }

  /** As above, each {@code step} from the one before. */
  public Value slice(Value x, int axis, int from, int size, int step, String name) {
    int at = Axes.at(x.shape(), axis);
    int last = from + (size - 1) * step;
    if (Math.min(from, last) < 0 || Math.max(from, last) >= x.dim(at)) {
      throw new IllegalArgumentException(
          name + ": " + size + " from " + from + " on do not lie within axis " + axis + " of " + x);
    }
    int[] strides = Strided.strides(x.shape().dims());
    int offset = from * strides[at];
    Shape part = x.shape().with(at, size);
    if (step == 1 && Axes.product(x.shape(), 0, at) == 1) {
      Value y = view(name, x, offset, part, x.timeMajor());
      add(new ShapeOp.View(x, List.of(y)));
      return y;
    }
    strides[at] *= step;
    return read(x, offset, part.dims(), strides, like(name, x, part));
  }

  /** Values one behind the other along an axis (in memory order). */
  public Value concat(List<Value> values, int axis, String name) {
    Value first = values.get(0);
    int at = Axes.at(first.shape(), axis);
    int length = values.stream().mapToInt(v -> v.dim(at)).sum();
    Value y = like(name, first, first.shape().with(at, length));
    int[] strides = Strided.strides(y.shape().dims());
    List<Strided> places = new ArrayList<>();
    int from = 0;
    for (Value v : values) {
      if (!v.shape().with(at, length).equals(y.shape())) {
        throw new IllegalArgumentException(name + ": " + v + " does not go along with " + first);
      }
      places.add(Strided.of(from * strides[at], v.shape().dims(), strides));
      from += v.dim(at);
    }
    add(new ShapeOp.Write(values, places, y));
    return y;
  }

  /** Zeros before and after the elements of an axis (in memory order). */
  public Value pad(Value x, int axis, int before, int after, String name) {
    int at = Axes.at(x.shape(), axis);
    Value y = like(name, x, x.shape().with(at, before + x.dim(at) + after));
    int[] strides = Strided.strides(y.shape().dims());
    Strided place = Strided.of(before * strides[at], x.shape().dims(), strides);
    add(new ShapeOp.Write(List.of(x), List.of(place), y));
    return y;
  }

  /**
   * Windows of {@code size} timesteps {@code dilation} apart, that begin {@code stride} apart, of
   * which as many as fit whole: (T,B,F) to (W,B,size,F).
   */
  public Value windows(Value x, int size, int stride, int dilation, String name) {
    int reach = (size - 1) * dilation + 1;
    if (x.dim(0) < reach) {
      throw new IllegalArgumentException(name + ": no window of " + reach + " fits into " + x);
    }
    int count = (x.dim(0) - reach) / stride + 1;
    Value y = like(name, x, Shape.of(count, x.dim(1), size, x.dim(2)));
    add(new ShapeOp.Windows(x, stride, dilation, y));
    return y;
  }

  /** See {@link MatrixOp.BatchMatMul}. */
  public Value batchMatMul(Value a, Value b, boolean transposeA, boolean transposeB, String name) {
    int rows = a.dim(transposeA ? 2 : 1);
    int columns = b.dim(transposeB ? 1 : 2);
    Value y = temporary(name, Shape.of(a.dim(0), rows, columns));
    MatrixOp.BatchMatMul op = new MatrixOp.BatchMatMul(a, b, transposeA, transposeB, y);
    if (a.dim(0) != b.dim(0) || op.inner() != b.dim(transposeB ? 2 : 1)) {
      throw new IllegalArgumentException(name + ": no products of " + a + " and " + b);
    }
    add(op);
    return y;
  }

  private Value read(Value x, int offset, int[] dims, int[] strides, Value y) {
    add(new ShapeOp.Read(x, Strided.of(offset, dims, strides), y));
    return y;
  }

  /** {@code y[t] = x[T−1−t]} along the first axis. */
  public Value reverse(Value x, String name) {
    int width = x.size() / x.dim(0);
    int[] strides = {-width, 1};
    return read(x, x.size() - width, new int[] {x.dim(0), width}, strides, like(name, x));
  }

  /** (T,B,…) to (B,T·…). */
  public Value flatten(Value x, String name) {
    int[] axes = order(x.shape().rank());
    axes[0] = 1;
    axes[1] = 0;
    return reshape(permute(x, axes, false, name + ".batch"), flat(x), false, name);
  }

  /** (T,B,…) to (B,…·T): one feature's timesteps after another's. */
  public Value flattenByFeature(Value x, String name) {
    return reshape(moved(x, 0, x.shape().rank() - 1, name + ".last"), flat(x), false, name);
  }

  private static Shape flat(Value x) {
    return Shape.of(x.dim(1), x.size() / x.dim(1));
  }

  /** As {@link #activate}, over another axis (in memory order) than the last. */
  public Value activateOver(Activation activation, Value x, int axis, String name) {
    int last = x.shape().rank() - 1;
    Value y = activate(activation, moved(x, axis, last, name + ".last"), name + ".activated");
    int[] back = order(last + 1);
    System.arraycopy(back, axis, back, axis + 1, last - axis);
    back[axis] = last;
    return permute(y, back, x.timeMajor(), name);
  }

  /** The axes in their order but for one, which is moved behind. */
  private Value moved(Value x, int axis, int to, String name) {
    int[] axes = order(x.shape().rank());
    System.arraycopy(axes, axis + 1, axes, axis, to - axis);
    axes[to] = axis;
    return permute(x, axes, false, name);
  }

  private static int[] order(int rank) {
    return IntStream.range(0, rank).toArray();
  }

  /** (B,F) to (T,B,F), the same at each timestep. */
  public Value repeat(Value x, int times, String name) {
    Value y = sequence(name, Axes.within(times, x.shape()));
    add(new ShapeOp.Read(x, Strided.broadcast(x.shape(), y.shape()), y));
    return y;
  }

  /** See {@link EmbeddingOp.Embed}; the result has the ids' axes and the table's width. */
  public Value embed(Value ids, Value table, String name) {
    int[] dims = Arrays.copyOf(ids.shape().dims(), ids.shape().rank() + 1);
    dims[dims.length - 1] = table.dim(1);
    Value y = like(name, ids, Shape.of(dims));
    add(new EmbeddingOp.Embed(ids, table, y));
    return y;
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
