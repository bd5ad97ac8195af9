package io.github.lstm4j.graph;

import java.util.List;

/** Dropout, the masks it multiplies by, and noise. */
public sealed interface DropoutOp extends Op {
  /**
   * Which random bits a dropout draws: element e of the tensor is kept if {@code (w >>> 8)·2⁻²⁴ ≥
   * rate}, where w is word {@code e mod 4} of Philox4x32-10 with the key {@code (seed low, seed
   * high)} and the counter {@code (e div 4, stream, step, 0)}; step is element {@link Scalars#STEP}
   * of the scalars, as raw bits. Kept elements are scaled by {@code 1/(1 − rate)}.
   */
  record Draw(float rate, long seed, int stream) {}

  /** {@code y = x} with elements dropped; its own gradient, with the same draw. */
  record Dropout(Draw draw, Value x, Value scalars, Value y) implements DropoutOp {
    @Override
    public List<Value> inputs() {
      return List.of(x, scalars);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** A mask to multiply by: 0 or {@code 1/(1 − rate)}. */
  record DropoutMask(Draw draw, Value scalars, Value mask) implements DropoutOp {
    @Override
    public List<Value> inputs() {
      return List.of(scalars);
    }

    @Override
    public List<Value> outputs() {
      return List.of(mask);
    }
  }

  /**
   * Normal numbers by Box and Muller's formula: of each two words w and v of the same block as a
   * {@link Draw}'s, {@code mean + deviation·√(−2 ln u)·cos(2πa)} and the same with the sine, where
   * {@code u = ((w >>> 8) + 1)·2⁻²⁴} and {@code a = (v >>> 8)·2⁻²⁴}.
   */
  record Noise(float mean, float deviation, long seed, int stream, Value scalars, Value y)
      implements DropoutOp {
    @Override
    public List<Value> inputs() {
      return List.of(scalars);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /**
   * The same mask for every timestep: {@code y[g,t,b,f] = x[t,b,f]·masks[g,b,f]}.
   *
   * @param x (T,B,F)
   * @param masks (G,B,F) with G 1 or 4
   * @param y (T,B,F) for G = 1, (4,T,B,F) for G = 4
   */
  record SequenceDropout(Value x, Value masks, Value y) implements DropoutOp {
    @Override
    public List<Value> inputs() {
      return List.of(x, masks);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** Gradient of {@link SequenceDropout}: {@code dx[t,b,f] = Σ_g dy[g,t,b,f]·masks[g,b,f]}. */
  record SequenceDropoutGrad(Value dy, Value masks, Value dx) implements DropoutOp {
    @Override
    public List<Value> inputs() {
      return List.of(dy, masks);
    }

    @Override
    public List<Value> outputs() {
      return List.of(dx);
    }
  }
}
