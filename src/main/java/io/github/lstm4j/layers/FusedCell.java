package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.SequenceSpec;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Memory;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.TooLargeException;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * A cell that one op takes through a whole sequence: its settings and weights. With settings that
 * the op does not have, which ONNX's nodes know and Keras does not, it {@link #isFused runs step by
 * step}.
 *
 * <p>Weights, for G gates: {@code kernel} (features, G·units), {@code recurrent_kernel} (units,
 * G·units), {@code bias} (G·units) or (2, G·units), then those that only this kind of cell has.
 *
 * @param <C> the cell's own class, which setters return
 */
public abstract class FusedCell<C extends FusedCell<C>> extends KernelLayer<C> implements Cell {
  private static final String RECURRENT = "recurrent";

  private int units;
  private Activation activation = Activation.TANH;
  private float clip = Float.POSITIVE_INFINITY;
  private float dropout;
  private float recurrentDropout;
  private Weight kernel;
  private Weight recurrentKernel;
  private Weight bias;

  /** A cell whose settings {@link #configure} has yet to give. */
  FusedCell() {
    super(kernelRules().with(RECURRENT, Initializer.orthogonal()));
  }

  FusedCell(int units) {
    this();
    this.units = positive(units, "units");
  }

  /** Sets the number of units of a cell inside a layer of that class, which errors name. */
  final C of(int number, String layer) {
    autoName(layer);
    units = positive(number, "units");
    return self();
  }

  /** What one timestep computes, but for settings that are not {@link #isFused fused}. */
  public abstract CellSpec spec();

  /** Whether one op takes it through a sequence; else it runs step by step, see {@link Cell}. */
  public boolean isFused() {
    return clip == Float.POSITIVE_INFINITY;
  }

  /** The weights of {@link CellSpec#cellWeights}, after {@link #onBuild}. */
  List<Weight> cellWeights() {
    return List.of();
  }

  // ---------------------------------------------------------------- settings

  /** Activation of the output, and of what the states are made of; default tanh. */
  public C activation(Activation a) {
    requireUnbuilt();
    activation = elementwise(a);
    return self();
  }

