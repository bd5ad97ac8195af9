package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.EmbeddingOp;
import io.github.lstm4j.graph.MaskOp;
import io.github.lstm4j.graph.MatrixOp;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.ReduceOp;
import io.github.lstm4j.graph.ShapeOp;
import io.github.lstm4j.graph.UpdateOp;

/** Makes a task of each op: the one place that knows all ops. */
final class CpuCompiler {
  private CpuCompiler() {}

  /** The op, bound to its memory. */
  static Task task(Op op, CpuBinding binding) {
    if (op instanceof MatrixOp.MatMul o) {
      return CpuMatMul.forward(o, binding);
    } else if (op instanceof MatrixOp.MatMulGrad o) {
      return CpuMatMul.backward(o, binding);
    } else if (op instanceof MatrixOp.BatchMatMul o) {
      return CpuMatMul.batch(o, binding);
    } else if (op instanceof RecurrentOp.Recurrent o) {
      return new CpuRecurrent(o, binding);
    } else if (op instanceof RecurrentOp.RecurrentGrad o) {
      return new CpuRecurrentGrad(o, binding);
    } else if (op instanceof ElementwiseOp.Activate o) {
      return CpuElementwise.activate(o, binding);
    } else if (op instanceof ElementwiseOp.ActivateGrad o) {
      return CpuElementwise.activateGrad(o, binding);
    } else if (op instanceof ElementwiseOp.Binary o) {
      return CpuArithmetic.binary(o, binding);
    } else if (op instanceof ElementwiseOp.Apply o) {
      return CpuArithmetic.apply(o, binding);
    } else if (op instanceof ElementwiseOp.ApplyGrad o) {
      return CpuArithmetic.applyGrad(o, binding);
    } else if (op instanceof ElementwiseOp.Where o) {
      return CpuArithmetic.where(o, binding);
    } else if (op instanceof ElementwiseOp.Affine o) {
      return CpuArithmetic.affine(o, binding);
    } else if (op instanceof ElementwiseOp.Copy o) {
      return CpuShape.copy(o, binding);
    } else if (op instanceof ReduceOp.Reduce o) {
      return CpuReduce.reduce(o, binding);
    } else if (op instanceof DropoutOp.Dropout o) {
      return CpuDropout.dropout(o, binding);
    } else if (op instanceof DropoutOp.DropoutMask o) {
      return CpuDropout.mask(o, binding);
    } else if (op instanceof DropoutOp.Noise o) {
      return CpuDropout.noise(o, binding);
    } else if (op instanceof DropoutOp.SequenceDropout o) {
      return CpuDropout.sequence(o, binding);
    } else if (op instanceof DropoutOp.SequenceDropoutGrad o) {
      return CpuDropout.sequenceGrad(o, binding);
    } else if (op instanceof MaskOp.MaskOf o) {
      return CpuShape.maskOf(o, binding);
    } else if (op instanceof MaskOp.MaskRows o) {
      return CpuShape.maskRows(o, binding);
    } else if (op instanceof ShapeOp.View) {
      return () -> {};
    } else if (op instanceof ShapeOp.Read o) {
      return CpuMoves.read(o, binding);
    } else if (op instanceof ShapeOp.Write o) {
      return CpuMoves.write(o, binding);
    } else if (op instanceof ShapeOp.Windows o) {
      return CpuMoves.windows(o, binding);
    } else if (op instanceof ShapeOp.WindowsGrad o) {
      return CpuMoves.windowsGrad(o, binding);
    } else if (op instanceof EmbeddingOp.Embed o) {
      return CpuShape.embed(o, binding);
    } else if (op instanceof EmbeddingOp.EmbedGrad o) {
      return CpuShape.embedGrad(o, binding);
    } else if (op instanceof ObjectiveOp.LossValue o) {
      return CpuLosses.loss(o, binding);
    } else if (op instanceof ObjectiveOp.LossGrad o) {
      return CpuLosses.gradient(o, binding);
    } else if (op instanceof ObjectiveOp.MetricValue o) {
      return CpuMetrics.metric(o, binding);
    } else if (op instanceof ObjectiveOp.Ctc o) {
      return CpuCtc.ctc(o, binding);
    } else if (op instanceof ObjectiveOp.Accumulate o) {
      return CpuMetrics.accumulate(o, binding);
    } else if (op instanceof UpdateOp o) {
      return CpuUpdates.task(o, binding);
    }
    throw new IllegalStateException("the CPU backend has no " + op.name());
  }
}
