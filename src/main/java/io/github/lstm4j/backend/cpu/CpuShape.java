package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.EmbeddingOp;
import io.github.lstm4j.graph.MaskOp;

/** Ops that move elements: copies, masks, shapes, embeddings. */
final class CpuShape {
  private CpuShape() {}

  static Task copy(ElementwiseOp.Copy op, CpuBinding binding) {
    Span from = binding.span(op.from());
    Span to = binding.span(op.to());
    return () -> to.copy(from);
  }

  static Task maskOf(MaskOp.MaskOf op, CpuBinding binding) {
    Span x = binding.span(op.x());
    Span mask = binding.span(op.mask());
    int width = op.x().shape().last();
    float value = op.maskValue();
    return binding
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

  static Task maskRows(MaskOp.MaskRows op, CpuBinding binding) {
    Span x = binding.span(op.x());
    Span mask = binding.span(op.mask());
    Span y = binding.span(op.y());
    int width = op.x().shape().last();
    return binding
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

  /** {@code y[j,i,:] = x[i,j,:]} for x (rows,columns,width). */
  static void swapAxes(float[] x, int xAt, int rows, int columns, int width, float[] y, int yAt) {
    for (int j = 0; j < columns; j++) {
      for (int i = 0; i < rows; i++) {
        int from = xAt + (i * columns + j) * width;
        int to = yAt + (j * rows + i) * width;
        if (width == 1) {
          y[to] = x[from];
        } else {
          System.arraycopy(x, from, y, to, width);
        }
      }
    }
  }

  static Task embed(EmbeddingOp.Embed op, CpuBinding binding) {
    Span ids = binding.span(op.ids());
    Span table = binding.span(op.table());
    Span y = binding.span(op.y());
    int width = op.table().dim(1);
    return binding
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

  static Task embedGrad(EmbeddingOp.EmbedGrad op, CpuBinding binding) {
    Span ids = binding.span(op.ids());
    Span dy = binding.span(op.dy());
    Span dTable = binding.span(op.dTable());
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
