package io.github.lstm4j.io.onnx;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.layers.ActivationLayer;
import io.github.lstm4j.layers.Ops;
import java.util.List;

/**
 * The GELU of files before opset 20, {@code 0.5·x·(1 + erf(x/√2))}, whose nodes come in some
 * orders. They are put together as they are met; an Erf that is no part of it is not supported.
 */
final class GeluParts {
  private static final double CLOSE = 1e-6;

  private GeluParts() {}

  /** {@code factor·x}. */
  private static final class Scaled extends Data.Recipe {
    private final Data x;
    private final double factor;

    Scaled(Node n, Data x, double factor) {
      super(
          List.of(x),
          () ->
              n.said(
                  () -> {
                    Placed in = x.placed();
                    return new Placed(Ops.multiply(in.tensor(), (float) factor), in.groups());
                  }));
      this.x = x;
      this.factor = factor;
    }
  }

  /** {@code times·(added + erf(x/√2))}. */
  private static final class Erf extends Data.Recipe {
    private final Data x;
    private final double added;
    private final double times;

    Erf(Node n, Data x, double added, double times) {
      super(List.of(x), () -> n.said(GeluParts::refused));
      this.x = x;
      this.added = added;
      this.times = times;
    }
  }

  private static Placed refused() {
    throw new Refusal("is supported as a part of 0.5·x·(1 + erf(x/√2)) alone");
  }

  static Data erf(Node n) {
    Data z = n.data(0);
    if (z.recipe() instanceof Scaled s && Math.abs(s.factor - Math.sqrt(0.5)) < CLOSE) {
      return new Data(z.type(), z.axes(), new Erf(n, s.x, 0, 1));
    }
    refused();
    return z;
  }

  /** A number added; null if it is to no part of a GELU. */
  static Data added(Node n, Data x, float number) {
    return x.recipe() instanceof Erf e
        ? new Data(x.type(), x.axes(), new Erf(n, e.x, e.added + number / e.times, e.times))
        : null;
  }

  /** Data times a number. */
  static Data scaled(Node n, Data x, double factor) {
    if (x.recipe() instanceof Erf e) {
      return new Data(x.type(), x.axes(), new Erf(n, e.x, e.added, e.times * factor));
    }
    if (x.recipe() instanceof Scaled s) {
      double both = s.factor * factor;
      return Math.abs(both - 1) < CLOSE && s.x.recipe() instanceof Whole
          ? s.x.with(x.axes())
          : new Data(x.type(), x.axes(), new Scaled(n, s.x, both));
    }
    return new Data(x.type(), x.axes(), new Scaled(n, x, factor));
  }

  /** A whole GELU. */
  private static final class Whole extends Data.Recipe {
    Whole(Node n, Data x) {
      super(
          List.of(x),
          () ->
              n.said(
                  () -> {
                    Placed in = x.placed();
                    ActivationLayer gelu = new ActivationLayer(Activation.Kind.GELU.usual());
                    return new Placed(gelu.apply(in.tensor()), in.groups());
                  }));
    }
  }

  /** A product; null if it is none of a GELU. */
  static Data product(Node n, Data a, Data b) {
    if (b.recipe() instanceof Erf e && Math.abs(e.added - 1) < CLOSE) {
      double factor =
          a.recipe() == e.x.recipe()
              ? 1
              : a.recipe() instanceof Scaled s && s.x.recipe() == e.x.recipe() ? s.factor : 0;
      Data gelu = new Data(a.type(), a.axes(), new Whole(n, e.x));
      double all = 2 * factor * e.times;
      return factor == 0 ? null : Math.abs(all - 1) < CLOSE ? gelu : scaled(n, gelu, all);
    }
    return a.recipe() instanceof Erf && !(b.recipe() instanceof Erf) ? product(n, b, a) : null;
  }
}
