package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.ShapeOp;
import io.github.lstm4j.graph.Strided;
import io.github.lstm4j.graph.Value;

/** Ops that only move elements, and back. */
final class ShapeLaunches {
  private ShapeLaunches() {}

  static void launch(PlanBuilder plan, ShapeOp op) {
    if (op instanceof ShapeOp.View) {
      return; // other names for what is there
    } else if (op instanceof ShapeOp.Read o) {
      read(plan, o.x(), o.by(), o.y());
    } else if (op instanceof ShapeOp.Windows o) {
      read(plan, o.x(), o.by(), o.y());
    } else if (op instanceof ShapeOp.Write o) {
      if (!o.isFull()) {
        plan.zero(Place.of(o.y()), o.y().size());
      }
      for (int i = 0; i < o.parts().size(); i++) {
        write(plan, o.parts().get(i), o.by().get(i), o.y());
      }
    } else if (op instanceof ShapeOp.WindowsGrad o) {
      plan.each(
          "shape",
          "windows_grad",
          o.dx().size(),
          Place.of(o.dy()),
          Place.of(o.dx()),
          o.dx().size(),
          o.dx().dim(1),
          o.dx().dim(2),
          o.dy().dim(0),
          o.dy().dim(2),
          o.stride(),
          o.dilation());
    } else {
      throw PlanBuilder.noLaunches(op);
    }
  }

  private static void read(PlanBuilder plan, Value x, Strided by, Value y) {
    int n = y.size();
    plan.each("shape", "read", n, Place.of(x, by.offset()), by, Place.of(y), n);
  }

  private static void write(PlanBuilder plan, Value x, Strided by, Value y) {
    int n = x.size();
    Place to = Place.of(y, by.offset());
    if (by.isContiguous()) {
      plan.copy(Place.of(x), to, n);
    } else {
      plan.each("shape", "write", n, Place.of(x), to, by, n);
    }
  }
}
