package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.graph.EmbeddingOp;

/** Rows of a table by their numbers, and back. */
final class EmbeddingLaunches {
  private EmbeddingLaunches() {}

  static void launch(PlanBuilder plan, EmbeddingOp op) {
    if (op instanceof EmbeddingOp.Embed o) {
      plan.each(
          "embedding",
          "embed",
          o.y().size(),
          Place.of(o.ids()),
          Place.of(o.table()),
          Place.of(o.y()),
          o.ids().size(),
          o.table().dim(1));
    } else if (op instanceof EmbeddingOp.EmbedGrad o) {
      int vocabulary = o.dTable().dim(0);
      int width = o.dTable().dim(1);
      plan.kernel(
          "embedding",
          "embed_grad",
          Dim3.of(PlanBuilder.blocks(vocabulary, 8) * PlanBuilder.blocks(width, 32)),
          Dim3.of(32, 8),
          Place.of(o.ids()),
          Place.of(o.dy()),
          Place.of(o.dTable()),
          o.ids().size(),
          vocabulary,
          width);
    } else {
      throw PlanBuilder.noLaunches(op);
    }
  }
}
