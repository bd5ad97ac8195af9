package io.github.lstm4j.io.onnx;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.Ops;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Matrix products: a Dense where one factor is a constant. */
final class DenseOperators {
  static final Map<String, Node.Operator> ALL =
      Map.of("MatMul", n -> List.of(matMul(n)), "Gemm", n -> List.of(gemm(n)));

  private DenseOperators() {}

  private static Data matMul(Node n) {
    Operand a = n.input(0);
    Operand b = n.input(1);
    if (a.rank() < 1 || b.rank() < 1) {
      throw new Refusal(
          "expected tensors of at least one axis, got " + a.shape() + " and " + b.shape());
    }
    if (a instanceof Data x && b instanceof Constant c) {
      Constant k = matrix(c, true);
      return dense(n, x, x.rank() - 1, k, false, 1, c.rank() == 1, x.rank() - 1);
    } else if (b instanceof Data x && a instanceof Constant c) {
      Constant k = matrix(c, false);
      int axis = Math.max(0, x.rank() - 2);
      return dense(n, x, axis, k, true, 1, c.rank() == 1, axis);
    }
    return product(n, n.data(0), n.data(1));
  }

  /** A constant factor as a matrix. */
  private static Constant matrix(Constant c, boolean second) {
    if (c.rank() == 1) {
      Dim length = c.shape().get(0);
      return c.reshaped(second ? List.of(length, Dim.ONE) : List.of(Dim.ONE, length));
    }
    List<Dim> lead = c.shape().subList(0, c.rank() - 2);
    if (!lead.stream().allMatch(d -> d.is(1))) {
      throw new Refusal(
          "a constant factor of shape " + c.shape() + " is not supported, only a matrix");
    }
    return c.reshaped(c.shape().subList(c.rank() - 2, c.rank()));
  }

  private static Data gemm(Node n) {
    boolean transA = n.whole("transA", 0) != 0;
    boolean transB = n.whole("transB", 0) != 0;
    float alpha = n.number("alpha", 1);
    float beta = n.number("beta", 1);
    n.ignore("broadcast");
    Operand a = n.input(0);
    Operand b = n.input(1);
    if (a.rank() != 2 || b.rank() != 2) {
      throw new Refusal("expected two matrices, got " + a.shape() + " and " + b.shape());
    }
    Data product;
    if (a instanceof Data x && b instanceof Constant c) {
      Data in = transA ? x.with(List.of(x.axes().get(1), x.axes().get(0))) : x;
      product = dense(n, in, 1, c, transB, alpha, false, 1);
    } else if (b instanceof Data x && a instanceof Constant c) {
      Data in = transB ? x.with(List.of(x.axes().get(1), x.axes().get(0))) : x;
      product = dense(n, in, 0, c, !transA, alpha, false, 0);
    } else {
      Data x = n.data(0);
      Data y = n.data(1);
      product =
          product(
              n,
              transA ? x.with(List.of(x.axes().get(1), x.axes().get(0))) : x,
              transB ? y.with(List.of(y.axes().get(1), y.axes().get(0))) : y);
      product = alpha == 1 ? product : n.mapped(product, t -> Ops.multiply(t, alpha));
    }
    if (!n.has(2) || beta == 0) {
      return product;
    }
    Operand c = n.input(2);
    if (beta != 1) {
      c =
          c instanceof Constant k
              ? Constant.eachFloat(List.of(k), e -> e[0] * beta)
              : n.mapped((Data) c, t -> Ops.multiply(t, beta));
    }
    return ElementwiseOperators.sum(n, product, c);
  }

