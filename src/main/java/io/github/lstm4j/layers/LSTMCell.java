package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * One timestep of an {@link LSTM}, for an {@link RNN}. The equations and their source stand at
 * {@link CellSpec.Lstm}, the weights at {@link LSTM}. States: h and c.
 *
 * <pre>{@code
 * Sequential model = new Sequential();
 * model.add(new RNN(new LSTMCell(8), new LSTMCell(4)).inputShape(24, 3)); // one above the other
 * System.out.println(model.predict(Tensor.zeros(2, 24, 3)).shape()); // (2, 4)
 * }</pre>
 */
public final class LSTMCell extends FusedCell<LSTMCell> {
  private Activation recurrentActivation = Activation.SIGMOID;
  private Activation outputActivation; // null for that of the candidate
  private boolean inputForget;
  private boolean unitForgetBias = true;
  private Peephole peephole = Peephole.NONE;
  private Weight peepholeWeight;

  LSTMCell() {}

  /**
   * @param units the number of units, which is the length of the output and of the states, at least
   *     1
   */
  public LSTMCell(int units) {
    super(units);
  }

  @Override
  public CellSpec.Lstm spec() {
    return new CellSpec.Lstm(units(), activation(), recurrentActivation, peephole);
  }

  @Override
  protected void configure(Config c) {
    configureUnits(c);
    recurrentActivation = elementwise(c.activation("recurrent_activation", recurrentActivation));
    configureWeights(c);
    unitForgetBias = c.flag("unit_forget_bias", unitForgetBias);
    configureDropout(c);
    peephole = c.choice("peephole", peephole, Peephole.NONE);
    configureClip(c);
    inputForget = c.flag("input_forget", inputForget, false);
    outputActivation = c.optionalActivation("output_activation", outputActivation);
    if (outputActivation != null) {
      elementwise(outputActivation);
    }
  }

  @Override
  public boolean isFused() {
    return super.isFused() && !inputForget && outputActivation().equals(activation());
  }

  /**
   * Activation of the cell state where it becomes the output, ONNX's third; default that of {@link
   * #activation}. Keras has no such thing and refuses a file with another; it then runs step by
   * step.
   */
  public LSTMCell outputActivation(Activation a) {
    requireUnbuilt();
    outputActivation = elementwise(a);
    return this;
  }

  /** Activation of the cell state where it becomes the output. */
  public Activation outputActivation() {
    return outputActivation == null ? activation() : outputActivation;
  }

  /**
   * Whether the forget gate is what the input gate leaves, {@code f = 1 − i}, as with ONNX's
   * attribute {@code input_forget}; default false. The weights of the forget gate are there, and
   * not used. Keras has no such thing and refuses a file with it; it runs step by step.
   */
  public LSTMCell inputForget(boolean coupled) {
    requireUnbuilt();
    inputForget = coupled;
    return this;
  }

  /** Whether the forget gate is what the input gate leaves. */
  public boolean inputForget() {
    return inputForget;
  }

  /** Activation of the gates i, f and o. */
  public Activation recurrentActivation() {
    return recurrentActivation;
  }

  /** Activation of the gates i, f and o; default sigmoid. */
  public LSTMCell recurrentActivation(Activation a) {
    requireUnbuilt();
    recurrentActivation = elementwise(a);
    return this;
  }

  /** As {@link #recurrentActivation(Activation)}, by Keras's name. */
  public LSTMCell recurrentActivation(String a) {
    return recurrentActivation(Activation.of(a));
  }

  /** Whether the forget gate's bias begins at 1 whatever the initializer says; default true. */
  public LSTMCell unitForgetBias(boolean unit) {
    requireUnbuilt();
    unitForgetBias = unit;
    return this;
  }

  /**
   * What the gates see of the cell state; default {@link Peephole#NONE}, the tutorial's eq. 7. With
   * {@link Peephole#FULL_OUTPUT} it is eq. 5. Files of Keras cannot hold a layer with peepholes.
   */
  public LSTMCell peephole(Peephole variant) {
    requireUnbuilt();
    peephole = given(variant, "peephole");
    return this;
  }

  /** As {@link #peephole(Peephole)}, by name: none, full_output, diagonal_output, diagonal. */
  public LSTMCell peephole(String variant) {
    return peephole(choice("peephole", variant, Peephole.class));
  }

  @Override
  protected void onBuild(Shape input) {
    super.onBuild(input);
    peepholeWeight =
        switch (peephole) {
          case NONE -> null;
          case FULL_OUTPUT -> addPeephole(Initializer.glorotUniform());
          case DIAGONAL_OUTPUT, DIAGONAL -> addPeephole(Initializer.randomUniform(-0.05f, 0.05f));
        };
  }

  @Override
  void adjustBias(float[] bias) {
    if (unitForgetBias) {
      Arrays.fill(bias, units(), 2 * units(), 1f);
    }
  }

  private Weight addPeephole(Initializer initializer) {
    return addWeight("peephole", spec().cellWeights().get(0), initializer);
  }

  @Override
  List<Weight> cellWeights() {
    return peepholeWeight == null ? List.of() : List.of(peepholeWeight);
  }

  /** The peephole weights: see {@link Peephole} for their shape. */
  public Weight peepholeWeight() {
    if (peephole == Peephole.NONE) {
      throw new IllegalStateException(label() + ": there is no peephole; set peephole(…)");
    }
    return built(peepholeWeight);
  }

  @Override
  Equations equations(CellOps o, Lowering to, List<Value> masks, Value b) {
    int u = units();
    Value r = to.variable(recurrentKernel());
    Value p = peephole == Peephole.NONE ? null : to.variable(peepholeWeight);
    boolean all = peephole == Peephole.DIAGONAL;
    return (input, before) -> {
      Value c = before.get(1);
      Value z = o.sum(input, o.gates(before.get(0), masks, r));
      z = b == null ? z : o.sum(z, b);
      Value i = o.part(z, 0, u);
      Value f = o.part(z, u, u);
      if (all) {
        i = o.sum(i, o.product(o.part(p, 0, u), c));
        f = o.sum(f, o.product(o.part(p, u, u), c));
      }
      Value g = o.gate(activation(), o.part(z, 2 * u, u));
      i = o.gate(recurrentActivation, i);
      c =
          inputForget
              ? o.mix(i, g, c)
              : o.sum(o.product(o.gate(recurrentActivation, f), c), o.product(i, g));
      Value out = o.part(z, 3 * u, u);
      if (peephole == Peephole.FULL_OUTPUT) {
        out = o.sum(out, o.matMul(c, p));
      } else if (p != null) {
        out = o.sum(out, o.product(all ? o.part(p, 2 * u, u) : p, c));
      }
      Value h = o.product(o.gate(recurrentActivation, out), o.activate(outputActivation(), c));
      return List.of(h, c);
    };
  }
}
