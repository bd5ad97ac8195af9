package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ShapeOp;

/** Ops that only move elements, and back. */
final class ShapeLaunches {
  private ShapeLaunches() {}

  static void launch(PlanBuilder plan, ShapeOp op) {
    if (op instanceof ShapeOp.Concat o) {
      plan.each(
          "shape",
          "concat",
          o.y().size(),
          Place.of(o.a()),
          Place.of(o.b()),
          Place.of(o.y()),
          Graph.rows(o.y()),
          o.a().shape().last(),
          o.b().shape().last());
    } else if (op instanceof ShapeOp.Slice o) {
      plan.each(
          "shape",
          "slice",
          o.y().size(),
          Place.of(o.x()),
          Place.of(o.y()),
          Graph.rows(o.y()),
          o.x().shape().last(),
          o.from(),
          o.y().shape().last());
    } else if (op instanceof ShapeOp.Reverse o) {
      int steps = o.x().dim(0);
      plan.each(
          "shape",
          "reverse",
          o.y().size(),
          Place.of(o.x()),
          Place.of(o.y()),
          steps,
          o.x().size() / steps);
    } else if (op instanceof ShapeOp.SwapAxes o) {
      plan.each(
          "shape",
          "swap_axes",
          o.y().size(),
          Place.of(o.x()),
          Place.of(o.y()),
          o.rows(),
          o.columns(),
          o.width());
    } else if (op instanceof ShapeOp.Repeat o) {
      plan.each(
          "shape",
          "repeat",
          o.y().size(),
          Place.of(o.x()),
          Place.of(o.y()),
          o.y().dim(0),
          o.x().size());
    } else if (op instanceof ShapeOp.RepeatGrad o) {
      plan.columnSums(Place.of(o.dy()), o.dy().dim(0), o.dx().size(), Place.of(o.dx()));
    } else {
      throw PlanBuilder.noLaunches(op);
    }
  }
}
