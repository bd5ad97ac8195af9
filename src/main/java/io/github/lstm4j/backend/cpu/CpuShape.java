package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.EmbeddingOp;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.MaskOp;
import io.github.lstm4j.graph.ShapeOp;

/** Ops that move elements: copies, masks, shapes, embeddings. */
final class CpuShape {
  private CpuShape() {}

  static Step copy(ElementwiseOp.Copy op, CpuCompiler compiler) {
    Span from = compiler.span(op.from());
    Span to = compiler.span(op.to());
    return () -> to.copy(from);
  }

  static Step maskOf(MaskOp.MaskOf op, CpuCompiler compiler) {
    Span x = compiler.span(op.x());
    Span mask = compiler.span(op.mask());
    int width = op.x().shape().last();
    float value = op.maskValue();
    return compiler
        .parallel()
        .over(
            mask.size(),
            width,
            (from, to) -> {
              for (int r = from; r < to; r++) {
                float any = 0;
                for (int e = r * width; e < (r + 1) * width; e++) {
                  if (x.get(e) != value) {
                    any = 1;
                  }
                }
                mask.set(r, any);
              }
            });
  }

  static Step maskRows(MaskOp.MaskRows op, CpuCompiler compiler) {
    Span x = compiler.span(op.x());
    Span mask = compiler.span(op.mask());
    Span y = compiler.span(op.y());
    int width = op.x().shape().last();
    return compiler
        .parallel()
        .over(
            mask.size(),
            width,
            (from, to) -> {
              for (int r = from; r < to; r++) {
                if (mask.get(r) != 0) {
                  y.part(r * width, width).copy(x.part(r * width, width));
                } else {
                  y.part(r * width, width).fill(0);
                }
              }
            });
  }

  static Step concat(ShapeOp.Concat op, CpuCompiler compiler) {
    Span a = compiler.span(op.a());
    Span b = compiler.span(op.b());
    Span y = compiler.span(op.y());
    int k = op.a().shape().last();
    int m = op.b().shape().last();
    int rows = Graph.rows(op.y());
    return () -> {
      copyColumns(rows, k, a, 0, k, y, 0, k + m);
      copyColumns(rows, m, b, 0, m, y, k, k + m);
    };
  }

  static Step slice(ShapeOp.Slice op, CpuCompiler compiler) {
    Span x = compiler.span(op.x());
    Span y = compiler.span(op.y());
    int m = op.y().shape().last();
    int k = op.x().shape().last();
    int rows = Graph.rows(op.y());
    return () -> copyColumns(rows, m, x, op.from(), k, y, 0, m);
  }

  /** Copies a block of {@code rows}x{@code columns}; x and y have rows of ldx and ldy floats. */
  private static void copyColumns(
      int rows, int columns, Span x, int xFrom, int ldx, Span y, int yFrom, int ldy) {
    for (int r = 0; r < rows; r++) {
      System.arraycopy(
          x.values(), x.at() + r * ldx + xFrom, y.values(), y.at() + r * ldy + yFrom, columns);
    }
  }

  static Step reverse(ShapeOp.Reverse op, CpuCompiler compiler) {
    Span x = compiler.span(op.x());
    Span y = compiler.span(op.y());
    int timesteps = op.x().dim(0);
    int width = timesteps == 0 ? 0 : x.size() / timesteps;
    return () -> {
      for (int t = 0; t < timesteps; t++) {
        y.part(t * width, width).copy(x.part((timesteps - 1 - t) * width, width));
      }
    };
  }

  static Step swapAxes(ShapeOp.SwapAxes op, CpuCompiler compiler) {
    Span x = compiler.span(op.x());
    Span y = compiler.span(op.y());
    return () ->
        CpuExecutable.swapAxes(
            x.values(), x.at(), op.rows(), op.columns(), op.width(), y.values(), y.at());
  }

  static Step repeat(ShapeOp.Repeat op, CpuCompiler compiler) {
    Span x = compiler.span(op.x());
    Span y = compiler.span(op.y());
    int timesteps = op.y().dim(0);
    return () -> {
      for (int t = 0; t < timesteps; t++) {
        y.part(t * x.size(), x.size()).copy(x);
      }
    };
  }

  static Step repeatGrad(ShapeOp.RepeatGrad op, CpuCompiler compiler) {
    Span dy = compiler.span(op.dy());
    Span dx = compiler.span(op.dx());
    int timesteps = op.dy().dim(0);
    return compiler
        .parallel()
        .over(
            dx.size(),
            timesteps,
            (from, to) -> {
              for (int e = from; e < to; e++) {
                float sum = 0;
                for (int t = 0; t < timesteps; t++) {
                  sum += dy.get(t * dx.size() + e);
                }
                dx.set(e, sum);
              }
            });
  }

  static Step embed(EmbeddingOp.Embed op, CpuCompiler compiler) {
    Span ids = compiler.span(op.ids());
    Span table = compiler.span(op.table());
    Span y = compiler.span(op.y());
    int width = op.table().dim(1);
    return compiler
        .parallel()
        .over(
            ids.size(),
            width,
            (from, to) -> {
              for (int r = from; r < to; r++) {
                y.part(r * width, width).copy(table.part(((int) ids.get(r)) * width, width));
              }
            });
  }

  static Step embedGrad(EmbeddingOp.EmbedGrad op, CpuCompiler compiler) {
    Span ids = compiler.span(op.ids());
    Span dy = compiler.span(op.dy());
    Span dTable = compiler.span(op.dTable());
    int width = op.dTable().dim(1);
    return () -> {
      dTable.fill(0);
      for (int r = 0; r < ids.size(); r++) {
        int to = ((int) ids.get(r)) * width;
        for (int e = 0; e < width; e++) {
          dTable.set(to + e, dTable.get(to + e) + dy.get(r * width + e));
        }
      }
    };
  }
}
