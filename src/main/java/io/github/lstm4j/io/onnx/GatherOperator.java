package io.github.lstm4j.io.onnx;

import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.Ops;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Gather: an Embedding where the ids are data, a part of an axis where they are known. */
final class GatherOperator {
  private GatherOperator() {}

  /** 1 where a whole number says, along a new axis, else 0; or another pair of numbers. */
  static List<Operand> oneHot(Node n) {
    Data x = n.data(0);
    int depth =
        Math.toIntExact(n.constant(1, "the depth").cast(ElementType.INT64).list().get(0).value());
    Constant values = n.constant(2, "the values");
    float[] both = values.full().floats();
    int axis = Node.axis(n.whole("axis", -1), x.rank() + 1);
    if (depth < 1 || both.length != 2) {
      throw new Refusal(
          "a depth of " + depth + " with values " + values.shape() + " is not possible");
    }
    List<Atom> made = List.of(new Atom(Dim.of(depth)));
    Atom.inner(made, n.toString());
    List<List<Atom>> axes = new ArrayList<>(x.axes());
    axes.add(axis, made);
    return List.of(
        n.data(
            values.type(),
            axes,
            List.of(x),
            () -> {
              List<Atom> words = x.placed().flat();
              KerasTensor in = x.placed().to(List.of(words)).tensor();
              KerasTensor places = Ops.where(Ops.less(in, 0f), Ops.add(in, (float) depth), in);
              KerasTensor y = Ops.oneHot(places, depth);
              if (both[0] != 0 || both[1] != 1) {
                y = Ops.where(Ops.greater(y, 0f), both[1], both[0]);
              }
              return new Placed(y, List.of(words, made));
            }));
  }

  static List<Operand> read(Node n) {
    Operand x = n.input(0);
    Operand indices = n.input(1);
    int axis = Node.axis(n.whole("axis", 0), x.rank());
    if (indices instanceof Constant c) {
      return List.of(PartOperators.gathered(n, x, axis, c));
    } else if (x instanceof Constant table && axis == 0 && table.rank() == 2) {
      return List.of(embedding(n, table, (Data) indices));
    }
    throw new Refusal(
        "indices that depend on the data are supported for rows of a constant table, got axis "
            + axis
            + " of "
            + x);
  }

  private static Data embedding(Node n, Constant table, Data ids) {
    if (ids.type().isFloating()) {
      throw new Refusal("ids must be whole numbers, got " + ids.type());
    }
    Data in =
        ids.recipe() instanceof Data.Truncated t && t.of().isInput()
            ? t.of().with(ids.axes())
            : ids;
    int rows = (int) table.shape().get(0).value();
    int width = (int) table.shape().get(1).value();
    List<Atom> made = List.of(new Atom(Dim.of(width)));
    Atom.inner(made, n.toString());
    List<List<Atom>> axes = new ArrayList<>(in.axes());
    axes.add(made);
    return n.data(
        ElementType.FLOAT,
        axes,
        List.of(in),
        () -> {
          Placed at = in.placed();
          List<Atom> words = at.flat();
          Embedding layer = new Embedding(rows, width);
          KerasTensor numbers = at.to(List.of(words)).tensor();
          boolean shared = in.recipe() instanceof Data.Fed fed && fed.isMixed();
          KerasTensor y = layer.apply(shared ? Ops.cast(numbers, "int32") : numbers);
          layer.weights().get(0).adopt(Tensor.of(table.full().own(), rows, width));
          return new Placed(y, List.of(words, made));
        });
  }
}
