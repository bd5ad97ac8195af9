package io.github.lstm4j.io.onnx.export;

import static io.github.lstm4j.io.onnx.export.Nodes.attribute;

import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.MatrixOp;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.ReduceOp;
import io.github.lstm4j.graph.ShapeOp;
import io.github.lstm4j.graph.Strided;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The ops that a cell writes for one timestep as nodes. They were written for some batch size,
 * which no node may depend on: what has it as its first dimension is a batch.
 */
final class OpNodes {
  private final Graph graph;
  private final int batch;
  private final Nodes to;
  private final String path;
  private final Map<Value, Tensor> fixed; // weights and constants, and parts of them
  private final Map<Value, String> names;

  /**
   * @param batch a size that nothing else has
   * @param path what constants are called by
   * @param weights the values of the variables
   * @param inputs the tensors that the ops begin with
   */
  OpNodes(
      Graph graph,
      int batch,
      Nodes to,
      String path,
      Map<Value, Tensor> weights,
      Map<Value, String> inputs) {
    this.graph = graph;
    this.batch = batch;
    this.to = to;
    this.path = path;
    this.fixed = new HashMap<>(weights);
    this.fixed.putAll(graph.constants());
    this.names = new HashMap<>(inputs);
    fixed.forEach(
        (value, tensor) -> {
          if (tensor.shape().rank() > 0 && tensor.dim(0) == batch) {
            throw new Unsayable("a constant for each sample of a batch, " + value.name());
          }
        });
    graph.ops().forEach(this::write);
  }

  /** The tensor of a value. */
  String name(Value value) {
    String name = names.get(value);
    if (name != null) {
      return name;
    }
    Tensor tensor = fixed.get(value);
    if (tensor == null) {
      throw new Unsayable("a value that is no input: " + value.name());
    }
    name = to.constant(graph, "%" + value.id(), path + "." + value.name(), () -> tensor);
    names.put(value, name);
    return name;
  }

  private static Unsayable unknown(Op op) {
    return new Unsayable("the op " + op.name() + " within a cell");
  }

  private void write(Op op) {
    if (op instanceof ElementwiseOp elementwise) {
      elementwise(elementwise);
    } else if (op instanceof MatrixOp.MatMul product) {
      String y = to.matMul(name(product.x()), name(product.weight()));
      names.put(product.y(), product.bias() == null ? y : to.add(y, name(product.bias())));
    } else if (op instanceof ReduceOp.Reduce reduce) {
      reduce(reduce);
    } else if (op instanceof ShapeOp.View view) {
      view.parts().forEach(part -> view(view, part));
    } else if (op instanceof ShapeOp.Read read) {
      read(read);
    } else if (op instanceof ShapeOp.Write write) {
      write(write);
    } else {
      throw unknown(op);
    }
  }

  private void elementwise(ElementwiseOp op) {
    if (op instanceof ElementwiseOp.Activate a) {
      Value x = a.x();
      names.put(a.y(), ActivationNodes.write(a.activation(), name(x), x.shape().rank(), to));
    } else if (op instanceof ElementwiseOp.Binary b) {
      names.put(b.y(), binary(b.combine(), name(b.a()), name(b.b())));
    } else if (op instanceof ElementwiseOp.Apply a) {
      names.put(a.y(), unary(a.function(), name(a.x())));
    } else if (op instanceof ElementwiseOp.Where w) {
      String holds = to.cast(name(w.condition()), ElementType.BOOL);
      names.put(w.y(), to.where(holds, name(w.a()), name(w.b())));
    } else if (op instanceof ElementwiseOp.Affine a) {
      String scaled = a.factor() == 1 ? name(a.x()) : to.mul(name(a.x()), to.number(a.factor()));
      names.put(a.y(), a.shift() == 0 ? scaled : to.add(scaled, to.number(a.shift())));
    } else if (op instanceof ElementwiseOp.Copy c && c.to().kind() == Value.Kind.TEMPORARY) {
      names.put(c.to(), name(c.from()));
    } else {
      throw unknown(op);
    }
  }

  private String binary(ElementwiseOp.Combine combine, String a, String b) {
    return switch (combine) {
      case SUM -> to.add(a, b);
      case SUB -> to.sub(a, b);
      case MUL -> to.mul(a, b);
      case DIV -> to.div(a, b);
      case MAX -> to.extreme("Max", a, b);
      case MIN -> to.extreme("Min", a, b);
      case AVE -> to.mul(to.add(a, b), to.number(0.5));
      case POW -> to.binary("Pow", a, b);
      case EQUAL -> to.cast(to.equal(a, b), ElementType.FLOAT);
      case GREATER -> to.cast(to.greater(a, b), ElementType.FLOAT);
      case GREATER_EQUAL -> to.cast(to.atLeast(a, b), ElementType.FLOAT);
    };
  }

