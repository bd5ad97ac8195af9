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
    return binding
        .parallel()
        .over(from.size(), 1, (begin, end) -> to.copy(begin, from, begin, end - begin));
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
                  y.copy(r * width, x, r * width, width);
                } else {
                  y.fill(r * width, width, 0);
                }
              }
            });
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
                y.copy(r * width, table, ((int) ids.get(r)) * width, width);
              }
            });
  }

  static Task embedGrad(EmbeddingOp.EmbedGrad op, CpuBinding binding) {
    Span ids = binding.span(op.ids());
    Span dy = binding.span(op.dy());
    Span dTable = binding.span(op.dTable());
    int rows = op.dTable().dim(0);
    int width = op.dTable().dim(1);
    // each thread has some columns of all rows: an id may come often, and its sum has one order
    return binding
        .parallel()
        .over(
            width,
            ids.size() + rows,
            (from, to) -> {
              for (int r = 0; r < rows; r++) {
                dTable.fill(r * width + from, to - from, 0);
              }
              for (int r = 0; r < ids.size(); r++) {
                int row = dTable.at() + ((int) ids.get(r)) * width + from;
                int of = dy.at() + r * width + from;
                CpuMoves.add(dy.values(), of, dTable.values(), row, to - from);
              }
            });
  }
}
