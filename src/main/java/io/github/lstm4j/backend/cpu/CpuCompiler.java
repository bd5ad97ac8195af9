package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.EmbeddingOp;
import io.github.lstm4j.graph.MaskOp;
import io.github.lstm4j.graph.MatrixOp;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.ShapeOp;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.graph.Value;
import java.util.List;
import java.util.Map;

/** Makes a step of each op: the one place that knows all ops. */
final class CpuCompiler {
  private final Program program;
  private final float[] arena;
  private final Map<Value, Buffer> variables;
  private final CpuMath math;
  private final Parallel parallel;

  CpuCompiler(
      Program program,
      float[] arena,
      Map<Value, Buffer> variables,
      CpuMath math,
      Parallel parallel) {
    this.program = program;
    this.arena = arena;
    this.variables = variables;
    this.math = math;
    this.parallel = parallel;
  }

  CpuMath math() {
    return math;
  }

  Parallel parallel() {
    return parallel;
  }

  /** Where a value lies; null for one that is absent. */
  Span span(Value v) {
    if (v == null) {
      return null;
    }
    int at = Math.toIntExact(program.offset(v) / v.dtype().bytes());
    return new Span(v.owner().kind() == Value.Kind.VARIABLE ? variable(v) : arena, at, v.size());
  }

  List<Span> spans(List<Value> list) {
    return list.stream().map(this::span).toList();
  }

  private float[] variable(Value v) {
    Buffer buffer = variables.get(v.owner());
    if (!(buffer instanceof CpuBuffer cpu) || cpu.size() < v.owner().size()) {
      throw new IllegalArgumentException(
          String.format(
              "%s: variable %s needs a buffer of %d floats that this backend allocated, got %s",
              program.name(), v.owner(), v.owner().size(), buffer));
    }
    return cpu.values();
  }

  /** The op, bound to its memory. */
  Step step(Op op) {
    if (op instanceof MatrixOp.MatMul o) {
      return CpuMatMul.forward(o, this);
    } else if (op instanceof MatrixOp.MatMulGrad o) {
      return CpuMatMul.backward(o, this);
    } else if (op instanceof RecurrentOp.Recurrent o) {
      return new CpuLstm(o, this);
    } else if (op instanceof RecurrentOp.RecurrentGrad o) {
      return new CpuLstmGrad(o, this);
    } else if (op instanceof ElementwiseOp.Activate o) {
      return CpuElementwise.activate(o, this);
    } else if (op instanceof ElementwiseOp.ActivateGrad o) {
      return CpuElementwise.activateGrad(o, this);
    } else if (op instanceof ElementwiseOp.Binary o) {
      return CpuElementwise.binary(o, this);
    } else if (op instanceof ElementwiseOp.Scale o) {
      return CpuElementwise.scale(o, this);
    } else if (op instanceof ElementwiseOp.Copy o) {
      return CpuShape.copy(o, this);
    } else if (op instanceof DropoutOp.Dropout o) {
      return CpuDropout.dropout(o, this);
    } else if (op instanceof DropoutOp.DropoutMask o) {
      return CpuDropout.mask(o, this);
    } else if (op instanceof DropoutOp.SequenceDropout o) {
      return CpuDropout.sequence(o, this);
    } else if (op instanceof DropoutOp.SequenceDropoutGrad o) {
      return CpuDropout.sequenceGrad(o, this);
    } else if (op instanceof MaskOp.MaskOf o) {
      return CpuShape.maskOf(o, this);
    } else if (op instanceof MaskOp.MaskRows o) {
      return CpuShape.maskRows(o, this);
    } else if (op instanceof ShapeOp.Concat o) {
      return CpuShape.concat(o, this);
    } else if (op instanceof ShapeOp.Slice o) {
      return CpuShape.slice(o, this);
    } else if (op instanceof ShapeOp.Reverse o) {
      return CpuShape.reverse(o, this);
    } else if (op instanceof ShapeOp.SwapAxes o) {
      return CpuShape.swapAxes(o, this);
    } else if (op instanceof ShapeOp.Repeat o) {
      return CpuShape.repeat(o, this);
    } else if (op instanceof ShapeOp.RepeatGrad o) {
      return CpuShape.repeatGrad(o, this);
    } else if (op instanceof EmbeddingOp.Embed o) {
      return CpuShape.embed(o, this);
    } else if (op instanceof EmbeddingOp.EmbedGrad o) {
      return CpuShape.embedGrad(o, this);
    } else if (op instanceof ObjectiveOp.LossValue o) {
      return CpuLosses.loss(o, this);
    } else if (op instanceof ObjectiveOp.LossGrad o) {
      return CpuLosses.gradient(o, this);
    } else if (op instanceof ObjectiveOp.MetricValue o) {
      return CpuMetrics.metric(o, this);
    } else if (op instanceof ObjectiveOp.Accumulate o) {
      return CpuMetrics.accumulate(o, this);
    } else if (op instanceof UpdateOp.ClipValue o) {
      return CpuUpdates.clipValue(o, this);
    } else if (op instanceof UpdateOp.ClipNorm o) {
      return CpuUpdates.clipNorm(o, this);
    } else if (op instanceof UpdateOp.Update o) {
      return CpuUpdates.update(o, this);
    }
    throw new IllegalStateException("the CPU backend has no " + op.name());
  }
}
