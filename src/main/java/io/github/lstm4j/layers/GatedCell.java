package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * A cell with the gates of {@link LSTM} that does more with what goes into them or comes out: what
 * such cells have in common. They run step by step.
 */
abstract class GatedCell extends Layer implements Cell {
  private int units;
  private Weight kernel;
  private Weight recurrentKernel;
  private Weight bias;

  GatedCell() {}

  GatedCell(int units) {
    this.units = positive(units, "units");
  }

  /** The length of the cell state. */
  final int units() {
    return units;
  }

  /** The length of the output. */
  abstract int outputs();

  @Override
  protected void configure(Config c) {
    units = positive(c.integer("units", units), "units");
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    return Shape.of(input.dim(0), outputs());
  }

  @Override
  protected void onBuild(Shape input) {
    int width = width();
    kernel = addWeight("kernel", Shape.of(input.last(), width), Initializer.glorotUniform());
    recurrentKernel =
        addWeight("recurrent_kernel", Shape.of(outputs(), width), Initializer.orthogonal());
    bias = addWeight("bias", Shape.of(width), Initializer.zeros(), this::openForgetGate);
  }

  /** The columns of the kernels. */
  final int width() {
    return Math.multiplyExact(4, units);
  }

  /** 1 for the forget gate, as in Keras's LSTM. */
  private void openForgetGate(float[] values) {
    Arrays.fill(values, units, 2 * units, 1f);
  }

  @Override
  public final List<String> stateNames() {
    return List.of("h", "c");
  }

  @Override
  public final List<Integer> stateSizes() {
    return List.of(outputs(), units);
  }

  @Override
  public Value inputs(Value x, Lowering to) {
    return ops(to).matMul(x, to.variable(kernel));
  }

  final CellOps ops(Lowering to) {
    return new CellOps(to.graph(), name());
  }

  final Weight recurrentKernel() {
    return recurrentKernel;
  }

  final Weight bias() {
    return bias;
  }

  /** The new cell state, of what goes into the gates (B,4·units). */
  final Value cellState(CellOps o, Value z, Value before) {
    Value gate = o.activate(Activation.SIGMOID, o.part(z, 0, 2 * units)); // i, f
    Value g = o.activate(Activation.TANH, o.part(z, 2 * units, units));
    return o.sum(
        o.product(o.part(gate, units, units), before), o.product(o.part(gate, 0, units), g));
  }

  /** What the output gate lets through of a cell state. */
  final Value output(CellOps o, Value z, Value c) {
    Value out = o.activate(Activation.SIGMOID, o.part(z, 3 * units, units));
    return o.product(out, o.activate(Activation.TANH, c));
  }
}
