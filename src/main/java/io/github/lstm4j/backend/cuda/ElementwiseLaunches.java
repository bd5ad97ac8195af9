package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Graph;

/** Ops on one element at a time, and the activations that take a row. */
final class ElementwiseLaunches {
  private ElementwiseLaunches() {}

  static void launch(PlanBuilder plan, ElementwiseOp op) {
    if (op instanceof ElementwiseOp.Activate o) {
      activate(plan, o);
    } else if (op instanceof ElementwiseOp.ActivateGrad o) {
      activateGrad(plan, o);
    } else if (op instanceof ElementwiseOp.Binary o) {
      int n = o.y().size();
      int combine = o.combine().ordinal();
      Place a = Place.of(o.a());
      Place b = Place.of(o.b());
      Place y = Place.of(o.y());
      if (o.ofA().isContiguous() && o.ofB().isContiguous()) {
        plan.each("arithmetic", "binary", n, a, b, y, n, combine);
      } else {
        plan.each("arithmetic", "binary_broadcast", n, a, o.ofA(), b, o.ofB(), y, n, combine);
      }
    } else if (op instanceof ElementwiseOp.Where o) {
      int n = o.y().size();
      plan.each(
          "arithmetic",
          "where",
          n,
          Place.of(o.condition()),
          o.of(o.condition()),
          Place.of(o.a()),
          o.of(o.a()),
          Place.of(o.b()),
          o.of(o.b()),
          Place.of(o.y()),
          n);
    } else if (op instanceof ElementwiseOp.Affine o) {
      int n = o.y().size();
      Place x = Place.of(o.x());
      plan.each("arithmetic", "affine", n, x, Place.of(o.y()), n, o.factor(), o.shift());
    } else if (op instanceof ElementwiseOp.Apply o) {
      int n = o.y().size();
      int function = o.function().ordinal();
      plan.each("arithmetic", "apply", n, Place.of(o.x()), Place.of(o.y()), n, function);
    } else if (op instanceof ElementwiseOp.ApplyGrad o) {
      int n = o.dx().size();
      int function = o.function().ordinal();
      Place kept = Place.of(o.kept());
      Place dx = Place.of(o.dx());
      plan.each("arithmetic", "apply_grad", n, kept, Place.of(o.dy()), dx, n, function);
    } else if (op instanceof ElementwiseOp.Copy o) {
      plan.copy(Place.of(o.from()), Place.of(o.to()), o.to().size());
    } else {
      throw PlanBuilder.noLaunches(op);
    }
  }

  private static void activate(PlanBuilder plan, ElementwiseOp.Activate o) {
    Place x = Place.of(o.x());
    Place y = Place.of(o.y());
    if (o.activation().isElementwise()) {
      int n = o.y().size();
      plan.each("elementwise", "activate_forward", n, x, y, n, o.activation());
    } else {
      int rows = Graph.rows(o.y());
      plan.rows("softmax", o.activation().kerasName(), rows, x, y, rows, o.y().shape().last());
    }
  }

  private static void activateGrad(PlanBuilder plan, ElementwiseOp.ActivateGrad o) {
    Activation a = o.activation();
    Place dy = Place.of(o.dy());
    Place dx = Place.of(o.dx());
    if (a.isElementwise()) {
      int n = o.dx().size();
      Place kept = Place.of(a.derivesFromOutput() ? o.y() : o.x());
      plan.each("elementwise", "activate_backward", n, kept, dy, dx, n, a);
    } else {
      int rows = Graph.rows(o.dx());
      plan.rows(
          "softmax",
          a.kerasName() + "_grad",
          rows,
          Place.of(o.y()),
          dy,
          dx,
          rows,
          o.dx().shape().last());
    }
  }
}
