package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.MaskOp;

/** Masks of timesteps. */
final class MaskLaunches {
  private MaskLaunches() {}

  static void launch(PlanBuilder plan, MaskOp op) {
    if (op instanceof MaskOp.MaskOf o) {
      int rows = o.mask().size();
      plan.each(
          "elementwise",
          "mask_of",
          rows,
          Place.of(o.x()),
          Place.of(o.mask()),
          rows,
          o.x().size() / rows,
          o.maskValue());
    } else if (op instanceof MaskOp.MaskRows o) {
      int rows = o.mask().size();
      plan.each(
          "elementwise",
          "mask_rows",
          o.y().size(),
          Place.of(o.x()),
          Place.of(o.mask()),
          Place.of(o.y()),
          rows,
          o.y().size() / rows);
    } else {
      throw PlanBuilder.noLaunches(op);
    }
  }
}