  /**
   * A Dense over an axis.
   *
   * @param matrix (axis, made), or the other way round
   * @param single whether the result has no axis for what is made
   * @param at where the result has it
   */
  private static Data dense(
      Node n,
      Data x,
      int axis,
      Constant matrix,
      boolean transposed,
      float alpha,
      boolean single,
      int at) {
    Constant kernel = transposed ? matrix.transposed(List.of(1, 0)) : matrix;
    List<Atom> over = x.axes().get(axis);
    Dim length = kernel.shape().get(0);
    Dim have = Atom.size(over);
    if (have.isKnown() && !have.equals(length)) {
      throw new Refusal("an axis of " + have + " does not go with a matrix " + kernel.shape());
    }
    if (!have.isKnown()) {
      Atom.unify(over, List.of(new Atom(length)));
    }
    Atom.inner(over, n.toString());
    List<Atom> made = List.of(new Atom(kernel.shape().get(1)));
    Atom.inner(made, n.toString());
    List<List<Atom>> axes = new ArrayList<>(x.axes());
    axes.set(at, made);
    if (single) {
      axes.remove(at);
    }
    int units = (int) kernel.shape().get(1).value();
    KernelRecipe recipe =
        KernelRecipe.of(
            n,
            x,
            made,
            () -> kernel(kernel, alpha),
            (bias, activation, fill) -> {
              Placed in = x.placed().last(over);
              Dense layer = new Dense(units);
              layer.useBias(bias);
              layer.activation(activation);
              KerasTensor y = layer.apply(in.tensor());
              fill.into(layer);
              List<List<Atom>> groups = new ArrayList<>(in.groups());
              groups.set(groups.size() - 1, made);
              return new Placed(y, groups);
            });
    return new Data(x.type(), axes, recipe);
  }

  private static Tensor kernel(Constant kernel, float alpha) {
    float[] values = kernel.full().own();
    if (alpha != 1) {
      for (int i = 0; i < values.length; i++) {
        values[i] *= alpha;
      }
    }
    return Tensor.of(
        values, (int) kernel.shape().get(0).value(), (int) kernel.shape().get(1).value());
  }

  /** Of two tensors that are both computed: sample by sample. */
  private static Data product(Node n, Data a, Data b) {
    int rank = Math.max(a.rank(), b.rank());
    if (a.rank() < 2 || b.rank() < 2) {
      throw new Refusal("a product of " + a.shape() + " and " + b.shape() + " is not supported");
    }
    List<Atom> m = a.axes().get(a.rank() - 2);
    List<Atom> k = a.axes().get(a.rank() - 1);
    List<Atom> n2 = b.axes().get(b.rank() - 1);
    List<Atom> ofB = b.axes().get(b.rank() - 2);
    for (List<Atom> axis : List.of(m, k, n2, ofB)) {
      Atom.inner(axis, n.toString());
    }
    List<List<Atom>> axes = new ArrayList<>();
    List<List<Atom>> ofFirst = new ArrayList<>(); // axes of samples, heads and the like
    List<List<Atom>> ofSecond = new ArrayList<>();
    for (int i = 0; i < rank - 2; i++) {
      int atA = i - rank + a.rank();
      int atB = i - rank + b.rank();
      List<Atom> lead = atA >= 0 ? a.axes().get(atA) : List.of();
      List<Atom> other = atB >= 0 ? b.axes().get(atB) : List.of();
      if (!Atom.size(lead).is(1) && !Atom.size(other).is(1)) {
        Atom.unify(lead, other);
      }
      ofFirst.add(lead);
      ofSecond.add(other);
      axes.add(Atom.size(lead).is(1) && !other.isEmpty() ? other : lead);
    }
    // its own atom, for both factors may be of one tensor
    List<Atom> columns = List.of(new Atom(Atom.size(n2)));
    axes.add(m);
    axes.add(columns);
    return n.data(
        a.type(),
        axes,
        List.of(a, b),
        () -> {
          List<List<Atom>> left = new ArrayList<>();
          List<List<Atom>> right = new ArrayList<>();
          List<List<Atom>> made = new ArrayList<>();
          for (int i = 0; i < ofFirst.size(); i++) {
            List<Atom> one = Placed.own(ofFirst.get(i));
            List<Atom> two = Placed.own(ofSecond.get(i));
            if (!one.isEmpty() || !two.isEmpty()) { // else there is one alone, or a sample each
              left.add(one);
              right.add(two);
              made.add(one.isEmpty() ? two : one);
            }
          }
          left.addAll(List.of(m, k));
          right.addAll(List.of(ofB, n2));
          made.addAll(List.of(m, columns));
          KerasTensor first = a.placed().to(left).tensor();
          KerasTensor second = b.placed().to(right).tensor();
          return new Placed(Ops.matmul(first, second), made);
        });
  }
}
