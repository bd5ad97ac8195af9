package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.Program;
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
    int at = Math.toIntExact(program.offset(v));
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
    if (op instanceof Op.MatMul o) {
      return CpuMatMul.forward(o, this);
    } else if (op instanceof Op.MatMulGrad o) {
      return CpuMatMul.backward(o, this);
    } else if (op instanceof Op.Lstm o) {
      return new CpuLstm(o, this);
    } else if (op instanceof Op.LstmGrad o) {
      return new CpuLstmGrad(o, this);
    } else if (op instanceof Op.Activate o) {
      return CpuElementwise.activate(o, this);
    } else if (op instanceof Op.ActivateGrad o) {
      return CpuElementwise.activateGrad(o, this);
    } else if (op instanceof Op.Binary o) {
      return CpuElementwise.binary(o, this);
    } else if (op instanceof Op.Scale o) {
      return CpuElementwise.scale(o, this);
    } else if (op instanceof Op.Copy o) {
      return CpuShape.copy(o, this);
    } else if (op instanceof Op.Dropout o) {
      return CpuDropout.dropout(o, this);
    } else if (op instanceof Op.DropoutMask o) {
      return CpuDropout.mask(o, this);
    } else if (op instanceof Op.SequenceDropout o) {
      return CpuDropout.sequence(o, this);
    } else if (op instanceof Op.SequenceDropoutGrad o) {
      return CpuDropout.sequenceGrad(o, this);
    } else if (op instanceof Op.MaskOf o) {
      return CpuShape.maskOf(o, this);
    } else if (op instanceof Op.MaskRows o) {
      return CpuShape.maskRows(o, this);
    } else if (op instanceof Op.Concat o) {
      return CpuShape.concat(o, this);
    } else if (op instanceof Op.Slice o) {
      return CpuShape.slice(o, this);
    } else if (op instanceof Op.Reverse o) {
      return CpuShape.reverse(o, this);
    } else if (op instanceof Op.SwapAxes o) {
      return CpuShape.swapAxes(o, this);
    } else if (op instanceof Op.Repeat o) {
      return CpuShape.repeat(o, this);
    } else if (op instanceof Op.RepeatGrad o) {
      return CpuShape.repeatGrad(o, this);
    } else if (op instanceof Op.Embed o) {
      return CpuShape.embed(o, this);
    } else if (op instanceof Op.EmbedGrad o) {
      return CpuShape.embedGrad(o, this);
    } else if (op instanceof Op.LossOp o) {
      return CpuLosses.loss(o, this);
    } else if (op instanceof Op.LossGrad o) {
      return CpuLosses.gradient(o, this);
    } else if (op instanceof Op.MetricOp o) {
      return CpuMetrics.metric(o, this);
    } else if (op instanceof Op.Accumulate o) {
      return CpuMetrics.accumulate(o, this);
    } else if (op instanceof Op.ClipValue o) {
      return CpuUpdates.clipValue(o, this);
    } else if (op instanceof Op.ClipNorm o) {
      return CpuUpdates.clipNorm(o, this);
    } else if (op instanceof Op.Update o) {
      return CpuUpdates.update(o, this);
    }
    throw new IllegalStateException("the CPU backend has no " + op.name());
  }
}
