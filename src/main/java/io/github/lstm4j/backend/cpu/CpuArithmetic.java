package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;

/** Arithmetic on elements, operands broadcast: each function is one loop over arrays. */
final class CpuArithmetic {
  /** What operands are copied into that do not lie as the result does. */
  private static final ThreadLocal<float[][]> BLOCKS =
      ThreadLocal.withInitial(() -> new float[3][Operand.BLOCK]);

  private CpuArithmetic() {}

  /** A function of two numbers, for n elements. */
  private interface Loop {
    void run(float[] a, int i, float[] b, int j, float[] y, int k, int n);
  }

  static Task binary(ElementwiseOp.Binary op, CpuBinding binding) {
    Operand a = new Operand(binding.span(op.a()), op.ofA());
    Operand b = new Operand(binding.span(op.b()), op.ofB());
    Span y = binding.span(op.y());
    Loop loop = loop(op.combine());
    int cost = op.combine() == Combine.POW ? 32 : 1;
    return binding
        .parallel()
        .over(
            y.size(),
            cost,
            (from, to) -> {
              float[][] blocks = BLOCKS.get();
              for (int at = from; at < to; at += Operand.BLOCK) {
                int n = Math.min(Operand.BLOCK, to - at);
                int i = a.load(at, n, blocks[0]);
                int j = b.load(at, n, blocks[1]);
                float[] u = a.array(blocks[0]);
                float[] v = b.array(blocks[1]);
                loop.run(u, i, v, j, y.values(), y.at() + at, n);
              }
            });
  }

  private static Loop loop(Combine combine) {
    return switch (combine) {
      case SUM ->
          (a, i, b, j, y, k, n) -> {
            for (int e = 0; e < n; e++) {
              y[k + e] = a[i + e] + b[j + e];
            }
          };
      case SUB ->
          (a, i, b, j, y, k, n) -> {
            for (int e = 0; e < n; e++) {
              y[k + e] = a[i + e] - b[j + e];
            }
          };
      case MUL ->
          (a, i, b, j, y, k, n) -> {
            for (int e = 0; e < n; e++) {
              y[k + e] = a[i + e] * b[j + e];
            }
          };
      case DIV ->
          (a, i, b, j, y, k, n) -> {
            for (int e = 0; e < n; e++) {
              y[k + e] = a[i + e] / b[j + e];
            }
          };
      case MAX ->
          (a, i, b, j, y, k, n) -> {
            for (int e = 0; e < n; e++) {
              y[k + e] = Math.max(a[i + e], b[j + e]);
            }
          };
      case MIN ->
          (a, i, b, j, y, k, n) -> {
            for (int e = 0; e < n; e++) {
              y[k + e] = Math.min(a[i + e], b[j + e]);
            }
          };
      case AVE ->
          (a, i, b, j, y, k, n) -> {
            for (int e = 0; e < n; e++) {
              y[k + e] = (a[i + e] + b[j + e]) / 2;
            }
          };
      case POW ->
          (a, i, b, j, y, k, n) -> {
            for (int e = 0; e < n; e++) {
              y[k + e] = (float) Math.pow(a[i + e], b[j + e]);
            }
          };
      case EQUAL ->
          (a, i, b, j, y, k, n) -> {
            for (int e = 0; e < n; e++) {
              int holds = a[i + e] == b[j + e] ? 1 : 0;
              y[k + e] = holds;
            }
          };
      case GREATER ->
          (a, i, b, j, y, k, n) -> {
            for (int e = 0; e < n; e++) {
              int holds = a[i + e] > b[j + e] ? 1 : 0;
              y[k + e] = holds;
            }
          };
      case GREATER_EQUAL ->
          (a, i, b, j, y, k, n) -> {
            for (int e = 0; e < n; e++) {
              int holds = a[i + e] >= b[j + e] ? 1 : 0;
              y[k + e] = holds;
            }
          };
    };
  }

  static Task where(ElementwiseOp.Where op, CpuBinding binding) {
    Operand condition = new Operand(binding.span(op.condition()), op.of(op.condition()));
    Operand a = new Operand(binding.span(op.a()), op.of(op.a()));
    Operand b = new Operand(binding.span(op.b()), op.of(op.b()));
    Span y = binding.span(op.y());
    return binding
        .parallel()
        .over(
            y.size(),
            2,
            (from, to) -> {
              float[][] blocks = BLOCKS.get();
              for (int at = from; at < to; at += Operand.BLOCK) {
                int n = Math.min(Operand.BLOCK, to - at);
                int c = condition.load(at, n, blocks[0]);
                int i = a.load(at, n, blocks[1]);
                int j = b.load(at, n, blocks[2]);
                float[] w = condition.array(blocks[0]);
                float[] u = a.array(blocks[1]);
                float[] v = b.array(blocks[2]);
                int k = y.at() + at;
                choose(w, c, u, i, v, j, y.values(), k, n);
              }
            });
  }

  /** Without a branch, which conditions at random would mispredict. */
  private static void choose(
      float[] w, int c, float[] u, int i, float[] v, int j, float[] y, int k, int n) {
    for (int e = 0; e < n; e++) {
      int bits = Float.floatToRawIntBits(w[c + e]) << 1; // 0 of both signs is 0
      int mask = (bits | -bits) >> 31;
      int first = Float.floatToRawIntBits(u[i + e]) & mask;
      int second = Float.floatToRawIntBits(v[j + e]) & ~mask;
      y[k + e] = Float.intBitsToFloat(first | second);
    }
  }

