package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A recurrent layer in both directions of time, with weights of its own for each, and the outputs
 * merged. With {@code returnSequences} both directions' outputs are in the order of time, and zero
 * at masked timesteps, as in Keras 3.
 *
 * <p>Merged by {@link MergeMode#NONE}, Keras's {@code merge_mode=None}, it has two outputs, forward
 * and backward; in a functional model {@code applyAll} gives both.
 *
 * <p>States, where the layers return them: the forward ones, then the backward ones; for LSTMs
 * forward h, forward c, backward h, backward c.
 *
 * <pre>{@code
 * Sequential tagger = new Sequential();
 * tagger.add(new Input(10, 2));
 * tagger.add(new Bidirectional(new LSTM(4).returnSequences(true))); // "concat": 4 + 4 values
 * tagger.add(new Bidirectional(new SimpleRNN(3), "sum"));
 * System.out.println(tagger.layers().get(0).outputShape()); // (None, 10, 8)
 * System.out.println(tagger.outputShape()); // (None, 3)
 * }</pre>
 */
public final class Bidirectional extends Layer {
  /** How the two outputs become one. */
  public enum MergeMode {
    /** Side by side: twice as many features. Keras's default. */
    CONCAT,
    /** Their sum. */
    SUM,
    /** Their product. */
    MUL,
    /** Their mean. */
    AVE,
    /** Not at all: the layer has two outputs. Keras's None. */
    NONE;

    /** Whether both outputs must be of one length. */
    boolean addsUp() {
      return this == SUM || this == MUL || this == AVE;
    }
  }

  private static final String FORWARD = "forward_";

  private Recurrent<?> forward;
  private Recurrent<?> backward;
  private MergeMode mergeMode = MergeMode.CONCAT;
  private boolean zeroOutputForMask = true;

  Bidirectional() {}

  /** Both outputs side by side. */
  public Bidirectional(Recurrent<?> layer) {
    this(layer, MergeMode.CONCAT);
  }

  /** With a merge mode by Keras's name. */
  public Bidirectional(Recurrent<?> layer, String mergeMode) {
    given(layer, "the layer");
    wrap(layer, mirrored(layer), mode(mergeMode));
  }

  /**
   * @param layer the forward direction; the other is made like it
   */
  public Bidirectional(Recurrent<?> layer, MergeMode mergeMode) {
    given(layer, "the layer");
    wrap(layer, mirrored(layer), given(mergeMode, "mergeMode"));
  }

  /** With a backward layer of its own, which goes in the other direction; side by side. */
  public Bidirectional(Recurrent<?> forward, Recurrent<?> backward) {
    this(forward, backward, MergeMode.CONCAT);
  }

  /** With a backward layer of its own, which goes in the other direction. */
  public Bidirectional(Recurrent<?> forward, Recurrent<?> backward, MergeMode mergeMode) {
    wrap(
        given(forward, "the forward layer"),
        given(backward, "the backward layer"),
        given(mergeMode, "mergeMode"));
  }

  /** As above, with a merge mode by Keras's name. */
  public Bidirectional(Recurrent<?> forward, Recurrent<?> backward, String mergeMode) {
    wrap(
        given(forward, "the forward layer"),
        given(backward, "the backward layer"),
        mode(mergeMode));
  }

  private MergeMode mode(String name) {
    return choice("merge mode", name, MergeMode.class);
  }

  @Override
  protected void configure(Config c) {
    MergeMode mode = c.choice("merge_mode", mergeMode);
    Recurrent<?> there = c.layer("layer", Recurrent.class, forward);
    Recurrent<?> back =
        c.layer("backward_layer", Recurrent.class, backward == null ? mirrored(there) : backward);
    Boolean zero =
        c.optional("zero_output_for_mask", Boolean.class, zeroOutputForMask ? null : Boolean.FALSE);
    zeroOutputForMask = !Boolean.FALSE.equals(zero);
    wrap(there, back, mode);
  }

  /** A copy that is not built and goes the other way. */
  private static Recurrent<?> mirrored(Recurrent<?> layer) {
    return ((Recurrent<?>) Copy.of(layer, Layers::like)).goBackwards(!layer.goesBackwards());
  }

  private void wrap(Recurrent<?> there, Recurrent<?> back, MergeMode mode) {
    if (there.units() != back.units() && mode.addsUp()) {
      throw new IllegalArgumentException(
          label()
              + ": to merge by "
              + mode
              + " both directions need as many units, got "
              + there.units()
              + " and "
              + back.units());
    }
    if (there.goesBackwards() == back.goesBackwards()
        || there.returnsSequences() != back.returnsSequences()
        || there.returnsState() != back.returnsState()
        || there.isStateful() != back.isStateful()) {
      throw new IllegalArgumentException(
          label()
              + ": the backward layer must go the other way, and have the same"
              + " returnSequences, returnState and stateful as the forward layer");
    }
    forward = there;
    backward = back;
    mergeMode = mode;
    String inner = there.isNamed() ? there.name() : KerasNames.snakeCase(there.className());
    // a layer that comes from a file has the prefix
    inner = inner.startsWith(FORWARD) ? inner.substring(FORWARD.length()) : inner;
    there.autoName(FORWARD + inner);
    if (!back.isNamed()) {
      back.autoName("backward_" + inner);
    }
  }

  /** Whether it gives both outputs, each by itself. */
  boolean isSplit() {
    return mergeMode == MergeMode.NONE;
  }

  @Override
  public Bidirectional inputShape(int... dims) {
    super.inputShape(dims);
    return this;
  }

  /**
   * Whether returned sequences have zeros at masked timesteps, as in Keras 3 and tf.keras; else
   * what each direction gave last, as in Keras 1 and 2. Default true; Keras 3 cannot load a file of
   * false.
   */
  public Bidirectional zeroOutputForMask(boolean zero) {
    requireUnbuilt();
    zeroOutputForMask = zero;
    return this;
  }

  /** The forward direction. */
  public Recurrent<?> forward() {
    return forward;
  }

  /** The backward direction. */
  public Recurrent<?> backward() {
    return backward;
  }

  /** How the outputs are merged. */
  public MergeMode mergeMode() {
    return mergeMode;
  }

  @Override
  public List<Weight> weights() {
    List<Weight> all = new ArrayList<>(forward.weights());
    all.addAll(backward.weights());
    return all;
  }

  @Override
  public List<Group> groups() {
    Map<String, Layer> inside = new LinkedHashMap<>();
    inside.put("forward_layer", forward);
    inside.put("backward_layer", backward);
    return groupsOf(inside);
  }

  @Override
  public List<Shape> computeOutputShapes(List<Shape> inputs) {
    requireSequence(inputs.get(0));
    List<Shape> ahead = forward.computeOutputShapes(forward(inputs));
    List<Shape> back = backward.computeOutputShapes(backward(inputs));
    Shape out = ahead.get(0);
    List<Shape> all = new ArrayList<>();
    all.add(mergeMode == MergeMode.CONCAT ? out.with(-1, forward.units() + backward.units()) : out);
    if (mergeMode == MergeMode.NONE) {
      all.add(back.get(0));
    }
    all.addAll(ahead.subList(1, ahead.size()));
    all.addAll(back.subList(1, back.size()));
    return all;
  }

  @Override
  protected void onBuild(Shape input) {
    forward.build(List.of(input), initialValues());
    backward.build(List.of(input), initialValues());
  }

  /** Of the input and the initial states of both directions, if any, those of the forward one. */
  private <T> List<T> forward(List<T> inputs) {
    return inputs.subList(0, half(inputs));
  }

  /** As {@link #forward}, of the backward direction. */
  private <T> List<T> backward(List<T> inputs) {
    List<T> back = new ArrayList<>(inputs.subList(0, 1));
    back.addAll(inputs.subList(half(inputs), inputs.size()));
    return back;
  }

  private int half(List<?> inputs) {
    return inputs.size() == 1 ? 1 : Math.min(inputs.size(), 1 + forward.stateShapes(1).size());
  }

  @Override
  public List<Layer> inner() {
    return List.of(forward, backward);
  }

  @Override
  public boolean returnsState() {
    return forward.returnsState() || mergeMode == MergeMode.NONE;
  }

  @Override
  public boolean runsStepwise() {
    return false;
  }

  @Override
  public List<String> outputNames() {
    List<String> all = new ArrayList<>(forward.outputNames("forward_"));
    if (mergeMode == MergeMode.NONE) {
      all.add(1, "backward_output");
    }
    List<String> back = backward.outputNames("backward_");
    all.addAll(back.subList(1, back.size()));
    return all;
  }

  @Override
  public List<Shape> stateShapes(int batch) {
    List<Shape> all = new ArrayList<>(forward.stateShapes(batch));
    all.addAll(backward.stateShapes(batch));
    return all;
  }

  @Override
  public List<Weight> states() {
    List<Weight> all = new ArrayList<>(forward.states());
    all.addAll(backward.states());
    return all;
  }

  @Override
  protected boolean takesMask() {
    return true;
  }

  @Override
  protected boolean passesMask() {
    return forward.returnsSequences();
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    return lower(List.of(in), to);
  }

  @Override
  public Signal lower(List<Signal> in, Lowering to) {
    List<Signal> all = lowerAll(in, to);
    List<Value> more = all.stream().skip(1).map(Signal::value).toList();
    return new Signal(all.get(0).value(), all.get(0).mask(), more);
  }

  @Override
  public List<Signal> lowerAll(List<Signal> in, Lowering to) {
    boolean sequences = forward.returnsSequences();
    // Keras sets zeroOutputForMask of both directions to this, whatever they say themselves
    boolean zero = sequences && zeroOutputForMask;
    Signal a = forward.lower(forward(in), to, zero, true);
    Signal b = backward.lower(backward(in), to, zero, true);
    forward.regularize(a.outputs(), to);
    backward.regularize(b.outputs(), to);
    boolean reverse = sequences && forward.goesBackwards();
    List<Value> outputs = new ArrayList<>();
    for (Value v : merged(to.graph(), a.value(), b.value(), reverse ? ".in_time" : "")) {
      outputs.add(reverse ? to.graph().reverse(v, name()) : v);
    }
    List<Signal> all = new ArrayList<>();
    outputs.forEach(v -> all.add(new Signal(v, a.mask())));
    a.states().forEach(s -> all.add(new Signal(s, null)));
    b.states().forEach(s -> all.add(new Signal(s, null)));
    return all;
  }

  private List<Value> merged(Graph graph, Value a, Value b, String suffix) {
    String merge = name() + suffix;
    return switch (mergeMode) {
      case CONCAT -> List.of(graph.concat(a, b, merge));
      case SUM -> List.of(graph.binary(ElementwiseOp.Combine.SUM, a, b, merge));
      case MUL -> List.of(graph.binary(ElementwiseOp.Combine.MUL, a, b, merge));
      case AVE -> List.of(graph.binary(ElementwiseOp.Combine.AVE, a, b, merge));
      case NONE -> List.of(a, b);
    };
  }
}
