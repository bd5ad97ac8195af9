package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.SequenceSpec;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A layer that goes through a sequence timestep by timestep and carries states along. What one
 * timestep computes is the {@link Cell}'s, or that of several cells one above the other; all else
 * is the same for every cell and stands here.
 *
 * <p>Input (batch, timesteps, features), for any features ≥ 1. Output (batch, units), or (batch,
 * timesteps, units) with {@link #returnSequences}; with {@link #returnState} also the last states,
 * each (batch, units).
 *
 * @param <R> the layer's own class, which setters return
 */
public abstract class Recurrent<R extends Recurrent<R>> extends Layer {
  private static final Logger LOG = LoggerFactory.getLogger(Recurrent.class);

  private boolean returnSequences;
  private boolean returnState;
  private boolean goBackwards;
  private boolean stateful;
  private boolean zeroOutputForMask;
  private boolean unroll; // how Keras computes, not what
  private List<Weight> states = List.of();

  Recurrent() {}

  // ---------------------------------------------------------------- what a kind of layer is

  /** What one timestep computes, the cell that gets the input first; each is a {@link Layer}. */
  public abstract List<Cell> cells();

  @SuppressWarnings("unchecked") // R is this layer's class
  final R self() {
    return (R) this;
  }

  static Layer layer(Cell cell) {
    return (Layer) cell;
  }

  // ---------------------------------------------------------------- settings

  @Override
  public R activityRegularizer(Regularizer regularizer) {
    super.activityRegularizer(regularizer);
    return self();
  }

  @Override
  public R activityRegularizer(String regularizer) {
    super.activityRegularizer(regularizer);
    return self();
  }

  @Override
  public R name(String newName) {
    super.name(newName);
    return self();
  }

  @Override
  public R trainable(boolean train) {
    super.trainable(train);
    cells().forEach(c -> layer(c).trainable(train));
    return self();
  }

  @Override
  public R inputShape(int... dims) {
    super.inputShape(dims);
    return self();
  }

  /** Whether all outputs are returned rather than the last; default false. */
  public R returnSequences(boolean all) {
    requireUnbuilt();
    returnSequences = all;
    return self();
  }

  /** Whether the last states are returned beside the output; default false. */
  public R returnState(boolean state) {
    requireUnbuilt();
    returnState = state;
    return self();
  }

  /**
   * Whether time runs backwards; default false. As in Keras, a returned sequence is then in the
   * order of processing: the last timestep first.
   */
  public R goBackwards(boolean backwards) {
    requireUnbuilt();
    goBackwards = backwards;
    return self();
  }

  /**
   * Whether a batch goes on with the states of the batch before, sample by sample; default false.
   * Needs a model whose batch size is fixed; see {@code Sequential.resetStates}.
   */
  public R stateful(boolean keep) {
    requireUnbuilt();
    stateful = keep;
    return self();
  }

  /** Whether a masked timestep's output is zero rather than the output before; default false. */
  public R zeroOutputForMask(boolean zero) {
    requireUnbuilt();
    zeroOutputForMask = zero;
    return self();
  }

  /** The length of the output. */
  public final int units() {
    return last(cells()).stateSizes().get(0);
  }

  private static <T> T last(List<T> list) {
    return list.get(list.size() - 1);
  }

  /** Whether all outputs are returned. */
  public final boolean returnsSequences() {
    return returnSequences;
  }

  @Override
  protected boolean passesMask() {
    return returnsSequences();
  }

  @Override
  protected boolean takesMask() {
    return true;
  }

  /** Whether the last states are returned. */
  @Override
  public final boolean returnsState() {
    return returnState;
  }

  /** Whether time runs backwards. */
  public final boolean goesBackwards() {
    return goBackwards;
  }

  /** Whether states are carried from batch to batch. */
  public final boolean isStateful() {
    return stateful;
  }

  /** How the layer goes through a sequence and what it returns of it. */
  final void configureSequence(Config c) {
    returnSequences = c.flag("return_sequences", returnSequences);
    returnState = c.flag("return_state", returnState);
    goBackwards = c.flag("go_backwards", goBackwards);
    stateful = c.flag("stateful", stateful);
    unroll = c.flag("unroll", unroll);
    zeroOutputForMask = c.flag("zero_output_for_mask", zeroOutputForMask);
  }

  // ---------------------------------------------------------------- weights and states

  @Override
  public List<Weight> weights() {
    return cells().stream().flatMap(c -> layer(c).weights().stream()).toList();
  }

  @Override
  public final List<Shape> computeOutputShapes(List<Shape> inputs) {
    Shape input = inputs.get(0);
    requireSequence(input);
    nameCells(); // for errors
    if (stateful && input.dim(0) == Shape.UNKNOWN) {
      throw wrongInput(
          "a fixed batch size, because the layer is stateful",
          input,
          "begin the model with Input.batch(batchSize, timesteps, features)");
    }
    Shape step = Shape.of(input.dim(0), input.dim(2));
    for (Cell cell : cells()) {
      step = layer(cell).computeOutputShapes(List.of(step)).get(0);
    }
    requireStates(inputs);
    List<Shape> all = new ArrayList<>();
    all.add(
        returnSequences
            ? Shape.of(input.dim(0), input.dim(1), units())
            : Shape.of(input.dim(0), units()));
    if (returnState) {
      all.addAll(stateShapes(input.dim(0)));
    }
    return all;
  }

  /** Checks the shapes of the initial states behind the input, if there are any. */
  private void requireStates(List<Shape> inputs) {
    List<Shape> given = inputs.subList(1, inputs.size());
    List<Shape> wanted = stateShapes(Shape.UNKNOWN);
    boolean fits = given.isEmpty() || given.size() == wanted.size();
    for (int i = 0; fits && i < given.size(); i++) {
      fits = given.get(i).rank() == 2 && given.get(i).last() == wanted.get(i).last();
    }
    if (!fits) {
      throw new IllegalArgumentException(
          label()
              + ": expected initial states "
              + stateNames()
              + " of shapes "
              + wanted
              + " behind the input, got "
              + given);
    }
  }

  @Override
  protected boolean servesToo(List<Shape> inputs) {
    return super.servesToo(inputs) && (!stateful || inputs.get(0).dim(0) == inputShape().dim(0));
  }

  @Override
  protected final void onBuild(Shape input) {
    nameCells();
    Shape step = Shape.of(input.dim(0), input.dim(2));
    for (Cell cell : cells()) {
      if (!(cell instanceof FusedCell<?> fused && fused.isFused())) {
        LOG.info(
            "{}: {} runs step by step: its ops are in the program once for each timestep",
            label(),
            layer(cell).className());
      }
      layer(cell).build(List.of(step), initialValues());
      step = layer(cell).outputShape();
    }
    if (stateful) {
      states = newStates(input.dim(0));
    }
  }

  /** Names the cells that have no name, before their weights are made. */
  abstract void nameCells();

  /** The names of all states; of several cells each with the cell's number. */
  private List<String> stateNames() {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < cells().size(); i++) {
      String cell = cells().size() == 1 ? "" : "_" + i;
      cells().get(i).stateNames().forEach(s -> all.add(s + cell));
    }
    return all;
  }

  /** The shapes (batch, units) of the states of all cells. */
  @Override
  public final List<Shape> stateShapes(int batch) {
    return cells().stream()
        .flatMap(c -> c.stateSizes().stream())
        .map(size -> Shape.of(batch, size))
        .toList();
  }

  @Override
  public final List<Weight> newStates(int batch) {
    List<String> names = stateNames();
    List<Shape> shapes = stateShapes(batch);
    List<Weight> all = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      all.add(Weight.slot(label() + "." + names.get(i), shapes.get(i)));
    }
    return all;
  }

  /** The states of a stateful layer, else empty. */
  @Override
  public final List<Weight> states() {
    return states;
  }

  @Override
  public final boolean runsStepwise() {
    return !goBackwards;
  }

  @Override
  public final List<String> outputNames() {
    return outputNames("state_");
  }

  final List<String> outputNames(String state) {
    List<String> all = new ArrayList<>(List.of("output"));
    if (returnState) {
      stateNames().forEach(s -> all.add(state + s));
    }
    return all;
  }

  // ---------------------------------------------------------------- lowering

  @Override
  public final Signal lower(Signal in, Lowering to) {
    return lower(List.of(in), to);
  }

  /** The input, and behind it either all initial states or none. */
  @Override
  public final Signal lower(List<Signal> in, Lowering to) {
    return lower(in, to, zeroOutputForMask, false);
  }

  /**
   * @param zeroForMask see {@link #zeroOutputForMask}
   * @param timeOrder whether a returned sequence is in the order of time whatever the direction
   */
  final Signal lower(List<Signal> inputs, Lowering to, boolean zeroForMask, boolean timeOrder) {
    Graph graph = to.graph();
    Signal in = inputs.get(0);
    List<Weight> kept = to.statesOf(this);
    List<Value> initial =
        inputs.size() > 1
            ? inputs.stream().skip(1).map(Signal::value).toList()
            : kept.stream().map(to::variable).toList();
    if (!initial.isEmpty() && initial.size() != stateNames().size()) {
      throw new IllegalArgumentException(
          label() + ": expected initial states " + stateNames() + ", got " + initial.size());
    }
    RecurrentOp.Results out = null;
    List<Value> last = new ArrayList<>();
    Signal x = in;
    for (int i = 0; i < cells().size(); i++) {
      Cell cell = cells().get(i);
      boolean top = i == cells().size() - 1;
      int from = last.size();
      int until = from + cell.stateNames().size();
      List<Value> own = initial.isEmpty() ? List.of() : initial.subList(from, until);
      SequenceSpec order = new SequenceSpec(goBackwards, top && zeroForMask);
      String op = cells().size() == 1 ? name() : name() + "_" + i;
      out =
          cell instanceof FusedCell<?> fused && fused.isFused()
              ? fused.sequence(x, own, order, to, op)
              : Unrolled.sequence(cell, x, own, order, to, op);
      last.addAll(out.states());
      x = new Signal(out.sequence(), in.mask());
    }
    for (int i = 0; i < kept.size(); i++) {
      graph.add(new ElementwiseOp.Copy(last.get(i), to.variable(kept.get(i))));
    }
    List<Value> state = returnState ? last : List.of();
    boolean step = to.isStepwise() && !zeroForMask;
    // a masked timestep repeats the output before, which lies in an earlier run: it is its h
    Value h = out.states().get(0);
    if (!returnSequences) {
      return new Signal(step ? h : out.last(), null, state);
    }
    if (step) {
      Value sequence = graph.view(name() + ".step", h, 0, x.value().shape(), true);
      return new Signal(sequence, in.mask(), state);
    }
    boolean reverse = goBackwards && !timeOrder;
    Value sequence = reverse ? graph.reverse(out.sequence(), name() + ".reversed") : out.sequence();
    return new Signal(sequence, in.mask(), state);
  }
}