  static Task affine(ElementwiseOp.Affine op, CpuBinding binding) {
    Span x = binding.span(op.x());
    Span y = binding.span(op.y());
    float factor = op.factor();
    float shift = op.shift();
    return binding
        .parallel()
        .over(
            y.size(),
            1,
            (from, to) -> affine(x.values(), x.at(), y.values(), y.at(), from, to, factor, shift));
  }

  private static void affine(
      float[] x, int i, float[] y, int k, int from, int to, float factor, float shift) {
    for (int e = from; e < to; e++) {
      y[k + e] = factor * x[i + e] + shift;
    }
  }

  static Task apply(ElementwiseOp.Apply op, CpuBinding binding) {
    Span x = binding.span(op.x());
    Span y = binding.span(op.y());
    VectorMath math = binding.math();
    return binding
        .parallel()
        .over(
            y.size(),
            4,
            (from, to) ->
                apply(
                    op.function(),
                    math,
                    x.values(),
                    x.at() + from,
                    y.values(),
                    y.at() + from,
                    to - from));
  }

  private static void apply(
      Unary function, VectorMath math, float[] x, int i, float[] y, int k, int n) {
    switch (function) {
      case NEGATE -> affine(x, i, y, k, 0, n, -1, 0);
      case ABS -> {
        for (int e = 0; e < n; e++) {
          y[k + e] = Math.abs(x[i + e]);
        }
      }
      case SIGN -> {
        for (int e = 0; e < n; e++) {
          y[k + e] = Math.signum(x[i + e]);
        }
      }
      case FLOOR -> {
        for (int e = 0; e < n; e++) {
          y[k + e] = (float) Math.floor(x[i + e]);
        }
      }
      case SQUARE -> {
        for (int e = 0; e < n; e++) {
          y[k + e] = x[i + e] * x[i + e];
        }
      }
      case SQRT -> {
        for (int e = 0; e < n; e++) {
          y[k + e] = (float) Math.sqrt(x[i + e]);
        }
      }
      case RSQRT -> {
        for (int e = 0; e < n; e++) {
          y[k + e] = (float) (1 / Math.sqrt(x[i + e]));
        }
      }
      case RECIPROCAL -> {
        for (int e = 0; e < n; e++) {
          y[k + e] = 1 / x[i + e];
        }
      }
      case EXP -> math.exp(x, i, y, k, n);
      case LOG -> {
        for (int e = 0; e < n; e++) {
          y[k + e] = (float) Math.log(x[i + e]);
        }
      }
      case LOG1P -> {
        for (int e = 0; e < n; e++) {
          y[k + e] = log1p(x[i + e]);
        }
      }
    }
  }

  /** Several times faster than Math's: what 1 + x loses of x is given back as a factor. */
  private static float log1p(double x) {
    double u = 1 + x;
    return (float) (u == 1 || u == Double.POSITIVE_INFINITY ? x : Math.log(u) * x / (u - 1));
  }

  static Task applyGrad(ElementwiseOp.ApplyGrad op, CpuBinding binding) {
    Span kept = binding.span(op.kept());
    Span dy = binding.span(op.dy());
    Span dx = binding.span(op.dx());
    return binding
        .parallel()
        .over(
            dx.size(),
            1,
            (from, to) ->
                applyGrad(
                    op.function(),
                    kept.values(),
                    kept.at() + from,
                    dy.values(),
                    dy.at() + from,
                    dx.values(),
                    dx.at() + from,
                    to - from));
  }

  private static void applyGrad(
      Unary function, float[] v, int i, float[] dy, int j, float[] dx, int k, int n) {
    switch (function) {
      case NEGATE -> affine(dy, j, dx, k, 0, n, -1, 0);
      case ABS -> {
        for (int e = 0; e < n; e++) {
          dx[k + e] = dy[j + e] * Math.signum(v[i + e]);
        }
      }
      case SQUARE -> {
        for (int e = 0; e < n; e++) {
          dx[k + e] = dy[j + e] * 2 * v[i + e];
        }
      }
      case SQRT -> {
        for (int e = 0; e < n; e++) {
          dx[k + e] = dy[j + e] / (2 * v[i + e]);
        }
      }
      case RSQRT -> {
        for (int e = 0; e < n; e++) {
          dx[k + e] = dy[j + e] * (-0.5f * v[i + e] * v[i + e] * v[i + e]);
        }
      }
      case RECIPROCAL -> {
        for (int e = 0; e < n; e++) {
          dx[k + e] = -dy[j + e] * (v[i + e] * v[i + e]);
        }
      }
      case EXP -> {
        for (int e = 0; e < n; e++) {
          dx[k + e] = dy[j + e] * v[i + e];
        }
      }
      case LOG -> {
        for (int e = 0; e < n; e++) {
          dx[k + e] = dy[j + e] / v[i + e];
        }
      }
      case LOG1P -> {
        for (int e = 0; e < n; e++) {
          dx[k + e] = dy[j + e] / (1 + v[i + e]);
        }
      }
      case SIGN, FLOOR -> throw new IllegalStateException(function + " has no gradient");
    }
  }
}
