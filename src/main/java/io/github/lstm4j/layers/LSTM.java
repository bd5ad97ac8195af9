package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;

/**
 * Long short-term memory. The equations and their source stand at {@link CellSpec.Lstm}.
 *
 * <p>Input (batch, timesteps, features), for any features ≥ 1: a timestep is a <i>vector</i> of
 * that many values, and {@code x_t·kernel} makes of it {@code units} values for each of the four
 * gates. Output (batch, units), or (batch, timesteps, units) with {@link #returnSequences}. States:
 * h and c.
 *
 * <p>Weights, gates in the order i, f, c, o along the last axis: {@code kernel} (features,
 * 4·units), {@code recurrent_kernel} (units, 4·units), {@code bias} (4·units), and, if asked for,
 * {@code peephole}. Their number is {@code 4·features·units + 4·units² + 4·units}: 12 for one unit
 * and one feature, 16 for one unit and two features.
 *
 * <pre>{@code
 * Sequential model = new Sequential();
 * model.add(new LSTM(1).inputShape(1, 2));
 * System.out.println(model.countParams()); // 16
 *
 * Sequential deep = new Sequential();
 * deep.add(new LSTM(8).returnSequences(true).inputShape(24, 3)); // all hidden states
 * deep.add(new LSTM(4).dropout(0.2f)); // the last one
 * System.out.println(deep.predict(Tensor.zeros(2, 24, 3)).shape()); // (2, 4)
 * }</pre>
 */
public final class LSTM extends CellLayer<LSTM, LSTMCell> {
  LSTM() {
    super(new LSTMCell());
  }

  /**
   * @param units the number of units, which is the length of the output and of the states, at least
   *     1
   */
  public LSTM(int units) {
    super(new LSTMCell().of(units, "LSTM"));
  }

  /** Activation of the gates i, f and o; default sigmoid. */
  public LSTM recurrentActivation(Activation a) {
    cell().recurrentActivation(a);
    return this;
  }

  /** As {@link #recurrentActivation(Activation)}, by Keras's name. */
  public LSTM recurrentActivation(String a) {
    cell().recurrentActivation(a);
    return this;
  }

  /** Whether the forget gate's bias begins at 1 whatever the initializer says; default true. */
  public LSTM unitForgetBias(boolean unit) {
    cell().unitForgetBias(unit);
    return this;
  }

  /**
   * What the gates see of the cell state; default {@link Peephole#NONE}, the tutorial's eq. 7. With
   * {@link Peephole#FULL_OUTPUT} it is eq. 5. Files of Keras cannot hold a layer with peepholes.
   */
  public LSTM peephole(Peephole variant) {
    cell().peephole(variant);
    return this;
  }

  /** As {@link #peephole(Peephole)}, by name: none, full_output, diagonal_output, diagonal. */
  public LSTM peephole(String variant) {
    return peephole(choice("peephole", variant, Peephole.class));
  }

  /**
   * Activation of the cell state where it becomes the output: see {@link
   * LSTMCell#outputActivation(Activation)}.
   */
  public LSTM outputActivation(Activation a) {
    cell().outputActivation(a);
    return this;
  }

  /** Whether f = 1 − i: see {@link LSTMCell#inputForget(boolean)}. */
  public LSTM inputForget(boolean coupled) {
    cell().inputForget(coupled);
    return this;
  }

  /** The peephole weights: see {@link Peephole} for their shape. */
  public Weight peepholeWeight() {
    return cell().peepholeWeight();
  }

  // ---------------------------------------------------------------- weights by gate

  private WeightView part(Weight w, String gate, int number) {
    return new WeightView(w.name() + "_" + gate, w, number * units(), units());
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
}
