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

  /** {@link #tanh} of a matrix with {@code length} columns; rows lie ldx and ldy apart. */
  default void tanh(
      int rows, float[] x, int xAt, int ldx, float[] y, int yAt, int ldy, int length) {
    for (int r = 0; r < rows; r++) {
      tanh(x, xAt + r * ldx, y, yAt + r * ldy, length);
    }
  }

  /** {@link #sigmoid} of a matrix with {@code length} columns; rows lie ldx and ldy apart. */
  default void sigmoid(
      int rows, float[] x, int xAt, int ldx, float[] y, int yAt, int ldy, int length) {
    for (int r = 0; r < rows; r++) {
      sigmoid(x, xAt + r * ldx, y, yAt + r * ldy, length);
    }
  }

  /** {@code y = a∘b}; {@code y} may be either. */
  void multiply(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int length);

  /** {@code y = a∘b + c∘d}; {@code y} may be any of them. */
  void sumOfProducts(
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      float[] c,
      int cAt,
      float[] d,
      int dAt,
      float[] y,
      int yAt,
      int length);

  /**
   * One timestep of one sequence back through the LSTM cell with tanh and sigmoid:
   *
   * <pre>
   * δc = dc + dh·o·(1 − tanh² c)
   * dzᵢ = δc·g·i(1−i)   dz_f = δc·c₋·f(1−f)   dz_c = δc·i·(1−g²)   dzₒ = dh·tanh(c)·o(1−o)
   * dc ← δc·f
   * </pre>
   *
   * @param z 4·units gates i, f, g, o that the forward step left; replaced by the gradients of the
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
