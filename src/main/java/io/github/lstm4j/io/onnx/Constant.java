package io.github.lstm4j.io.onnx;

import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.io.onnx.proto.TensorProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;

/**
 * A tensor that is known at import: weights, and what shape arithmetic gives. Along an axis that
 * repeats, one element is stored, so that a graph that expands a zero to gigabytes costs nothing.
 * Whole numbers may depend on lengths that the file leaves open.
 */
final class Constant implements Operand {
  private static final int MOST_ELEMENTS = 1 << 22; // of what is computed and not read
  private static final int STRIP = 16; // floats, a line of most caches
  private static final int KEPT = 1 << 12; // elements; more are read again when they are needed

  private final ElementType type;
  private final List<Dim> shape;
  private final int[] stored; // along each axis 1, or as many as the shape says
  private final Supplier<Values> source;
  private final TensorProto row; // whose elements these are as they lie in the file; or null
  private Values kept;

  /** The elements that are stored, row-major: of a floating type, or else whole numbers. */
  private static final class Values {
    private final float[] floats;
    private final Dim[] wholes;

    Values(float[] floats, Dim[] wholes) {
      this.floats = floats;
      this.wholes = wholes;
    }

    static Values of(TensorProto tensor) {
      try {
        return tensor.type().isFloating()
            ? new Values(tensor.floats(), null)
            : new Values(null, dims(tensor.longs()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    int length() {
      return floats == null ? wholes.length : floats.length;
    }
  }

  private Constant(
      ElementType type, List<Dim> shape, int[] stored, Supplier<Values> source, TensorProto row) {
    this.type = type;
    this.shape = List.copyOf(shape);
    this.stored = stored;
    this.source = source;
    this.row = row;
  }

  private Constant(ElementType type, List<Dim> shape, int[] stored, Supplier<Values> source) {
    this(type, shape, stored, source, null);
  }

  /** The same elements as another type's, or in another shape. */
  private Constant shown(ElementType as, List<Dim> to, int... dims) {
    return new Constant(as, to, dims, this::values, row);
  }

  /** A tensor of the file, whose elements are read when they are needed. */
  static Constant of(TensorProto tensor) {
    try {
      if (!tensor.type().isFloating() && !tensor.type().isWhole()) {
        throw new Refusal(tensor + ": elements of this type are not supported");
      }
      int[] dims = tensor.shape().dims();
      List<Dim> shape = Arrays.stream(dims).mapToObj(Dim::of).toList();
      return new Constant(
          tensor.type(), shape, dims, () -> Values.of(tensor), tensor.isRow() ? tensor : null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Dim[] dims(long[] values) {
    Dim[] all = new Dim[values.length];
    Dim last = Dim.ZERO;
    for (int i = 0; i < all.length; i++) {
      last = last.is(values[i]) ? last : Dim.of(values[i]);
      all[i] = last;
    }
    return all;
  }

  static Constant floats(List<Dim> shape, int[] stored, float... values) {
    return new Constant(ElementType.FLOAT, shape, stored, () -> new Values(values.clone(), null));
  }

  static Constant wholes(ElementType type, List<Dim> shape, int[] stored, Dim... values) {
    return new Constant(type, shape, stored, () -> new Values(null, values));
  }

  /** Whole numbers in a row. */
  static Constant row(List<Dim> values) {
    return wholes(
        ElementType.INT64,
        List.of(Dim.of(values.size())),
        new int[] {values.size()},
        values.toArray(new Dim[0]));
  }

  /** One whole number. */
  static Constant whole(Dim value) {
    return wholes(ElementType.INT64, List.of(), new int[0], value);
  }

  @Override
  public ElementType type() {
    return type;
  }

  @Override
  public List<Dim> shape() {
    return shape;
  }

  /** How many elements are stored along each axis. */
  int[] stored() {
    return stored.clone();
  }

  private Values values() {
    Values known = kept;
    if (known != null) { // whoever comes at the same time makes the same
      return known;
    }
    Values values = source.get();
    if (values.length() <= KEPT) {
      kept = values;
    }
    return values;
  }

  /** The stored elements; of whole numbers as floats. Not to be changed. */
  float[] floats() {
    Values v = values();
    if (v.floats != null) {
      return v.floats;
    }
    float[] all = new float[v.wholes.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = v.wholes[i].value();
    }
    return all;
  }

  /** As {@link #floats}, in an array that is nobody else's. */
  float[] own() {
    float[] all = floats();
    return all.length <= KEPT ? all.clone() : all;
  }

  /** The tensor of the file whose elements all of these are, in that order; null for none. */
  TensorProto row() {
    return isFull() ? row : null;
  }

  /** The stored elements, which are whole numbers. Not to be changed. */
  List<Dim> wholes() {
    if (type.isFloating()) {
      throw new Refusal("expected whole numbers, got " + type);
    }
    return Collections.unmodifiableList(Arrays.asList(values().wholes));
  }

  /** All elements of a row of whole numbers, or of a single one. */
  List<Dim> list() {
    if (rank() > 1) {
      throw new Refusal("expected whole numbers in a row, got a tensor of shape " + shape);
    }
    return full().wholes();
  }

  /** The one element. */
  float number() {
    if (floats().length != 1) {
      throw new Refusal("expected one number, got a tensor of shape " + shape);
    }
    return floats()[0];
  }

  /** Whether all elements are that number. */
  boolean isAll(float number) {
    if (!type.isFloating()) {
      return wholes().stream().allMatch(d -> d.is((long) number));
    }
    for (float f : floats()) {
      if (f != number) {
        return false;
      }
    }
    return true;
  }

  /** Whether nothing repeats. */
  private boolean isFull() {
    for (int i = 0; i < stored.length; i++) {
      if (!shape.get(i).is(stored[i])) {
        return false;
      }
    }
    return true;
  }

  /** The same with all elements stored. */
  Constant full() {
    return isFull() ? this : stored(shape.stream().mapToInt(Constant::length).toArray());
  }

  private static int length(Dim d) {
    long value = d.value();
    if (value < 0 || value > Integer.MAX_VALUE - 8) {
      throw new Refusal("a constant with an axis of " + d + " is not supported");
    }
    return (int) value;
  }

  /** The same with that many elements stored along each axis. */
  private Constant stored(int[] dims) {
    int[] strides = strides(stored);
    int[][] offsets = new int[dims.length][];
    Arrays.setAll(offsets, i -> offsets(dims[i], strides[i]));
    return picked(shape, offsets);
  }

  // ---------------------------------------------------------------- picking

  /** Strides of an array; 0 along axes of one element. */
  private static int[] strides(int[] dims) {
    int[] strides = new int[dims.length];
    int stride = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = dims[i] == 1 ? 0 : stride;
      stride *= dims[i];
    }
    return strides;
  }

  private static int offset(int[] index, int[] strides) {
    int at = 0;
    for (int i = 0; i < index.length; i++) {
      at += index[i] * strides[i];
    }
    return at;
  }

  private static void advance(int[] index, int[] dims) {
    for (int i = index.length - 1; i >= 0 && ++index[i] == dims[i]; i--) {
      index[i] = 0;
    }
  }

  static int count(int[] dims) {
    return count(dims, MOST_ELEMENTS);
  }

  private static int count(int[] dims, int most) {
    long all = 1;
    for (int d : dims) {
      all *= d;
      if (all > most) {
        throw new Refusal("a constant of more than " + most + " elements is computed");
      }
    }
    return (int) all;
  }

  /**
   * Elements in another arrangement.
   *
   * @param offsets of each axis what its index adds to the place of an element here
   */
  private Constant picked(List<Dim> to, int[]... offsets) {
    int[] dims = Arrays.stream(offsets).mapToInt(o -> o.length).toArray();
    int count = count(dims, Math.max(MOST_ELEMENTS, count())); // what does not grow was read
    int[] last = dims.length < 1 ? new int[1] : offsets[dims.length - 1];
    int[] rows = dims.length < 2 ? new int[1] : offsets[dims.length - 2];
    int[][] outer = Arrays.copyOf(offsets, Math.max(0, dims.length - 2));
    Supplier<Values> picked =
        () -> {
          Values old = values();
          boolean floating = old.floats != null;
          Values made =
              new Values(floating ? new float[count] : null, floating ? null : new Dim[count]);
          int[] index = new int[outer.length];
          for (int at = 0; at < count; at += rows.length * last.length) {
            int from = 0;
            for (int i = 0; i < index.length; i++) {
              from += outer[i][index[i]];
            }
            matrix(old, from, rows, last, made, at);
            advance(index, dims);
          }
          return made;
        };
    return new Constant(type, to, dims, picked);
  }

  /** Copies in strips, so that rows that become columns are read by the cache line. */
  private static void matrix(Values from, int at, int[] rows, int[] columns, Values to, int start) {
    for (int strip = 0; strip < columns.length; strip += STRIP) {
      int end = Math.min(columns.length, strip + STRIP);
      for (int r = 0; r < rows.length; r++) {
        int base = at + rows[r];
        int into = start + r * columns.length;
        for (int c = strip; c < end; c++) {
          if (from.floats != null) {
            to.floats[into + c] = from.floats[base + columns[c]];
          } else {
            to.wholes[into + c] = from.wholes[base + columns[c]];
          }
        }
      }
    }
  }

  private static int[] offsets(int length, int stride) {
    int[] all = new int[length];
    Arrays.setAll(all, i -> i * stride);
    return all;
  }

  /** The axes in another order. */
  Constant transposed(List<Integer> order) {
    int[] strides = strides(stored);
    List<Dim> to = order.stream().map(shape::get).toList();
    return picked(
        to, order.stream().map(i -> offsets(stored[i], strides[i])).toArray(int[][]::new));
  }

  /** The same elements in another shape. */
  Constant reshaped(List<Dim> to) {
    if (count() == 1) {
      return shown(type, to, ones(to.size()));
    }
    List<Dim> counting = shape.stream().filter(d -> !d.is(1)).toList();
    if (!isFull() && counting.equals(to.stream().filter(d -> !d.is(1)).toList())) {
      return moved(to);
    }
    int[] dims = to.stream().mapToInt(Constant::length).toArray();
    Constant all = full();
    return all.shown(all.type, to, dims);
  }

  /** With axes of length 1 more or fewer. */
  private Constant moved(List<Dim> to) {
    int[] dims = new int[to.size()];
    int at = 0;
    for (int i = 0; i < dims.length; i++) {
      while (at < shape.size() && shape.get(at).is(1)) {
        at++;
      }
      dims[i] = to.get(i).is(1) ? 1 : stored[at++];
    }
    return shown(type, to, dims);
  }

  /** Repeated to a shape, of as many axes or more. */
  Constant expanded(List<Dim> to) {
    int more = to.size() - shape.size();
    int[] dims = new int[to.size()];
    List<Dim> result = new ArrayList<>(to);
    for (int i = 0; i < dims.length; i++) {
      Dim own = i < more ? Dim.ONE : shape.get(i - more);
      dims[i] = i < more ? 1 : stored[i - more];
      if (to.get(i).is(1)) {
        result.set(i, own);
      } else if (!own.is(1) && !own.equals(to.get(i))) {
        throw new Refusal("a tensor of shape " + shape + " cannot be expanded to " + to);
      }
    }
    return shown(type, result, dims);
  }

  /** Some elements along an axis: {@code count} of them, the number of each from a function. */
  Constant taken(int axis, Dim count, IntUnaryOperator which) {
    List<Dim> to = new ArrayList<>(shape);
    to.set(axis, count);
    if (stored[axis] == 1 && (count.is(1) || !shape.get(axis).is(1))) {
      return shown(type, to, stored()); // they are all the same
    }
    int[] strides = strides(stored);
    int[][] offsets = new int[stored.length][];
    Arrays.setAll(offsets, i -> offsets(stored[i], strides[i]));
    offsets[axis] = new int[length(count)];
    Arrays.setAll(offsets[axis], i -> which.applyAsInt(i) * strides[axis]);
    return picked(to, offsets);
  }

  /** Several behind one another along an axis. */
  static Constant joined(List<Constant> parts, int axis) {
    for (Constant part : parts) {
      if (part.rank() != parts.get(0).rank()
          || part.type.isFloating() != parts.get(0).type.isFloating()) {
        throw new Refusal(parts.get(0) + " and " + part + " cannot be joined");
      }
    }
    List<Dim> to = new ArrayList<>(parts.get(0).shape);
    to.set(axis, parts.stream().map(p -> p.shape.get(axis)).reduce(Dim.ZERO, Dim::plus));
    int[] dims = new int[to.size()];
    for (int i = 0; i < dims.length; i++) {
      for (Constant part : parts) {
        if (i != axis && !part.shape.get(i).equals(to.get(i))) {
          throw new Refusal(
              "tensors of shape "
                  + parts.get(0).shape
                  + " and "
                  + part.shape
                  + " cannot be joined");
        }
        dims[i] = Math.max(dims[i], part.stored[i]);
      }
    }
    boolean single = parts.stream().allMatch(p -> p.type.isFloating() && p.count() == 1);
    float first = single ? parts.get(0).floats()[0] : 0;
    if (single && parts.stream().allMatch(p -> p.floats()[0] == first)) {
      return floats(to, ones(dims.length), first);
    }
    dims[axis] = length(to.get(axis));
    List<Constant> full = new ArrayList<>();
    for (Constant part : parts) {
      int[] own = dims.clone();
      own[axis] = length(part.shape.get(axis));
      full.add(part.stored(own));
    }
    int inner = 1;
    for (int i = axis + 1; i < dims.length; i++) {
      inner *= dims[i];
    }
    int rows = dims[axis] * inner;
    long read = parts.stream().mapToLong(Constant::count).sum();
    int all = count(dims, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(MOST_ELEMENTS, read)));
    int width = inner;
    ElementType type = parts.get(0).type;
    return new Constant(
        type,
        to,
        dims,
        () -> {
          float[] floats = type.isFloating() ? new float[all] : null;
          Dim[] wholes = floats == null ? new Dim[all] : null;
          int from = 0;
          for (Constant part : full) {
            Values v = part.values();
            int own = part.stored[axis] * width;
            for (int r = 0; own > 0 && r < v.length() / own; r++) {
              Object source = floats == null ? v.wholes : v.floats;
              Object target = floats == null ? wholes : floats;
              System.arraycopy(source, r * own, target, r * rows + from, own);
            }
            from += own;
          }
          return new Values(floats, wholes);
        });
  }

  /** The number of stored elements. */
  int count() {
    return count(stored, Integer.MAX_VALUE - 8);
  }

  /** The same numbers as another type's. */
  Constant cast(ElementType to) {
    if (to.isFloating() == type.isFloating() && to != ElementType.BOOL) {
      return shown(to, shape, stored);
    }
    if (to.isFloating()) {
      return new Constant(to, shape, stored, () -> new Values(floats(), null));
    }
    Dim[] wholes = new Dim[count()];
    for (int i = 0; i < wholes.length; i++) {
      wholes[i] =
          !type.isFloating()
              ? (wholes().get(i).is(0)
                  ? Dim.ZERO
                  : to == ElementType.BOOL ? Dim.ONE : wholes().get(i))
              : to == ElementType.BOOL
                  ? Dim.of(floats()[i] == 0 ? 0 : 1)
                  : Dim.of((long) floats()[i]);
    }
    return wholes(to, shape, stored, wholes);
  }

  // ---------------------------------------------------------------- elementwise

  /** Computes an element of a result from those of several floating tensors. */
  interface OfFloats {
    double of(double[] elements);
  }

  /** Computes an element of a result from those of several tensors of whole numbers. */
  interface OfWholes {
    Dim of(Dim[] elements);
  }

  /** The shape of tensors that are broadcast together. */
  static List<Dim> broadcast(List<List<Dim>> shapes) {
    int rank = shapes.stream().mapToInt(List::size).max().orElse(0);
    List<Dim> all = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      Dim dim = Dim.ONE;
      for (List<Dim> shape : shapes) {
        int own = i - rank + shape.size();
        if (own >= 0 && !shape.get(own).is(1)) {
          if (!dim.is(1)
              && dim.isKnown()
              && shape.get(own).isKnown()
              && !dim.equals(shape.get(own))) {
            throw new Refusal("tensors of the shapes " + shapes + " cannot be combined");
          }
          dim = dim.is(1) || !dim.isKnown() ? shape.get(own) : dim;
        }
      }
      all.add(dim);
    }
    return all;
  }

  private static int[][] aligned(List<Constant> operands, int[] dims) {
    int[][] strides = new int[operands.size()][dims.length];
    for (int k = 0; k < strides.length; k++) {
      Constant c = operands.get(k);
      int[] own = strides(c.stored);
      int more = dims.length - own.length;
      for (int i = 0; i < own.length; i++) {
        strides[k][i + more] = own[i];
        boolean none = dims[i + more] == 0 || c.stored[i] == 0;
        dims[i + more] = none ? 0 : Math.max(dims[i + more], c.stored[i]);
      }
    }
    return strides;
  }

  private static int[] ones(int rank) {
    int[] ones = new int[rank];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** Element by element, of floating tensors. */
  static Constant eachFloat(List<Constant> operands, OfFloats function) {
    List<Dim> shape = broadcast(operands.stream().map(Constant::shape).toList());
    int[] dims = ones(shape.size());
    int[][] strides = aligned(operands, dims);
    int count = count(dims);
    Supplier<Values> computed =
        () -> {
          List<float[]> in = operands.stream().map(Constant::floats).toList();
          float[] out = new float[count];
          double[] elements = new double[in.size()];
          int[] index = new int[dims.length];
          for (int i = 0; i < count; i++) {
            for (int k = 0; k < elements.length; k++) {
              elements[k] = in.get(k)[offset(index, strides[k])];
            }
            out[i] = (float) function.of(elements);
            advance(index, dims);
          }
          return new Values(out, null);
        };
    return new Constant(operands.get(0).type, shape, dims, computed);
  }

  /** Element by element, of whole numbers. */
  static Constant eachWhole(ElementType type, List<Constant> operands, OfWholes function) {
    List<Dim> shape = broadcast(operands.stream().map(Constant::shape).toList());
    int[] dims = ones(shape.size());
    int[][] strides = aligned(operands, dims);
    Dim[] out = new Dim[count(dims)];
    Dim[] elements = new Dim[operands.size()];
    int[] index = new int[dims.length];
    for (int i = 0; i < out.length; i++) {
      for (int k = 0; k < elements.length; k++) {
        elements[k] = operands.get(k).wholes().get(offset(index, strides[k]));
      }
      out[i] = function.of(elements);
      advance(index, dims);
    }
    return wholes(type, shape, dims, out);
  }

  @Override
  public String toString() {
    return type + " " + shape;
  }
}
