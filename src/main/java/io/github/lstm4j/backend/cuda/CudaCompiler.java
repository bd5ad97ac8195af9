package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.EmbeddingOp;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.MaskOp;
import io.github.lstm4j.graph.MatrixOp;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.ShapeOp;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.optimizers.UpdateRule;
import java.util.List;

/**
 * Compiles a program to a launch plan: each op to matrix products and kernels. Needs no device.
 *
 * <p>Two LSTMs that do not depend on one another (the directions of a bidirectional layer) run side
 * by side in two streams; see {@link Program#sideBySide()}.
 */
final class CudaCompiler {
  private final PlanBuilder plan;
  private final Program program;

  private CudaCompiler(Program program, boolean builtInGemm) {
    this.program = program;
    this.plan = new PlanBuilder(builtInGemm);
  }

  /**
   * @param builtInGemm whether products run in our own kernel rather than in cuBLAS
   */
  static LaunchPlan compile(Program program, boolean builtInGemm) {
    return new CudaCompiler(program, builtInGemm).compile();
  }

  private LaunchPlan compile() {
    List<Op> ops = program.ops();
    for (int i = 0; i < ops.size(); i++) {
      int partner = program.sideBySide().getOrDefault(i, i);
      if (partner > i) {
        plan.waitFor(1, 0);
        op(ops.get(i));
        plan.use(1);
        for (int k = i + 1; k <= partner; k++) {
          op(ops.get(k));
        }
        plan.use(0);
        plan.waitFor(0, 1);
        i = partner;
      } else {
        op(ops.get(i));
      }
    }
    return new LaunchPlan(program, plan.work(), plan.streams(), plan.scratch());
  }

  private void op(Op op) {
    if (op instanceof MatrixOp.MatMul o) {
      matMul(o);
    } else if (op instanceof MatrixOp.MatMulGrad o) {
      matMulGrad(o);
    } else if (op instanceof RecurrentOp.Recurrent o) {
      recurrent(o);
    } else if (op instanceof RecurrentOp.RecurrentGrad o) {
      recurrentGrad(o);
    } else if (op instanceof ElementwiseOp.Activate o) {
      activate(o);
    } else if (op instanceof ElementwiseOp.ActivateGrad o) {
      activateGrad(o);
    } else if (op instanceof ObjectiveOp.LossValue o) {
      loss(o);
    } else if (op instanceof ObjectiveOp.LossGrad o) {
      lossGrad(o);
    } else if (op instanceof ObjectiveOp.MetricValue o) {
      metric(o);
    } else if (op instanceof ObjectiveOp.Accumulate o) {
      accumulate(o);
    } else if (op instanceof UpdateOp.ClipValue o) {
      int n = o.gradient().size();
      plan.each("optimizers", "clip_value", n, Place.of(o.gradient()), n, o.limit());
    } else if (op instanceof UpdateOp.ClipNorm o) {
      clipNorm(o);
    } else if (op instanceof UpdateOp.Update o) {
      update(o);
    } else {
      simple(op);
    }
  }

  /** Ops that are one kernel over their elements. */
  private void simple(Op op) {
    if (op instanceof ElementwiseOp.Binary o) {
      String entry =
          switch (o.combine()) {
            case SUM -> "sum";
            case MUL -> "multiply";
            case AVE -> "average";
          };
      int n = o.y().size();
      plan.each("elementwise", entry, n, Place.of(o.a()), Place.of(o.b()), Place.of(o.y()), n);
    } else if (op instanceof ElementwiseOp.Scale o) {
      int n = o.y().size();
      plan.each("elementwise", "scale", n, Place.of(o.x()), Place.of(o.y()), n, o.factor());
    } else if (op instanceof ElementwiseOp.Copy o) {
      plan.copy(Place.of(o.from()), Place.of(o.to()), o.to().size());
    } else if (op instanceof DropoutOp.Dropout o) {
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
    } else if (op instanceof MaskOp.MaskOf o) {
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
      move(op);
    }
  }

