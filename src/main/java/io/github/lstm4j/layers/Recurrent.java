package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.SequenceSpec;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Memory;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.TooLargeException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A layer that goes through a sequence timestep by timestep and carries states along. What one
 * timestep computes is the {@link #cell}'s; all else is the same for every cell and stands here.
 *
 * <p>Input (batch, timesteps, features), for any features ≥ 1. Output (batch, units), or (batch,
 * timesteps, units) with {@link #returnSequences}; with {@link #returnState} also the last states,
 * each (batch, units).
 *
 * <p>Weights, for a cell of G gates: {@code kernel} (features, G·units), {@code recurrent_kernel}
 * (units, G·units), {@code bias} (G·units), then those that only this kind of cell has.
 *
 * @param <R> the layer's own class, which setters return
 */
public abstract class Recurrent<R extends Recurrent<R>> extends KernelLayer<R> {
  private static final String RECURRENT = "recurrent";

  private int units;
  private Activation activation = Activation.TANH;
  private float dropout;
  private float recurrentDropout;
  private boolean returnSequences;
  private boolean returnState;
  private boolean goBackwards;
  private boolean stateful;
  private boolean zeroOutputForMask;
  private boolean unroll; // how Keras computes, not what
  private Weight kernel;
  private Weight recurrentKernel;
  private Weight bias;
  private List<Weight> states = List.of();

  /** A layer whose settings {@link #configure} has yet to give. */
  protected Recurrent() {
    super(kernelRules().with(RECURRENT, Initializer.orthogonal()));
  }

  /**
   * @param units the number of units, which is the length of the output and of each state, at least
   *     1
   */
  @SuppressWarnings("this-escape") // positive() asks for the name alone, and only to refuse
  protected Recurrent(int units) {
    this();
    this.units = positive(units, "units");
  }

  // ---------------------------------------------------------------- what a kind of layer is

  /** What one timestep computes. */
  public abstract CellSpec cell();

  /** A layer of the same kind without settings. */
  protected abstract R blank();

  /** The weights of {@link CellSpec#cellWeights}, after {@link #onBuild}. */
  protected List<Weight> cellWeights() {
    return List.of();
  }

  // ---------------------------------------------------------------- settings

  /** On the first layer of a model: the shape of one sample. */
  public R inputShape(int timesteps, int features) {
    declareInput(timesteps, features);
    return self();
  }

  /** Activation of the output, and of what the states are made of; default tanh. */
  public R activation(Activation a) {
    requireUnbuilt();
    activation = elementwise(a);
    return self();
  }

  /** As {@link #activation(Activation)}, by Keras's name. */
  public R activation(String a) {
    return activation(Activation.of(a));
  }

  /** An activation that may serve inside a cell. */
  protected final Activation elementwise(Activation a) {
    if (!given(a, "an activation").isElementwise()) {
      throw new IllegalArgumentException(
          label() + ": " + a + " is not elementwise and cannot be a gate's activation");
    }
    return a;
  }

  /** Initializer of the recurrent kernel; default orthogonal. */
  public R recurrentInitializer(Initializer initializer) {
    rules().initializer(RECURRENT, initializer);
    return self();
  }

  /** As {@link #recurrentInitializer(Initializer)}, by Keras's name. */
  public R recurrentInitializer(String initializer) {
    return recurrentInitializer(Initializer.of(initializer));
  }

  /** What the recurrent kernel adds to the loss; default nothing. */
  public R recurrentRegularizer(Regularizer regularizer) {
    rules().regularizer(RECURRENT, regularizer);
    return self();
  }

  /** As {@link #recurrentRegularizer(Regularizer)}, by Keras's name. */
  public R recurrentRegularizer(String regularizer) {
    return recurrentRegularizer(Regularizer.of(regularizer));
  }

  /** Where the recurrent kernel must stay; default anywhere. */
  public R recurrentConstraint(Constraint constraint) {
    rules().constraint(RECURRENT, constraint);
    return self();
  }

  /** As {@link #recurrentConstraint(Constraint)}, by Keras's name. */
  public R recurrentConstraint(String constraint) {
    return recurrentConstraint(Constraint.of(constraint));
  }

  /** Fraction of the inputs dropped in training, in [0, 1); one mask for all timesteps. */
  public R dropout(float rate) {
    requireUnbuilt();
    dropout = fraction(rate, "dropout");
    return self();
  }

  /**
   * Fraction of the previous output dropped in training, in [0, 1); a mask for each gate, the same
   * for all timesteps. As in Keras, each gate then also has an input mask of its own.
   */
  public R recurrentDropout(float rate) {
    requireUnbuilt();
    recurrentDropout = fraction(rate, "recurrentDropout");
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

  /** The number of units. */
  public final int units() {
    return units;
  }

  /** The activation. */
  protected final Activation activation() {
    return activation;
  }

  /** Whether all outputs are returned. */
  public final boolean returnsSequences() {
    return returnSequences;
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

  // The parts of configure, in the order in which Keras writes them; a kind of layer has its own
  // settings in between.

  /** How the layer goes through a sequence and what it returns of it. */
  protected final void configureSequence(Config c) {
    returnSequences = c.flag("return_sequences", returnSequences);
    returnState = c.flag("return_state", returnState);
    goBackwards = c.flag("go_backwards", goBackwards);
    stateful = c.flag("stateful", stateful);
    unroll = c.flag("unroll", unroll);
    zeroOutputForMask = c.flag("zero_output_for_mask", zeroOutputForMask);
  }

  /** Units and activation. */
  protected final void configureUnits(Config c) {
    units = positive(c.integer("units", units), "units");
    activation = elementwise(c.activation("activation", activation));
  }

  /** Bias and initializers. */
  protected final void configureWeights(Config c) {
    configureBias(c);
    configureRules(c);
  }

  /** Both dropouts. */
  protected final void configureDropout(Config c) {
    dropout = fraction(c.number("dropout", dropout), "dropout");
    recurrentDropout =
        fraction(c.number("recurrent_dropout", recurrentDropout), "recurrentDropout");
    kept(c, "seed", null, SEED);
  }

  @Override
  public List<Group> groups() {
    String cell = KerasNames.snakeCase(className()) + "_cell";
    return List.of(
        new Group("", name(), name(), List.of()), new Group("cell", cell, name(), weights()));
  }

  /** A copy that is not built and goes the other way, for a {@link Bidirectional}. */
  final R mirrored() {
    Copy copy = new Copy();
    settings(copy);
    R mirrored = blank();
    mirrored.settings(copy);
    return mirrored.goBackwards(!goBackwards).trainable(isTrainable());
  }

  /** Keeps the settings of the layer that it meets first, and gives them to those after. */
  private static final class Copy extends Config {
    private final Map<String, Object> settings = new HashMap<>();

    @Override
    protected <T> T setting(String name, Class<T> type, T value) {
      return type.cast(settings.computeIfAbsent(name, n -> value));
    }

    @Override
    protected <T> T optional(String name, Class<T> type, T value) {
      return setting(name, type, value);
    }

    @Override
    public void constant(String name, Object value) {}

    @Override
    protected Object kept(String name, Object value, Class<?>... json) {
      return settings.computeIfAbsent(name, n -> value);
    }
  }

  // ---------------------------------------------------------------- weights and states

  /** The columns of the kernels, a unit's for each gate. */
  private int width() {
    long width = (long) cell().gates() * units;
    if (width > Memory.LONGEST_ARRAY) {
      throw new TooLargeException(
          String.format(
              Locale.ROOT,
              "%s: %d gates of %d units are %d columns of a kernel, %s each; a row has at most %d",
              label(),
              cell().gates(),
              units,
              width,
              Memory.text(width * Float.BYTES),
              Memory.LONGEST_ARRAY));
    }
    return (int) width;
  }

  @Override
  public final List<Shape> computeOutputShapes(List<Shape> inputs) {
    Shape input = inputs.get(0);
    requireSequence(input);
    if (stateful && input.dim(0) == Shape.UNKNOWN) {
      throw wrongInput(
          "a fixed batch size, because the layer is stateful",
          input,
          "begin the model with Input.batch(batchSize, timesteps, features)");
    }
    width();
    requireStates(inputs);
    List<Shape> all = new ArrayList<>();
    all.add(
        returnSequences
            ? Shape.of(input.dim(0), input.dim(1), units)
            : Shape.of(input.dim(0), units));
    if (returnState) {
      all.addAll(stateShapes(input.dim(0)));
    }
    return all;
  }

  /** Checks the shapes of the initial states behind the input, if there are any. */
  private void requireStates(List<Shape> inputs) {
    List<String> states = cell().states();
    boolean fits = inputs.size() == 1 || inputs.size() == 1 + states.size();
    for (Shape state : inputs.subList(1, inputs.size())) {
      fits &= state.rank() == 2 && state.last() == units;
    }
    if (!fits) {
      throw new IllegalArgumentException(
          label()
              + ": expected initial states "
              + states
              + " of shape (None, "
              + units
              + ") behind the input, got "
              + inputs.subList(1, inputs.size()));
    }
  }

  @Override
  protected boolean servesToo(List<Shape> inputs) {
    return super.servesToo(inputs) && (!stateful || inputs.get(0).dim(0) == inputShape().dim(0));
  }

  @Override
  protected void onBuild(Shape input) {
    int width = width();
    kernel = addWeight("kernel", Shape.of(input.dim(2), width), "kernel");
    recurrentKernel = addWeight("recurrent_kernel", Shape.of(units, width), RECURRENT);
    if (usesBias()) {
      bias = addWeight("bias", Shape.of(width), "bias", this::adjustBias);
    }
    if (stateful) {
      states = newStates(input.dim(0));
    }
  }

  /** What a cell does to its bias's initial values (G·units) whatever the initializer says. */
  protected void adjustBias(float[] bias) {}

  /** The kernel (features, G·units). */
  public final Weight kernel() {
    return built(kernel);
  }

  /** The recurrent kernel (units, G·units). */
  public final Weight recurrentKernel() {
    return built(recurrentKernel);
  }

  /** The bias (G·units). */
  public final Weight bias() {
    if (isBuilt() && !usesBias()) {
      throw new IllegalStateException(label() + ": there is no bias; set useBias(true)");
    }
    return built(bias);
  }

  /** The weight, if the layer is built. */
  protected final Weight built(Weight w) {
    if (w == null) {
      throw new IllegalStateException(
          label()
              + ": there are no weights yet; add the layer to a model with inputShape(timesteps,"
              + " features)");
    }
    return w;
  }

  /** The shapes (batch, units) of the cell's states. */
  @Override
  public final List<Shape> stateShapes(int batch) {
    return Collections.nCopies(cell().states().size(), Shape.of(batch, units));
  }

  @Override
  public final List<Weight> newStates(int batch) {
    Shape shape = Shape.of(batch, units);
    return cell().states().stream().map(s -> Weight.slot(label() + "." + s, shape)).toList();
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
      cell().states().forEach(s -> all.add(state + s));
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
    CellSpec cell = cell();
    Graph graph = to.graph();
    Signal in = inputs.get(0);
    Value x = in.value(); // (T,B,F)
    int batch = x.dim(1);
    Value recurrentMasks = null;
    if (to.training() && recurrentDropout > 0) {
      recurrentMasks =
          graph.dropoutMask(
              to.draw(recurrentDropout),
              Shape.of(cell.gates(), batch, units),
              to.scalars(),
              name() + ".recurrent_dropout");
    }
    if (to.training() && dropout > 0) {
      // with recurrent dropout Keras computes gate by gate, each with a mask of its own
      int masks = recurrentDropout > 0 ? cell.gates() : 1;
      Value inputMasks =
          graph.dropoutMask(
              to.draw(dropout),
              Shape.of(masks, batch, x.dim(2)),
              to.scalars(),
              name() + ".dropout");
      x = graph.sequenceDropout(x, inputMasks, name() + ".dropped");
    }
    List<Weight> kept = to.statesOf(this);
    List<Value> initial =
        inputs.size() > 1
            ? inputs.stream().skip(1).map(Signal::value).toList()
            : kept.stream().map(to::variable).toList();
    if (!initial.isEmpty() && initial.size() != cell.states().size()) {
      throw new IllegalArgumentException(
          label() + ": expected initial states " + cell.states() + ", got " + initial.size());
    }
    RecurrentOp.Results out =
        graph.recurrent(
            cell,
            new SequenceSpec(goBackwards, zeroForMask),
            new RecurrentOp.Inputs(
                x,
                to.variable(kernel),
                to.variable(recurrentKernel),
                bias == null ? null : to.variable(bias),
                cellWeights().stream().map(to::variable).toList(),
                initial,
                in.mask(),
                recurrentMasks),
            name());
    for (int i = 0; i < kept.size(); i++) {
      graph.add(new ElementwiseOp.Copy(out.states().get(i), to.variable(kept.get(i))));
    }
    if (to.isStepwise() && !zeroForMask) {
      // a masked timestep repeats the output before, which lies in an earlier run: it is its h
      Value h = out.states().get(0);
      Value sequence = graph.view(name() + ".step", h, 0, Shape.of(1, batch, units), true);
      out = new RecurrentOp.Results(sequence, h, out.states());
    }
    List<Value> state = returnState ? out.states() : List.of();
    if (!returnSequences) {
      return new Signal(out.last(), null, state);
    }
    boolean reverse = goBackwards && !timeOrder;
    Value sequence = reverse ? graph.reverse(out.sequence(), name() + ".reversed") : out.sequence();
    return new Signal(sequence, in.mask(), state);
  }
}
