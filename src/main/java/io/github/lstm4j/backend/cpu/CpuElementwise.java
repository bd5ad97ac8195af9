package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Graph;

/** Ops whose elements (or rows, for softmax) are computed each by itself. */
final class CpuElementwise {
  private CpuElementwise() {}

  static Task activate(ElementwiseOp.Activate op, CpuBinding binding) {
    Span x = binding.span(op.x());
    Span y = binding.span(op.y());
    Activation a = op.activation();
    VectorMath math = binding.math();
    if (a.isElementwise()) {
      return binding
          .parallel()
          .over(
              x.size(),
              4,
              (from, to) ->
                  CpuActivations.apply(
                      a, math, x.values(), x.at() + from, y.values(), y.at() + from, to - from));
    }
    int width = op.x().shape().last();
    return binding
        .parallel()
        .over(
            Graph.rows(op.x()),
            8 * width,
            (from, to) -> {
              for (int r = from; r < to; r++) {
                CpuActivations.softmax(
                    a.kind() == Activation.Kind.LOG_SOFTMAX,
                    math,
                    x.values(),
                    x.at() + r * width,
                    y.values(),
                    y.at() + r * width,
                    width);
              }
            });
  }

  static Task activateGrad(ElementwiseOp.ActivateGrad op, CpuBinding binding) {
    Activation a = op.activation();
    Span v = binding.span(a.derivesFromOutput() ? op.y() : op.x());
    Span dy = binding.span(op.dy());
    Span dx = binding.span(op.dx());
    if (a.isElementwise()) {
      return binding
          .parallel()
          .over(
              dx.size(),
              2,
              (from, to) -> {
                for (int e = from; e < to; e++) {
                  dx.set(e, (float) (dy.get(e) * CpuActivations.slope(a, v.get(e))));
                }
              });
    }
    int width = op.dx().shape().last();
    return binding
        .parallel()
        .over(
            Graph.rows(op.dx()),
            4 * width,
            (from, to) -> {
              for (int r = from; r < to; r++) {
                CpuActivations.softmaxGrad(
                    a.kind() == Activation.Kind.LOG_SOFTMAX,
                    v.values(),
                    v.at() + r * width,
                    dy.values(),
                    dy.at() + r * width,
                    dx.values(),
                    dx.at() + r * width,
                    width);
              }
            });
  }
}