  /** Ops that only move elements, and the embedding. */
  private void move(Op op) {
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
    } else if (op instanceof EmbeddingOp.Embed o) {
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
          Dim3.of((vocabulary + 7) / 8, (width + 31) / 32),
          Dim3.of(32, 8),
          Place.of(o.ids()),
          Place.of(o.dy()),
          Place.of(o.dTable()),
          o.ids().size(),
          vocabulary,
          width);
    } else {
      throw new IllegalStateException("no launches for " + op.name());
    }
  }

  /** y = x·W: (N,K)x(K,M) -> (N,M), then the bias. */
  private void recurrent(RecurrentOp.Recurrent o) {
    if (o.cell() instanceof CellSpec.Lstm lstm) {
      LstmPlan.forward(plan, o, lstm);
    } else {
      throw noCell(o.cell());
    }
  }

  private void recurrentGrad(RecurrentOp.RecurrentGrad o) {
    CellSpec cell = o.forward().cell();
    if (cell instanceof CellSpec.Lstm lstm) {
      LstmPlan.backward(plan, o, lstm);
    } else {
      throw noCell(cell);
    }
  }

  private static RuntimeException noCell(CellSpec cell) {
    return new IllegalStateException("the CUDA backend has no " + cell.getClass().getSimpleName());
  }

  private void matMul(MatrixOp.MatMul o) {
    int n = Graph.rows(o.y());
    int k = o.weight().dim(0);
    int m = o.weight().dim(1);
    plan.product(n, m, k)
        .a(Place.of(o.x()), k, false)
        .b(Place.of(o.weight()), m, false)
        .into(Place.of(o.y()), m, 0);
    if (o.bias() != null) {
      plan.each("elementwise", "add_bias", o.y().size(), Place.of(o.y()), Place.of(o.bias()), n, m);
    }
  }

  private void matMulGrad(MatrixOp.MatMulGrad o) {
    int n = Graph.rows(o.dy());
    int k = o.weight().dim(0);
    int m = o.weight().dim(1);
    Place dy = Place.of(o.dy());
    if (o.dx() != null) { // (N,M)x(M,K) -> (N,K)
      plan.product(n, k, m)
          .a(dy, m, false)
          .b(Place.of(o.weight()), m, true)
          .into(Place.of(o.dx()), k, 0);
    }
    if (o.dWeight() != null) { // (K,N)x(N,M) -> (K,M)
      plan.product(k, m, n)
          .a(Place.of(o.x()), k, true)
          .b(dy, m, false)
          .into(Place.of(o.dWeight()), m, 0);
    }
    if (o.dBias() != null) {
      plan.columnSums(dy, n, m, Place.of(o.dBias()));
    }
  }

  private void activate(ElementwiseOp.Activate o) {
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

  private void activateGrad(ElementwiseOp.ActivateGrad o) {
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

  private void loss(ObjectiveOp.LossValue o) {
    int rows = o.rows().size();
    plan.rows(
        "loss",
        "loss_rows",
        rows,
        Place.of(o.prediction()),
        Place.of(o.target()),
        Place.of(o.sampleWeights()),
        samples(o),
        Place.of(o.mask()),
        Place.of(o.rows()),
        rows,
        o.prediction().shape().last(),
        o.loss().kind().ordinal(),
        o.loss().fromLogits() ? 1 : 0,
        o.loss().delta());
    plan.kernel(
        "reduce",
        "loss_of_rows",
        Dim3.of(1),
        Dim3.of(1024),
        Place.of(o.rows()),
        Place.of(o.sampleWeights()),
        samples(o),
        Place.of(o.mask()),
        rows,
        o.loss().reduction().ordinal(),
        o.batch(),
        Place.of(o.result()));
  }

  private static int samples(ObjectiveOp.LossValue o) {
    return o.sampleWeights() == null ? 0 : o.sampleWeights().size();
  }

  private void lossGrad(ObjectiveOp.LossGrad o) {
    ObjectiveOp.LossValue f = o.forward();
    int rows = f.rows().size();
    plan.rows(
        "loss",
        "loss_grad",
        rows,
        Place.of(f.prediction()),
        Place.of(f.target()),
        Place.of(f.sampleWeights()),
        samples(f),
        Place.of(f.mask()),
        Place.of(f.result()),
        Place.of(o.dPrediction()),
        rows,
        f.prediction().shape().last(),
        f.loss().kind().ordinal(),
        f.loss().fromLogits() ? 1 : 0,
        f.loss().delta());
  }

  private void metric(ObjectiveOp.MetricValue o) {
    int rows = o.rows().size();
    plan.rows(
        "metrics",
        "metric_rows",
        rows,
        Place.of(o.prediction()),
        Place.of(o.target()),
        Place.of(o.mask()),
        Place.of(o.rows()),
        rows,
        o.prediction().shape().last(),
        o.metric().ordinal());
    plan.kernel(
        "reduce",
        "sum_rows",
        Dim3.of(1),
        Dim3.of(1024),
        Place.of(o.rows()),
        Place.of(o.mask()),
        rows,
        Place.of(o.result()));
  }

  private void accumulate(ObjectiveOp.Accumulate o) {
    int n = o.addend().size();
    plan.each("metrics", "accumulate", n, Place.of(o.addend()), Place.of(o.state()), n);
  }

  private void clipNorm(UpdateOp.ClipNorm o) {
    int count = o.gradients().size();
    for (int i = 0; i < count; i++) {
      Value g = o.gradients().get(i);
      plan.sumOfSquares(Place.of(g), g.size(), Place.of(o.norms(), i));
    }
    plan.kernel(
        "optimizers", "clip_factor", Dim3.of(1), Dim3.of(1), Place.of(o.norms()), count, o.limit());
    for (Value g : o.gradients()) {
      plan.each(
          "optimizers", "scale_by", g.size(), Place.of(g), Place.of(o.norms(), count), g.size());
    }
  }

  private void update(UpdateOp.Update o) {
    int n = o.weight().size();
    Place w = Place.of(o.weight());
    Place g = Place.of(o.gradient());
    Place scalars = Place.of(o.scalars());
    List<Value> slots = o.slots();
    if (o.rule() instanceof UpdateRule.Sgd r) {
      Place velocity = slots.isEmpty() ? null : Place.of(slots.get(0));
      plan.each(
          "optimizers", "sgd", n, w, g, velocity, scalars, n, r.momentum(), r.nesterov() ? 1 : 0);
    } else if (o.rule() instanceof UpdateRule.RmsProp r) {
      Place velocity = r.momentum() != 0 ? Place.of(slots.get(1)) : null;
      Place average = r.centered() ? Place.of(slots.get(slots.size() - 1)) : null;
      plan.each(
          "optimizers",
          "rmsprop",
          n,
          w,
          g,
          Place.of(slots.get(0)),
          velocity,
          average,
          scalars,
          n,
          r.rho(),
          r.momentum(),
          r.epsilon());
    } else if (o.rule() instanceof UpdateRule.Adam r) {
      plan.each(
          "optimizers",
          "adam",
          n,
          w,
          g,
          Place.of(slots.get(0)),
          Place.of(slots.get(1)),
          scalars,
          n,
          r.beta1(),
          r.beta2(),
          r.epsilon(),
          r.weightDecay());
    } else {
      throw new IllegalStateException("no launches for " + o.rule());
    }
  }
}
