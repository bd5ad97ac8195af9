package io.github.lstm4j.backend.cpu;

/**
 * The elementwise functions that an LSTM spends its time in, on slices of float arrays.
 *
 * <p>An element's result depends on the element only, not on where it stands in its slice. Infinite
 * inputs give the limits, NaN stays NaN. Errors are at most 2·10⁻⁷, relative for {@link #exp} and
 * {@link #tanh}, absolute for {@link #sigmoid}.
 */
public interface VectorMath {
  /** {@code y = eˣ}; {@code y} may be {@code x}. */
  void exp(float[] x, int xAt, float[] y, int yAt, int length);

  /** {@code y = tanh x}; {@code y} may be {@code x}. */
  void tanh(float[] x, int xAt, float[] y, int yAt, int length);

  /** {@code y = σ(x) = 1/(1 + e⁻ˣ)}; {@code y} may be {@code x}. */
  void sigmoid(float[] x, int xAt, float[] y, int yAt, int length);

  /**
   * One time step of one sequence through the standard LSTM cell of {@code units} units (Hochreiter
   * and Schmidhuber 1997 with the forget gate of Gers et al. 2000):
   *
   * <pre>
   * i = σ(zᵢ)   f = σ(z_f)   g = tanh(z_c)   o = σ(zₒ)
   * c = f·c₋ + i·g           h = o·tanh c
   * </pre>
   *
   * @param z 4·units pre-activations in the order i, f, c, o; replaced by i, f, g, o
   * @param cPrevious c₋, units values
   * @param c the new cell state, units values; may be {@code cPrevious}
   * @param h the new output, units values
   */
  void lstmForward(
      float[] z,
      int zAt,
      float[] cPrevious,
      int cPreviousAt,
      float[] c,
      int cAt,
      float[] h,
      int hAt,
      int units);

  /**
   * The gradients of {@link #lstmForward}:
   *
   * <pre>
   * δc = dc + dh·o·(1 − tanh² c)
   * dzᵢ = δc·g·i(1−i)   dz_f = δc·c₋·f(1−f)   dz_c = δc·i·(1−g²)   dzₒ = dh·tanh(c)·o(1−o)
   * dc ← δc·f
   * </pre>
   *
   * @param z the gates i, f, g, o that the forward step left; replaced by the gradients of the
   *     pre-activations
   * @param dh the whole gradient of h, units values
   * @param dc in: what the following time step passes on to c; out: what this one passes on to c₋
   */
  void lstmBackward(
      float[] z,
      int zAt,
      float[] cPrevious,
      int cPreviousAt,
      float[] c,
      int cAt,
      float[] dh,
      int dhAt,
      float[] dc,
      int dcAt,
      int units);
}
