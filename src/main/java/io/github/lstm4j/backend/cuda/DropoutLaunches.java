package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.DropoutOp;

/** Dropout, from a stream of random numbers that is counted and not stored. */
final class DropoutLaunches {
  private DropoutLaunches() {}

  static void launch(PlanBuilder plan, DropoutOp op) {
    if (op instanceof DropoutOp.Dropout o) {
      int n = o.y().size();
      plan.each(
          "dropout",
          "dropout",
          (n + 3L) / 4,
          Place.of(o.x()),
          Place.of(o.y()),
          n,
          Place.of(o.scalars()),
          (int) o.draw().seed(),
          (int) (o.draw().seed() >>> 32),
          o.draw().stream(),
          o.draw().rate());
    } else if (op instanceof DropoutOp.DropoutMask o) {
      int n = o.mask().size();
      plan.each(
          "dropout",
          "dropout_mask",
          (n + 3L) / 4,
          Place.of(o.mask()),
          n,
          Place.of(o.scalars()),
          (int) o.draw().seed(),
          (int) (o.draw().seed() >>> 32),
          o.draw().stream(),
          o.draw().rate());
    } else if (op instanceof DropoutOp.Noise o) {
      int n = o.y().size();
      plan.each(
          "dropout",
          "noise",
          (n + 3L) / 4,
          Place.of(o.y()),
          n,
          Place.of(o.scalars()),
          (int) o.seed(),
          (int) (o.seed() >>> 32),
          o.stream(),
          o.mean(),
          o.deviation());
    } else if (op instanceof DropoutOp.SequenceDropout o) {
      int gates = o.masks().dim(0);
      int width = o.masks().size() / gates;
      int steps = o.x().size() / width;
      plan.each(
          "dropout",
          "sequence_dropout",
          o.y().size(),
          Place.of(o.x()),
          Place.of(o.masks()),
          Place.of(o.y()),
          gates,
          steps,
          width,
          o.x().size());
    } else if (op instanceof DropoutOp.SequenceDropoutGrad o) {
      int gates = o.masks().dim(0);
      int width = o.masks().size() / gates;
      int n = o.dx().size();
      plan.each(
          "dropout",
          "sequence_dropout_grad",
          n,
          Place.of(o.dy()),
          Place.of(o.masks()),
          Place.of(o.dx()),
          gates,
          n / width,
          width,
          0);
    } else {
      throw PlanBuilder.noLaunches(op);
    }
  }
}