  /** As {@link #activation(Activation)}, by Keras's name. */
  public C activation(String a) {
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

  /**
   * Bounds what goes into the activations of gates and candidate to [−threshold, threshold], as
   * ONNX's attribute {@code clip} of LSTM, GRU and RNN nodes ("Clipping … is applied to the input
   * of activations"), and as ONNX Runtime reads it: the cell state is bounded nowhere. Default: no
   * bound. Keras has no such thing and refuses a file with one; it runs step by step.
   *
   * @param threshold more than 0
   */
  public C clip(float threshold) {
    requireUnbuilt();
    clip = bound(threshold);
    return self();
  }

  private float bound(float threshold) {
    if (!(threshold > 0)) {
      throw new IllegalArgumentException(label() + ": clip must be more than 0, got " + threshold);
    }
    return threshold;
  }

  /** What bounds the inputs of gates; infinite if nothing does. */
  public final float clip() {
    return clip;
  }

  /** Initializer of the recurrent kernel; default orthogonal. */
  public C recurrentInitializer(Initializer initializer) {
    rules().initializer(RECURRENT, initializer);
    return self();
  }

  /** As {@link #recurrentInitializer(Initializer)}, by Keras's name. */
  public C recurrentInitializer(String initializer) {
    return recurrentInitializer(Initializer.of(initializer));
  }

  /** What the recurrent kernel adds to the loss; default nothing. */
  public C recurrentRegularizer(Regularizer regularizer) {
    rules().regularizer(RECURRENT, regularizer);
    return self();
  }

  /** As {@link #recurrentRegularizer(Regularizer)}, by Keras's name. */
  public C recurrentRegularizer(String regularizer) {
    return recurrentRegularizer(Regularizer.of(regularizer));
  }

  /** Where the recurrent kernel must stay; default anywhere. */
  public C recurrentConstraint(Constraint constraint) {
    rules().constraint(RECURRENT, constraint);
    return self();
  }

  /** As {@link #recurrentConstraint(Constraint)}, by Keras's name. */
  public C recurrentConstraint(String constraint) {
    return recurrentConstraint(Constraint.of(constraint));
  }

  /** Fraction of the inputs dropped in training, in [0, 1); one mask for all timesteps. */
  public C dropout(float rate) {
    requireUnbuilt();
    dropout = fraction(rate, "dropout");
    return self();
  }

  /**
   * Fraction of the previous output dropped in training, in [0, 1); a mask for each gate, the same
   * for all timesteps. As in Keras, each gate then also has an input mask of its own.
   */
  public C recurrentDropout(float rate) {
    requireUnbuilt();
    recurrentDropout = fraction(rate, "recurrentDropout");
    return self();
  }

  /** The number of units. */
  public final int units() {
    return units;
  }

  /** Activation of the output, and of what the states are made of. */
  public final Activation activation() {
    return activation;
  }

  /** What ONNX's nodes have and Keras's cells lack: said in files only where it is set. */
  final void configureClip(Config c) {
    Float threshold = c.optionalNumber("clip", Float.isInfinite(clip) ? null : (Float) clip);
    clip = threshold == null ? Float.POSITIVE_INFINITY : bound(threshold);
  }

  // The parts of configure, in the order in which Keras writes them; a kind of cell has its own
  // settings in between.

  /** Units and activation. */
  final void configureUnits(Config c) {
    units = positive(c.integer("units", units), "units");
    activation = elementwise(c.activation("activation", activation));
  }

  /** Bias and initializers. */
  final void configureWeights(Config c) {
    configureBias(c);
    configureRules(c);
  }

  /** Both dropouts. */
  final void configureDropout(Config c) {
    dropout = fraction(c.number("dropout", dropout), "dropout");
    recurrentDropout =
        fraction(c.number("recurrent_dropout", recurrentDropout), "recurrentDropout");
    kept(c, "seed", null, SEED);
  }

  // ---------------------------------------------------------------- weights and states

  /** The columns of the kernels, a unit's for each gate. */
  private int width() {
    long width = (long) spec().gates() * units;
    if (width > Memory.LONGEST_ARRAY) {
      throw new TooLargeException(
          String.format(
              Locale.ROOT,
              "%s: %d gates of %d units are %d columns of a kernel, %s each; a row has at most %d",
              label(),
              spec().gates(),
              units,
              width,
              Memory.text(width * Float.BYTES),
              Memory.LONGEST_ARRAY));
    }
    return (int) width;
  }

  @Override
  protected final Shape computeOutputShape(Shape input) {
    try {
      Shape.of(units, width()).size(); // the recurrent kernel's, before anybody adds units up
    } catch (TooLargeException e) {
      throw e.of(label() + ".recurrent_kernel");
    }
    return Shape.of(input.dim(0), units);
  }

  @Override
  protected void onBuild(Shape input) {
    int width = width();
    kernel = addWeight("kernel", Shape.of(input.last(), width), "kernel");
    recurrentKernel = addWeight("recurrent_kernel", Shape.of(units, width), RECURRENT);
    if (usesBias()) {
      bias = addWeight("bias", spec().biasShape(), "bias", this::adjustBias);
    }
  }

  /** What a cell does to its bias's initial values whatever the initializer says. */
  void adjustBias(float[] bias) {}

  /** The kernel (features, G·units). */
  public final Weight kernel() {
    return built(kernel);
  }

  /** The recurrent kernel (units, G·units). */
  public final Weight recurrentKernel() {
    return built(recurrentKernel);
  }

  /** The bias, of the cell's {@link CellSpec#biasShape}. */
  public final Weight bias() {
    if (isBuilt() && !usesBias()) {
      throw new IllegalStateException(label() + ": there is no bias; set useBias(true)");
    }
    return built(bias);
  }

  /** The weight, if the layer is built. */
  final Weight built(Weight w) {
    if (w == null) {
      throw new IllegalStateException(
          label()
              + ": there are no weights yet; add the layer to a model with inputShape(timesteps,"
              + " features)");
    }
    return w;
  }

  @Override
  public final List<String> stateNames() {
    return spec().states();
  }

  @Override
  public final List<Integer> stateSizes() {
    return Collections.nCopies(stateNames().size(), units);
  }

  // ---------------------------------------------------------------- lowering

  /** A whole sequence through the cell, by one op. */
  final RecurrentOp.Results sequence(
      Signal in, List<Value> initial, SequenceSpec order, Lowering to, String op) {
    CellSpec cell = spec();
    Graph graph = to.graph();
    Value x = in.value(); // (T,B,F)
    int batch = x.dim(1);
    Value recurrentMasks = null;
    if (to.training() && recurrentDropout > 0) {
      recurrentMasks =
          graph.dropoutMask(
              to.draw(recurrentDropout),
              Shape.of(cell.gates(), batch, units),
              to.scalars(),
              op + ".recurrent_dropout");
    }
    if (to.training() && dropout > 0) {
      // with recurrent dropout Keras computes gate by gate, each with a mask of its own
      int masks = recurrentDropout > 0 ? cell.gates() : 1;
      Value inputMasks =
          graph.dropoutMask(
              to.draw(dropout), Shape.of(masks, batch, x.dim(2)), to.scalars(), op + ".dropout");
      x = graph.sequenceDropout(x, inputMasks, op + ".dropped");
    }
    return graph.recurrent(
        cell,
        order,
        new RecurrentOp.Inputs(
            x,
            to.variable(kernel),
            to.variable(recurrentKernel),
            bias == null ? null : to.variable(bias),
            cellWeights().stream().map(to::variable).toList(),
            initial,
            in.mask(),
            recurrentMasks),
        op);
  }

  @Override
  public final Step begin(Lowering to, int batch) {
    CellOps o = new CellOps(to.graph(), name(), clip);
    int gates = spec().gates();
    List<Value> recurrentMasks =
        masks(to, recurrentDropout, Shape.of(gates, batch, units), "recurrent_dropout");
    Value b = bias == null ? null : to.variable(bias);
    Equations equations = equations(o, to, recurrentMasks, b);
    return equations::states;
  }

  @Override
  public final Value inputs(Value x, Lowering to) {
    int batch = x.dim(x.shape().rank() - 2);
    Shape shape = Shape.of(recurrentDropout > 0 ? spec().gates() : 1, batch, x.dim(-1));
    List<Value> masks = masks(to, dropout, shape, "dropout");
    return new CellOps(to.graph(), name()).gates(x, masks, to.variable(kernel));
  }

  private List<Value> masks(Lowering to, float rate, Shape shape, String what) {
    if (!to.training() || rate == 0) {
      return List.of();
    }
    Value masks = to.graph().dropoutMask(to.draw(rate), shape, to.scalars(), name() + "." + what);
    return to.graph().unstack(masks, masks.name());
  }

  /** One timestep from {@code x·K} (B,G·U) and the old states to the new ones. */
  @FunctionalInterface
  interface Equations {
    List<Value> states(Value input, List<Value> before);
  }

  /**
   * The equations of {@link #spec} as ops.
   *
   * @param masks what each gate's h₋ is multiplied by, or none
   * @param b the bias, or null
   */
  abstract Equations equations(CellOps o, Lowering to, List<Value> masks, Value b);
}
