package io.github.lstm4j.layers;

import io.github.lstm4j.expression.Expression;
import io.github.lstm4j.graph.GraphExpression;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * One operation of {@code keras.ops} in a functional model: {@code a + b}, {@code x[:, -1]}. {@link
 * Ops} has a function for each. It has no weights, axes are counted with the batch as 0, and masks
 * end here, as in Keras.
 *
 * <pre>{@code
 * KerasTensor x = new Input(4, 2).output();
 * KerasTensor last = Ops.getItem(x, Index.all(), Index.at(-1)); // x[:, -1]
 * KerasTensor change = Ops.subtract(last, Ops.mean(x, false, 1));
 * System.out.println(change.call().layer().className()); // Subtract
 * System.out.println(change.shape()); // (None, 2)
 * }</pre>
 */
public final class Operation extends Layer {
  private final OperationKind kind;
  private final OperationSettings settings;

  private Operation(OperationKind kind, List<Tensor> operands, List<Index> key) {
    this.kind = kind;
    this.settings = new OperationSettings(kind.settings(), operands, key);
    kind.requireOperands(settings.constants());
  }

  /**
   * An operation whose settings are as usual, or yet to be given by {@link #configureCall}.
   *
   * @param className Keras's name of its class: {@code TrueDivide}
   * @param operands constants; null for each tensor that it is applied to
   * @param key of {@code GetItem} the indices, else empty
   * @throws IllegalArgumentException if there is no such operation, or it takes other operands
   */
  public static Operation of(String className, List<Tensor> operands, List<Index> key) {
    return new Operation(OperationKinds.of(className), operands, key);
  }

  /** Whether there is an operation of that class. */
  public static boolean isKnown(String className) {
    return OperationKinds.isKnown(className);
  }

  /** Says a setting, before it is used. */
  Operation with(String setting, Object value) {
    settings.set(setting, value);
    return this;
  }

  @Override
  public String className() {
    return kind.className();
  }

  /** Where Keras has its class: {@code keras.src.ops.numpy}. */
  public String module() {
    return kind.module();
  }

  /** Whether Keras takes the operands as one list. */
  public boolean takesList() {
    return kind.isOfList();
  }

  /** The constants among the operands; null for each tensor that it is applied to. */
  public List<Tensor> operands() {
    return settings.constants();
  }

  /** The indices of {@code GetItem}. */
  public List<Index> key() {
    return settings.key();
  }

  /** Whether an operand are indices, whole numbers, rather than numbers. */
  public boolean isIndex(int operand) {
    return kind.isIndex(operand);
  }

  /** Whether it gives 1 for true and 0 for false. */
  public boolean isTruth(KerasTensor.Call call) {
    return kind.isTruth() || (kind.isMove() && isTruth(call.inputs().get(0)));
  }

  private static boolean isTruth(KerasTensor t) {
    return t.call().layer() instanceof Operation o && o.isTruth(t.call());
  }

  @Override
  public boolean saysTrainable() {
    return false;
  }

  @Override
  protected void configure(Config c) {}

  @Override
  public void configureCall(Config c) {
    settings.configure(c);
  }

  // ---------------------------------------------------------------- as a layer

  @Override
  public List<Shape> computeOutputShapes(List<Shape> inputs) {
    List<Shape> all = new ArrayList<>();
    int next = 0;
    for (Tensor constant : operands()) {
      if (constant == null && next == inputs.size()) {
        throw wrong("expected " + (next + 1) + " tensors, got " + next);
      }
      all.add(constant == null ? inputs.get(next++) : constant.shape());
    }
    if (next != inputs.size()) {
      throw wrong("expected " + next + " tensors, got " + inputs.size());
    }
    try {
      return kind.shapes(settings, all);
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
  }

  private IllegalArgumentException wrong(String why) {
    return new IllegalArgumentException(label() + " (" + className() + "): " + why);
  }

  @Override
  protected void checkCall(List<KerasTensor> inputs) {
    if (className().equals("Add")
        && inputs.size() > 1
        && inputs.stream().allMatch(Operation::isTruth)) {
      throw wrong("of two comparisons Keras makes a logical or; use Ops.logicalOr, or cast one");
    }
  }

  @Override
  protected boolean takesAnyRank() {
    return true;
  }

  @Override
  protected boolean servesToo(List<Shape> inputs) {
    return true;
  }

  /** Whether timestep by timestep gives the same as all at once. */
  @Override
  public boolean runsStepwise() {
    boolean timesteps = operands().stream().anyMatch(c -> c != null && c.shape().rank() > 1);
    boolean none = inputShape().rank() < 3 && outputShape().rank() < 3;
    return !timesteps && (none || kind.isElementwise());
  }

  private static Expression constant(Expression any, Tensor constant) {
    boolean number = constant.shape().rank() == 0;
    return number ? any.constant(constant.data()[0]) : any.constant(constant);
  }

  @Override
  public List<Signal> lowerAll(List<Signal> in, Lowering to) {
    List<Expression> all = new ArrayList<>();
    Expression any = GraphExpression.of(to.graph(), in.get(0).value());
    int next = 0;
    for (int i = 0; i < operands().size(); i++) {
      Tensor constant = operands().get(i);
      if (constant == null) {
        all.add(GraphExpression.of(to.graph(), in.get(next++).value()));
      } else {
        all.add(isIndex(i) ? null : constant(any, constant));
      }
    }
    try {
      List<Signal> out = new ArrayList<>();
      for (Expression e : kind.lower(settings, all)) {
        out.add(new Signal(((GraphExpression) e).asSignal(), null));
      }
      return out;
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
  }
}