  private String unary(ElementwiseOp.Unary function, String x) {
    return switch (function) {
      case NEGATE -> to.unary("Neg", x);
      case ABS -> to.unary("Abs", x);
      case SIGN -> to.sign(x);
      case FLOOR -> to.unary("Floor", x);
      case SQUARE -> to.mul(x, x);
      case SQRT -> to.unary("Sqrt", x);
      case RSQRT -> to.unary("Reciprocal", to.unary("Sqrt", x));
      case RECIPROCAL -> to.unary("Reciprocal", x);
      case EXP -> to.unary("Exp", x);
      case LOG -> to.unary("Log", x);
      case LOG1P -> to.unary("Log", to.add(x, to.number(1)));
    };
  }

  private void reduce(ReduceOp.Reduce op) {
    Shape x = op.x().shape();
    if (op.inner() != 1 || op.length() != x.last()) {
      throw unknown(op);
    }
    String word =
        switch (op.reduction()) {
          case SUM -> "Sum";
          case MEAN -> "Mean";
          case MAX -> "Max";
          case MIN -> "Min";
        };
    boolean keep = op.y().shape().rank() == x.rank();
    names.put(op.y(), to.reduce(word, name(op.x()), keep, x.rank() - 1));
  }

  // ---------------------------------------------------------------- parts

  private void view(ShapeOp.View op, Value part) {
    Tensor owner = fixed.get(part.owner());
    if (owner != null) {
      int from = part.ownerOffset();
      float[] own = Arrays.copyOfRange(owner.data(), from, from + part.size());
      fixed.put(part, Tensor.of(own, part.shape()));
      return;
    }
    Shape shape = part.shape();
    boolean whole = part.size() == op.x().size();
    if (!whole || shape.dim(0) != batch || op.x().dim(0) != batch) {
      throw unknown(op);
    }
    long[] dims = Arrays.stream(shape.dims()).asLongStream().toArray();
    dims[0] = 0; // as it is
    names.put(part, to.reshape(name(op.x()), dims));
  }

  private void read(ShapeOp.Read op) {
    Tensor x = fixed.get(op.x());
    if (x != null) {
      fixed.put(op.y(), walked(x, op.by(), op.y().shape()));
      return;
    }
    int columns = op.y().shape().last();
    if (!areColumns(op.by(), op.x().shape(), columns)) {
      throw unknown(op);
    }
    int from = op.by().offset();
    names.put(op.y(), to.slice(name(op.x()), 1, from, from + columns));
  }

  /** Whether a walk is through so many columns of (batch, columns). */
  private boolean areColumns(Strided by, Shape of, int columns) {
    List<Integer> dims = columns == 1 ? List.of(batch) : List.of(batch, columns);
    List<Integer> strides = columns == 1 ? List.of(of.last()) : List.of(of.last(), 1);
    boolean all = columns == of.last(); // which lie one behind the other
    return of.rank() == 2
        && of.dim(0) == batch
        && by.offset() + columns <= of.last()
        && (all ? by.isContiguous() : by.dims().equals(dims) && by.strides().equals(strides));
  }

  private static Tensor walked(Tensor x, Strided by, Shape shape) {
    Tensor y = Tensor.zeros(shape);
    int[] at = new int[by.axes()];
    for (int i = 0; i < y.size(); i++) {
      int from = by.offset();
      for (int a = 0; a < at.length; a++) {
        from += at[a] * by.strides().get(a);
      }
      y.data()[i] = x.data()[from];
      for (int a = at.length - 1; a >= 0 && ++at[a] == by.dims().get(a); a--) {
        at[a] = 0;
      }
    }
    return y;
  }

  private void write(ShapeOp.Write op) {
    List<String> parts = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < op.parts().size(); i++) {
      Value part = op.parts().get(i);
      Strided by = op.by().get(i);
      int columns = part.shape().last();
      if (by.offset() != from || !areColumns(by, op.y().shape(), columns)) {
        throw unknown(op);
      }
      parts.add(name(part));
      from += columns;
    }
    if (from != op.y().shape().last()) {
      throw unknown(op);
    }
    names.put(op.y(), to.node("Concat", parts, attribute("axis", 1L)));
  }
}
