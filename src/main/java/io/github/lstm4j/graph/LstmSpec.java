package io.github.lstm4j.graph;

import io.github.lstm4j.activations.Activation;

/**
 * What an LSTM computes, but for its tensors. One place holds the equations; the CPU op {@code
 * backend.cpu.CpuLstm} and the kernels {@code kernels/lstm_forward.cu} and {@code
 * kernels/lstm_backward.cu} are written in the same order and with the same names.
 *
 * <p>For each processed timestep t, with {@code h₋ = h_{t−1}}, {@code c₋ = c_{t−1}}, gates in the
 * order i, f, c, o along the last axis of K (F,4U), R (U,4U) and b (4U):
 *
 * <pre>
 *   z_i, z_f, z_g, z_o = split(x_t·K + h₋·R + b)
 *   i = σ(z_i [+ p_i∘c₋])        input gate
 *   f = σ(z_f [+ p_f∘c₋])        forget gate
 *   g = φ(z_g)                   candidate
 *   c = f∘c₋ + i∘g               cell state
 *   o = σ(z_o [+ c·V or p_o∘c])  output gate
 *   h = o∘φ(c)                   output
 * </pre>
 *
 * <p>σ is the recurrent activation, φ the activation. Source: the deeplearning.net LSTM tutorial,
 * eq. 1–6; without the bracketed terms {@code o} is its eq. 7, which is also Keras's LSTM
 * (keras/src/layers/rnn/lstm.py); with {@code c·V} it is eq. 5. Diagonal peepholes p are those of
 * Gers and Schmidhuber (2000) and of ONNX: p_i and p_f see the old cell state, p_o the new one.
 *
 * <p>A masked step (mask 0) carries h and c over and repeats the previous output, zero if there is
 * none yet; with {@code zeroOutputForMask} its output is zero.
 *
 * @param units U
 * @param activation φ
 * @param recurrentActivation σ
 * @param peephole the bracketed terms
 * @param goBackwards time runs from the last step to the first. Values stay in the order of time
 *     all the same
 * @param zeroOutputForMask see above
 */
public record LstmSpec(
    int units,
    Activation activation,
    Activation recurrentActivation,
    Peephole peephole,
    boolean goBackwards,
    boolean zeroOutputForMask) {

  /** What the gates see of the cell state. */
  public enum Peephole {
    /** Nothing: eq. 7, the default. */
    NONE,
    /** The output gate sees all of the new state through a full matrix V (U,U): eq. 5. */
    FULL_OUTPUT,
    /** The output gate of a unit sees that unit's new state through p_o (U). */
    DIAGONAL_OUTPUT,
    /** Gates i and f see the unit's old state, o the new one, through p = [p_i, p_f, p_o] (3U). */
    DIAGONAL
  }

  /** The number of peephole weights. */
  public int peepholeSize() {
    return switch (peephole) {
      case NONE -> 0;
      case FULL_OUTPUT -> units * units;
      case DIAGONAL_OUTPUT -> units;
      case DIAGONAL -> 3 * units;
    };
  }

  /**
   * The number of weights for {@code features} inputs: {@code 4FU + 4U² + 4U}, without bias {@code
   * −4U}, plus the peepholes.
   */
  public int parameters(int features, boolean useBias) {
    return 4 * features * units + 4 * units * units + (useBias ? 4 * units : 0) + peepholeSize();
  }
}
