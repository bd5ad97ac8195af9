package io.github.lstm4j.io.onnx;

import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Gather: an Embedding where the ids are data, a part of an axis where they are known. */
final class GatherOperator {
  private GatherOperator() {}

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
          KerasTensor y = layer.apply(at.to(List.of(words)).tensor());
          layer.weights().get(0).adopt(Tensor.of(table.full().own(), rows, width));
          return new Placed(y, List.of(words, made));
        });
  }
}
