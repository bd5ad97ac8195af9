package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.Scalars;
import io.github.lstm4j.random.Philox;

/** Dropout, the masks it multiplies by, and noise. */
final class CpuDropout {
  private CpuDropout() {}

  /**
   * Which elements are kept: without a branch, which no processor could foresee.
   *
   * @param scale what a kept element is multiplied by
   * @param least the words of those that are kept have at least this in their upper 24 bits
   */
  private record Kept(int stream, int low, int high, float scale, int least) {
    static Kept of(DropoutOp.Draw draw) {
      return new Kept(
          draw.stream(),
          (int) draw.seed(),
          (int) (draw.seed() >>> 32),
          1 / (1 - draw.rate()),
          (int) Math.ceil(draw.rate() * 0x1p24)); // uniform(word) >= rate
    }

    /** Draws a block of four. */
    void words(int step, int block, int[] words) {
      Philox.block(block, stream, step, 0, low, high, words);
    }

    /** The element times the scale, or 0: a dropped NaN is dropped too. */
    float of(int word, float x) {
      int dropped = ((word >>> 8) - least) >> 31; // all bits, or none
      return Float.intBitsToFloat(Float.floatToRawIntBits(x * scale) & ~dropped);
    }
  }

  private static int step(Span scalars) {
    return Float.floatToRawIntBits(scalars.get(Scalars.STEP));
  }

  static Task dropout(DropoutOp.Dropout op, CpuBinding binding) {
    Span x = binding.span(op.x());
    Span scalars = binding.span(op.scalars());
    Span y = binding.span(op.y());
    Kept kept = Kept.of(op.draw());
    return binding
        .parallel()
        .over(
            (y.size() + 3) / 4,
            16,
            (from, to) -> {
              int[] words = new int[4];
              int step = step(scalars);
              for (int block = from; block < to; block++) {
                kept.words(step, block, words);
                for (int e = 4 * block; e < Math.min(4 * block + 4, y.size()); e++) {
                  y.set(e, kept.of(words[e & 3], x.get(e)));
                }
              }
            });
  }

  static Task mask(DropoutOp.DropoutMask op, CpuBinding binding) {
    Span scalars = binding.span(op.scalars());
    Span mask = binding.span(op.mask());
    Kept kept = Kept.of(op.draw());
    return binding
        .parallel()
        .over(
            (mask.size() + 3) / 4,
            16,
            (from, to) -> {
              int[] words = new int[4];
              int step = step(scalars);
              for (int block = from; block < to; block++) {
                kept.words(step, block, words);
                for (int e = 4 * block; e < Math.min(4 * block + 4, mask.size()); e++) {
                  mask.set(e, kept.of(words[e & 3], 1));
                }
              }
            });
  }

  static Task noise(DropoutOp.Noise op, CpuBinding binding) {
    Span scalars = binding.span(op.scalars());
    Span y = binding.span(op.y());
    int low = (int) op.seed();
    int high = (int) (op.seed() >>> 32);
    return binding
        .parallel()
        .over(
            (y.size() + 3) / 4,
            64,
            (from, to) -> {
              int[] words = new int[4];
              int step = step(scalars);
              for (int block = from; block < to; block++) {
                Philox.block(block, op.stream(), step, 0, low, high, words);
                for (int e = 4 * block; e < Math.min(4 * block + 4, y.size()); e++) {
                  y.set(e, op.mean() + op.deviation() * normal(words, e & 3));
                }
              }
            });
  }

  private static float normal(int[] words, int number) {
    double radius = Math.sqrt(-2 * Math.log(Philox.uniform(words[number & 2]) + 0x1p-24));
    double angle = 2 * Math.PI * Philox.uniform(words[number | 1]);
    return (float) (radius * ((number & 1) == 0 ? Math.cos(angle) : Math.sin(angle)));
  }

  static Task sequence(DropoutOp.SequenceDropout op, CpuBinding binding) {
    Span x = binding.span(op.x());
    Span masks = binding.span(op.masks());
    Span y = binding.span(op.y());
    int gates = op.masks().dim(0);
    int timesteps = op.x().dim(0);
    int width = op.x().dim(1) * op.x().dim(2);
    return binding
        .parallel()
        .over(
            gates * timesteps,
            width,
            (from, to) -> {
              for (int gt = from; gt < to; gt++) {
                int xAt = gt % timesteps * width;
                int maskAt = gt / timesteps * width;
                for (int e = 0; e < width; e++) {
                  y.set(gt * width + e, x.get(xAt + e) * masks.get(maskAt + e));
                }
              }
            });
  }

  static Task sequenceGrad(DropoutOp.SequenceDropoutGrad op, CpuBinding binding) {
    Span dy = binding.span(op.dy());
    Span masks = binding.span(op.masks());
    Span dx = binding.span(op.dx());
    int gates = op.masks().dim(0);
    int timesteps = op.dx().dim(0);
    int width = op.dx().dim(1) * op.dx().dim(2);
    return binding
        .parallel()
        .over(
            timesteps,
            gates * width,
            (from, to) -> {
              for (int t = from; t < to; t++) {
                for (int e = 0; e < width; e++) {
                  float sum = 0;
                  for (int g = 0; g < gates; g++) {
                    sum += dy.get((g * timesteps + t) * width + e) * masks.get(g * width + e);
                  }
                  dx.set(t * width + e, sum);
                }
              }
            });
  }
}
