package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.ShapeOp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Ops that read and write by a walk: {@link io.github.lstm4j.graph.Strided}. */
final class CpuMoves {
  private CpuMoves() {}

  static Task read(ShapeOp.Read op, CpuBinding binding) {
    return read(new Operand(binding.span(op.x()), op.by()), binding.span(op.y()), binding);
  }

  static Task windows(ShapeOp.Windows op, CpuBinding binding) {
    return read(new Operand(binding.span(op.x()), op.by()), binding.span(op.y()), binding);
  }

  private static Task read(Operand x, Span y, CpuBinding binding) {
    return binding
        .parallel()
        .over(y.size(), 1, (from, to) -> x.read(from, to - from, y.values(), y.at() + from));
  }

  static Task write(ShapeOp.Write op, CpuBinding binding) {
    Span y = binding.span(op.y());
    List<Task> tasks = new ArrayList<>();
    if (!op.isFull()) {
      tasks.add(binding.parallel().over(y.size(), 1, (from, to) -> y.fill(from, to - from, 0)));
    }
    for (int i = 0; i < op.parts().size(); i++) {
      Span x = binding.span(op.parts().get(i));
      Operand place = new Operand(y, op.by().get(i));
      tasks.add(
          binding
              .parallel()
              .over(
                  x.size(),
                  1,
                  (from, to) -> place.write(from, to - from, x.values(), x.at() + from)));
    }
    return () -> {
      for (int i = 0; i < tasks.size(); i++) {
        tasks.get(i).run();
      }
    };
  }

  static Task windowsGrad(ShapeOp.WindowsGrad op, CpuBinding binding) {
    Span dy = binding.span(op.dy());
    Span dx = binding.span(op.dx());
    int windows = op.dy().dim(0);
    int batch = op.dx().dim(1);
    int size = op.dy().dim(2);
    int f = op.dx().dim(2);
    return binding
        .parallel()
        .over(
            op.dx().dim(0),
            batch * size * f,
            (from, to) -> {
              for (int t = from; t < to; t++) {
                int row = dx.at() + t * batch * f;
                Arrays.fill(dx.values(), row, row + batch * f, 0);
                for (int i = 0; i < size; i++) {
                  int begin = t - i * op.dilation();
                  int w = begin / op.stride();
                  if (begin >= 0 && w < windows && w * op.stride() == begin) {
                    for (int b = 0; b < batch; b++) {
                      int of = dy.at() + ((w * batch + b) * size + i) * f;
                      add(dy.values(), of, dx.values(), row + b * f, f);
                    }
                  }
                }
              }
            });
  }

  /** {@code y += x} for n elements. */
  static void add(float[] x, int xAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] += x[xAt + i];
    }
  }
}
