package io.github.lstm4j.io.onnx.export;

import static io.github.lstm4j.io.onnx.export.Nodes.attribute;

import io.github.lstm4j.io.onnx.export.OperationNodes.Operands;
import io.github.lstm4j.layers.Index;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Operations of {@code keras.ops} that put numbers elsewhere: one line for each. */
final class MoveNodes {
  private static final Map<String, OperationNodes.Writer> BY_CLASS_NAME = new HashMap<>();

  static {
    BY_CLASS_NAME.put("Transpose", MoveNodes::transpose);
    BY_CLASS_NAME.put("Swapaxes", MoveNodes::swapAxes);
    BY_CLASS_NAME.put("Reshape", MoveNodes::reshape);
    BY_CLASS_NAME.put("Squeeze", MoveNodes::squeeze);
    BY_CLASS_NAME.put("ExpandDims", o -> o.to.unsqueeze(o.x(0), o.axes("axis", o.out().rank())));
    BY_CLASS_NAME.put("GetItem", MoveNodes::getItem);
    BY_CLASS_NAME.put("Flip", MoveNodes::flip);
    BY_CLASS_NAME.put("Repeat", MoveNodes::repeat);
    BY_CLASS_NAME.put("Tile", MoveNodes::tile);
    BY_CLASS_NAME.put("BroadcastTo", MoveNodes::broadcastTo);
    BY_CLASS_NAME.put("Take", MoveNodes::take);
    BY_CLASS_NAME.put("Concatenate", o -> o.to.concat(all(o), o.axis(o.rank())));
    BY_CLASS_NAME.put("Stack", MoveNodes::stack);
  }

  private MoveNodes() {}

  /** What writes an operation; null if it is none of these. */
  static OperationNodes.Writer writer(String className) {
    return BY_CLASS_NAME.get(className);
  }

  private static List<String> all(Operands o) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < o.count(); i++) {
      all.add(o.x(i));
    }
    return all;
  }

  private static String transpose(Operands o) {
    int[] said = o.integers("axes");
    long[] order = new long[o.rank()];
    for (int i = 0; i < order.length; i++) {
      int axis = said.length == 0 ? order.length - 1 - i : said[i];
      order[i] = axis < 0 ? axis + order.length : axis;
    }
    return o.to.transpose(o.x(0), order);
  }

  private static String swapAxes(Operands o) {
    long[] order = new long[o.rank()];
    Arrays.setAll(order, i -> i);
    int a = o.settings().integer("axis1");
    int b = o.settings().integer("axis2");
    a = a < 0 ? a + order.length : a;
    b = b < 0 ? b + order.length : b;
    order[a] = b;
    order[b] = a;
    return o.to.transpose(o.x(0), order);
  }

  private static String reshape(Operands o) {
    int[] shape = o.integers("newshape");
    return o.to.reshape(o.x(0), Arrays.stream(shape).asLongStream().toArray());
  }

  private static String squeeze(Operands o) {
    long[] axes = o.axes("axis", o.rank());
    if (o.integers("axis").length == 0) {
      axes = Arrays.stream(axes).filter(a -> o.shape(0).dim((int) a) == 1).toArray();
    }
    return axes.length == 0 ? o.x(0) : o.to.squeeze(o.x(0), axes);
  }

  // ---------------------------------------------------------------- indices

  private static String getItem(Operands o) {
    List<Index> key = new ArrayList<>(o.operation().key());
    long used =
        key.stream().filter(i -> i.kind() == Index.Kind.AT || i.kind() == Index.Kind.RANGE).count();
    String y = o.x(0);
    int axis = 0;
    for (Index index : key) {
      switch (index.kind()) {
        case NEW_AXIS -> y = o.to.unsqueeze(y, axis++);
        case REST -> axis += o.rank() - (int) used;
        case AT -> {
          int at = index.start();
          y = o.to.slice(y, axis, at, at == -1 ? Long.MAX_VALUE : at + 1L);
          y = o.to.squeeze(y, axis);
        }
        case RANGE -> y = range(y, axis++, index, o.to);
      }
    }
    return y;
  }

  private static String range(String x, int axis, Index index, Nodes to) {
    int step = index.step() == null ? 1 : index.step();
    long first = step > 0 ? 0 : -1;
    long end = step > 0 ? Long.MAX_VALUE : Long.MIN_VALUE + 1;
    long from = index.start() == null ? first : index.start();
    long until = index.stop() == null ? end : index.stop();
    if (step == 1) {
      return from == first && until == end ? x : to.slice(x, axis, from, until);
    }
    return to.slice(x, axis, from, until, step);
  }

  private static String flip(Operands o) {
    String y = o.x(0);
    for (long axis : o.axes("axis", o.rank())) {
      y = o.to.slice(y, axis, -1, Long.MIN_VALUE + 1, -1);
    }
    return y;
  }

  private static String take(Operands o) {
    int axis = o.axis(o.rank());
    int length = o.shape(0).dim(axis);
    float[] indices = o.operation().operands().get(1).data();
    long[] at = new long[indices.length];
    for (int i = 0; i < at.length; i++) {
      at[i] = (long) indices[i];
      if (at[i] < 0 && length != Shape.UNKNOWN) {
        at[i] += length;
      } else if (at[i] < 0) {
        o.to.require(11, "an index from the end");
      }
    }
    String where = o.shape(1).rank() == 0 ? o.to.whole(at[0]) : o.to.wholes(at);
    return o.to.node("Gather", List.of(o.x(0), where), attribute("axis", (long) axis));
  }

  // ---------------------------------------------------------------- repetition

  private static String repeat(Operands o) {
    int axis = o.axis(o.rank());
    long[] times = new long[o.rank() + 1];
    Arrays.fill(times, 1);
    times[axis + 1] = o.settings().integer("repeats");
    String each = o.to.tile(o.to.unsqueeze(o.x(0), axis + 1), times);
    long[] shape = new long[o.rank()];
    for (int i = 0; i < shape.length; i++) {
      int length = o.shape(0).dim(i);
      shape[i] = i < axis ? 0 : i == axis ? -1 : length;
      if (i > axis && length == Shape.UNKNOWN) {
        throw new Unsayable("axis=" + axis + ", behind which lengths are not known");
      }
    }
    return o.to.reshape(each, shape);
  }

  private static String tile(Operands o) {
    int[] said = o.integers("repeats");
    long[] times = new long[o.rank()];
    Arrays.fill(times, 1);
    for (int i = 0; i < said.length; i++) {
      times[times.length - said.length + i] = said[i];
    }
    return o.to.tile(o.x(0), times);
  }

  private static String broadcastTo(Operands o) {
    o.to.require(8, "Expand");
    int[] shape = o.integers("shape");
    return o.to.binary(
        "Expand", o.x(0), o.to.wholes(Arrays.stream(shape).asLongStream().toArray()));
  }

  private static String stack(Operands o) {
    int axis = o.axis(o.rank() + 1);
    List<String> each = new ArrayList<>();
    for (String x : all(o)) {
      each.add(o.to.unsqueeze(x, axis));
    }
    return o.to.concat(each, axis);
  }
}
