package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.LstmSpec;
import io.github.lstm4j.graph.LstmSpec.Peephole;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Long short-term memory. The equations and their source stand at {@link LstmSpec}.
 *
 * <p>Input (batch, timesteps, features), for any features ≥ 1: a timestep is a <i>vector</i> of
 * that many values, and {@code x_t·kernel} makes of it {@code units} values for each of the four
 * gates. Output (batch, units), or (batch, timesteps, units) with {@link #returnSequences}.
 *
 * <p>Weights, gates in the order i, f, c, o along the last axis: {@code kernel} (features,
 * 4·units), {@code recurrent_kernel} (units, 4·units), {@code bias} (4·units), and, if asked for,
 * {@code peephole}. Their number is {@code 4·features·units + 4·units² + 4·units}: 12 for one unit
 * and one feature, 16 for one unit and two features.
 *
 * <pre>{@code
 * Sequential model = new Sequential();
 * model.add(new LSTM(1).inputShape(1, 2));
 * model.summary(); // 16 parameters
 * }</pre>
 */
public final class LSTM extends Layer {
  private int units;
  private Activation activation = Activation.TANH;
  private Activation recurrentActivation = Activation.SIGMOID;
  private boolean useBias = true;
  private Initializer kernelInitializer = Initializer.glorotUniform();
  private Initializer recurrentInitializer = Initializer.orthogonal();
  private Initializer biasInitializer = Initializer.zeros();
  private boolean unitForgetBias = true;
  private float dropout;
  private float recurrentDropout;
  private boolean returnSequences;
  private boolean returnState;
  private boolean goBackwards;
  private boolean stateful;
  private boolean zeroOutputForMask;
  private Peephole peephole = Peephole.NONE;
  private Weight kernel;
  private Weight recurrentKernel;
  private Weight bias;
  private Weight peepholeWeight;
  private List<Weight> states = List.of();

  LSTM() {}

  /**
   * @param units the number of units, which is the length of the output and of the state, at least
   *     1
   */
  public LSTM(int units) {
    this.units = positive(units, "units");
  }

  @Override
  public LSTM name(String newName) {
    super.name(newName);
    return this;
  }

  /** On the first layer of a model: the shape of one sample. */
  public LSTM inputShape(int timesteps, int features) {
    declareInput(timesteps, features);
    return this;
  }

  /** Activation of the candidate and of the output; default tanh. */
  public LSTM activation(Activation a) {
    requireUnbuilt();
    activation = gate(a);
    return this;
  }

  /** As {@link #activation(Activation)}, by Keras's name. */
  public LSTM activation(String a) {
    return activation(Activation.of(a));
  }

  /** Activation of the gates i, f and o; default sigmoid. */
  public LSTM recurrentActivation(Activation a) {
    requireUnbuilt();
    recurrentActivation = gate(a);
    return this;
  }

  /** As {@link #recurrentActivation(Activation)}, by Keras's name. */
  public LSTM recurrentActivation(String a) {
    return recurrentActivation(Activation.of(a));
  }

  private Activation gate(Activation a) {
    if (!a.isElementwise()) {
      throw new IllegalArgumentException(
          label() + ": " + a + " is not elementwise and cannot be a gate's activation");
    }
    return a;
  }

  /** Whether there is a bias; default true. */
  public LSTM useBias(boolean use) {
    requireUnbuilt();
    useBias = use;
    return this;
  }

  /** Initializer of the kernel; default glorot_uniform over the fused (features, 4·units). */
  public LSTM kernelInitializer(Initializer initializer) {
    requireUnbuilt();
    kernelInitializer = initializer;
    return this;
  }

  /** Initializer of the recurrent kernel; default orthogonal. */
  public LSTM recurrentInitializer(Initializer initializer) {
    requireUnbuilt();
    recurrentInitializer = initializer;
    return this;
  }

  /** Initializer of the bias; default zeros. */
  public LSTM biasInitializer(Initializer initializer) {
    requireUnbuilt();
    biasInitializer = initializer;
    return this;
  }

  /** Whether the forget gate's bias begins at 1 whatever the initializer says; default true. */
  public LSTM unitForgetBias(boolean unit) {
    requireUnbuilt();
    unitForgetBias = unit;
    return this;
  }

  /** Fraction of the inputs dropped in training, in [0, 1); one mask for all timesteps. */
  public LSTM dropout(float rate) {
    requireUnbuilt();
    dropout = fraction(rate, "dropout");
    return this;
  }

  /**
   * Fraction of the previous output dropped in training, in [0, 1); a mask for each gate, the same
   * for all timesteps. As in Keras, each gate then also has an input mask of its own.
   */
  public LSTM recurrentDropout(float rate) {
    requireUnbuilt();
    recurrentDropout = fraction(rate, "recurrentDropout");
    return this;
  }

  /** Whether all outputs are returned rather than the last; default false. */
  public LSTM returnSequences(boolean all) {
    requireUnbuilt();
    returnSequences = all;
    return this;
  }

  /** Whether the last states h and c are returned beside the output; default false. */
  public LSTM returnState(boolean state) {
    requireUnbuilt();
    returnState = state;
    return this;
  }

  /**
   * Whether time runs backwards; default false. As in Keras, a returned sequence is then in the
   * order of processing: the last timestep first.
   */
  public LSTM goBackwards(boolean backwards) {
    requireUnbuilt();
    goBackwards = backwards;
    return this;
  }

  /**
   * Whether a batch goes on with the states of the batch before, sample by sample; default false.
   * Needs a model whose batch size is fixed; see {@code Sequential.resetStates}.
   */
  public LSTM stateful(boolean keep) {
    requireUnbuilt();
    stateful = keep;
    return this;
  }

  /** Whether a masked timestep's output is zero rather than the output before; default false. */
  public LSTM zeroOutputForMask(boolean zero) {
    requireUnbuilt();
    zeroOutputForMask = zero;
    return this;
  }

  /**
   * What the gates see of the cell state; default {@link Peephole#NONE}, the tutorial's eq. 7. With
   * {@link Peephole#FULL_OUTPUT} it is eq. 5. Files of Keras cannot hold a layer with peepholes.
   */
  public LSTM peephole(Peephole variant) {
    requireUnbuilt();
    peephole = variant;
    return this;
  }

  /** The number of units. */
  public int units() {
    return units;
  }

  /** Whether all outputs are returned. */
  public boolean returnsSequences() {
    return returnSequences;
  }

  /** Whether the last states are returned. */
  public boolean returnsState() {
    return returnState;
  }

  /** Whether time runs backwards. */
  public boolean goesBackwards() {
    return goBackwards;
  }

  /** Whether states are carried from batch to batch. */
  public boolean isStateful() {
    return stateful;
  }

  /** What this layer computes. */
  public LstmSpec spec() {
    return new LstmSpec(
        units, activation, recurrentActivation, peephole, goBackwards, zeroOutputForMask);
  }

  @Override
  public void configure(Config c) {
    returnSequences = c.flag("return_sequences", returnSequences);
    returnState = c.flag("return_state", returnState);
    goBackwards = c.flag("go_backwards", goBackwards);
    stateful = c.flag("stateful", stateful);
    c.ignored("unroll", false);
    zeroOutputForMask = c.flag("zero_output_for_mask", zeroOutputForMask);
    units = positive(c.integer("units", units), "units");
    activation = gate(c.activation("activation", activation));
    recurrentActivation = gate(c.activation("recurrent_activation", recurrentActivation));
    useBias = c.flag("use_bias", useBias);
    kernelInitializer = c.initializer("kernel_initializer", kernelInitializer);
    recurrentInitializer = c.initializer("recurrent_initializer", recurrentInitializer);
    biasInitializer = c.initializer("bias_initializer", biasInitializer);
    unitForgetBias = c.flag("unit_forget_bias", unitForgetBias);
    dropout = fraction(c.number("dropout", dropout), "dropout");
    recurrentDropout =
        fraction(c.number("recurrent_dropout", recurrentDropout), "recurrentDropout");
    peephole = c.choice("peephole", peephole, Peephole.NONE);
  }

  @Override
  public List<Group> groups() {
    return List.of(
        new Group("", name(), name(), List.of()),
        new Group("cell", "lstm_cell", name(), weights()));
  }

  @Override
  protected Shape onBuild(Shape input) {
    requireSequence(input);
    if (stateful && input.dim(0) == Shape.UNKNOWN) {
      throw wrongInput(
          "a fixed batch size, because the layer is stateful",
          input,
          "begin the model with Input.batch(batchSize, timesteps, features)");
    }
    int features = input.dim(2);
    kernel = addWeight("kernel", Shape.of(features, 4 * units), kernelInitializer);
    recurrentKernel =
        addWeight("recurrent_kernel", Shape.of(units, 4 * units), recurrentInitializer);
    if (useBias) {
      bias = addWeight("bias", Shape.of(4 * units), biasInitializer);
      if (unitForgetBias) {
        biasF().assign(Tensor.of(Initializer.ones().initialize(Shape.of(units), random()), units));
      }
    }
    peepholeWeight =
        switch (peephole) {
          case NONE -> null;
          case FULL_OUTPUT ->
              addWeight("peephole", Shape.of(units, units), Initializer.glorotUniform());
          case DIAGONAL_OUTPUT, DIAGONAL ->
              addWeight(
                  "peephole",
                  Shape.of(spec().peepholeSize()),
                  Initializer.randomUniform(-0.05f, 0.05f));
        };
    if (stateful) {
      states = newStates(input.dim(0));
    }
    return returnSequences
        ? Shape.of(input.dim(0), input.dim(1), units)
        : Shape.of(input.dim(0), units);
  }

  @Override
  public List<Shape> stateShapes(int batch) {
    return List.of(Shape.of(batch, units), Shape.of(batch, units));
  }

  /** Two zero states (batch, units): h and c. */
  @Override
  public List<Weight> newStates(int batch) {
    Shape shape = Shape.of(batch, units);
    return List.of(Weight.slot(label() + ".h", shape), Weight.slot(label() + ".c", shape));
  }

  /** The states h and c of a stateful layer, else empty. */
  @Override
  public List<Weight> states() {
    return states;
  }

  @Override
  public boolean runsStepwise() {
    return !goBackwards;
  }

  @Override
  public List<Shape> outputShapes() {
    Shape state = Shape.of(outputShape().dim(0), units);
    return returnState ? List.of(outputShape(), state, state) : List.of(outputShape());
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    return lower(List.of(in), to);
  }

  @Override
  public Signal lower(List<Signal> in, Lowering to) {
    return lower(in, to, zeroOutputForMask, false);
  }

  /**
   * @param zeroForMask see {@link #zeroOutputForMask}
   * @param timeOrder whether a returned sequence is in the order of time whatever the direction
   */
  Signal lower(List<Signal> inputs, Lowering to, boolean zeroForMask, boolean timeOrder) {
    Graph graph = to.graph();
    Signal in = inputs.get(0);
    Value x = in.value();
    int batch = x.dim(1);
    Value recurrentMasks = null;
    if (to.training() && recurrentDropout > 0) {
      recurrentMasks =
          graph.dropoutMask(
              to.draw(recurrentDropout),
              Shape.of(4, batch, units),
              to.scalars(),
              name() + ".recurrent_dropout");
    }
    if (to.training() && dropout > 0) {
      // with recurrent dropout Keras computes gate by gate, each with a mask of its own
      int masks = recurrentDropout > 0 ? 4 : 1;
      Value inputMasks =
          graph.dropoutMask(
              to.draw(dropout),
              Shape.of(masks, batch, x.dim(2)),
              to.scalars(),
              name() + ".dropout");
      x = graph.sequenceDropout(x, inputMasks, name() + ".dropped");
    }
    List<Weight> kept = to.statesOf(this);
    List<Value> initial = inputs.stream().skip(1).map(Signal::value).toList();
    if (initial.isEmpty() && !kept.isEmpty()) {
      initial = List.of(to.variable(kept.get(0)), to.variable(kept.get(1)));
    }
    LstmSpec spec =
        new LstmSpec(units, activation, recurrentActivation, peephole, goBackwards, zeroForMask);
    Graph.LstmValues out =
        graph.lstm(
            spec,
            new Graph.LstmInputs(
                x,
                to.variable(kernel),
                to.variable(recurrentKernel),
                bias == null ? null : to.variable(bias),
                peepholeWeight == null ? null : to.variable(peepholeWeight),
                initial.isEmpty() ? null : initial.get(0),
                initial.isEmpty() ? null : initial.get(1),
                in.mask(),
                recurrentMasks),
            name());
    if (!kept.isEmpty()) {
      graph.add(new ElementwiseOp.Copy(out.h(), to.variable(kept.get(0))));
      graph.add(new ElementwiseOp.Copy(out.c(), to.variable(kept.get(1))));
    }
    if (to.isStepwise() && !zeroForMask) {
      // a masked timestep repeats the output before, which lies in an earlier run: it is its h
      Value sequence = graph.view(name() + ".step", out.h(), 0, Shape.of(1, batch, units), true);
      out = new Graph.LstmValues(sequence, out.h(), out.h(), out.c());
    }
    List<Value> state = returnState ? List.of(out.h(), out.c()) : List.of();
    if (!returnSequences) {
      return new Signal(out.last(), null, state);
    }
    boolean reverse = goBackwards && !timeOrder;
    Value sequence = reverse ? graph.reverse(out.sequence(), name() + ".reversed") : out.sequence();
    return new Signal(sequence, in.mask(), state);
  }

  // ---------------------------------------------------------------- weights by gate

  /** The kernel (features, 4·units), gates in the order i, f, c, o. */
  public Weight kernel() {
    return built(kernel);
  }

  /** The recurrent kernel (units, 4·units), gates in the order i, f, c, o. */
  public Weight recurrentKernel() {
    return built(recurrentKernel);
  }

  /** The bias (4·units), gates in the order i, f, c, o. */
  public Weight bias() {
    if (isBuilt() && !useBias) {
      throw new IllegalStateException(label() + ": there is no bias; set useBias(true)");
    }
    return built(bias);
  }

  /** The peephole weights: see {@link Peephole} for their shape. */
  public Weight peepholeWeight() {
    if (peephole == Peephole.NONE) {
      throw new IllegalStateException(label() + ": there is no peephole; set peephole(…)");
    }
    return built(peepholeWeight);
  }

  private Weight built(Weight w) {
    if (w == null) {
      throw new IllegalStateException(
          label()
              + ": there are no weights yet; add the layer to a model with inputShape(timesteps,"
              + " features)");
    }
    return w;
  }

  private WeightView part(Weight w, String gate, int number) {
    return new WeightView(w.name() + "_" + gate, w, number * units, units);
  }

  /** (features, units) of the input gate. */
  public WeightView kernelI() {
    return part(kernel(), "i", 0);
  }

  /** (features, units) of the forget gate. */
  public WeightView kernelF() {
    return part(kernel(), "f", 1);
  }

  /** (features, units) of the candidate. */
  public WeightView kernelC() {
    return part(kernel(), "c", 2);
  }

  /** (features, units) of the output gate. */
  public WeightView kernelO() {
    return part(kernel(), "o", 3);
  }

  /** (units, units) of the input gate. */
  public WeightView recurrentKernelI() {
    return part(recurrentKernel(), "i", 0);
  }

  /** (units, units) of the forget gate. */
  public WeightView recurrentKernelF() {
    return part(recurrentKernel(), "f", 1);
  }

  /** (units, units) of the candidate. */
  public WeightView recurrentKernelC() {
    return part(recurrentKernel(), "c", 2);
  }

  /** (units, units) of the output gate. */
  public WeightView recurrentKernelO() {
    return part(recurrentKernel(), "o", 3);
  }

  /** (units,) of the input gate. */
  public WeightView biasI() {
    return part(bias(), "i", 0);
  }

  /** (units,) of the forget gate. */
  public WeightView biasF() {
    return part(bias(), "f", 1);
  }

  /** (units,) of the candidate. */
  public WeightView biasC() {
    return part(bias(), "c", 2);
  }

  /** (units,) of the output gate. */
  public WeightView biasO() {
    return part(bias(), "o", 3);
  }

  /** A copy that is not built, for the other direction of a {@link Bidirectional}. */
  LSTM mirrored() {
    Copy copy = new Copy();
    configure(copy);
    LSTM m = new LSTM();
    m.configure(copy);
    m.goBackwards = !goBackwards;
    return m;
  }

  /** Keeps the settings of the layer that it meets first, and gives them to those after. */
  private static final class Copy extends Config {
    private final Map<String, Object> settings = new HashMap<>();

    @Override
    protected <T> T setting(String name, Class<T> type, T value) {
      return type.cast(settings.computeIfAbsent(name, n -> value));
    }

    @Override
    public void constant(String name, Object value) {}

    @Override
    public void ignored(String name, Object value) {}
  }
}
