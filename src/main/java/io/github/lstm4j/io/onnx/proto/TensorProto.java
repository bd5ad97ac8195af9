package io.github.lstm4j.io.onnx.proto;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ProtoWriter;
import io.github.lstm4j.io.StoredFloats;
import io.github.lstm4j.tensor.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A constant tensor of an ONNX model. One that was read gets its elements from the file when it is
 * asked for them, while the {@link OnnxFile} is open; they count on the file's budget each time.
 */
public final class TensorProto implements ProtoWriter.Message {
  private final String name;
  private final ElementType type;
  private final int typeCode;
  private final List<Long> dims;
  private final StoredElements stored; // null of a tensor made here
  private final float[] floats; // of a FLOAT made here
  private final long[] longs; // of whole numbers made here

  private TensorProto(
      String name,
      int typeCode,
      List<Long> dims,
      StoredElements stored,
      float[] floats,
      long[] longs) {
    this.name = name;
    this.type = ElementType.of(typeCode);
    this.typeCode = typeCode;
    this.dims = List.copyOf(dims);
    this.stored = stored;
    this.floats = floats;
    this.longs = longs;
  }

  /** A tensor of float32, over the array. */
  public static TensorProto of(String name, Shape shape, float[] values) {
    requireFits(shape, values.length);
    return new TensorProto(name, ElementType.FLOAT.code(), dims(shape), null, values, null);
  }

  /**
   * A tensor of whole numbers, over the array.
   *
   * @param type {@code INT64}, {@code INT32} or {@code BOOL}
   */
  public static TensorProto of(String name, ElementType type, Shape shape, long... values) {
    requireFits(shape, values.length);
    if (type != ElementType.INT64 && type != ElementType.INT32 && type != ElementType.BOOL) {
      throw new IllegalArgumentException("expected INT64, INT32 or BOOL, got " + type);
    }
    return new TensorProto(name, type.code(), dims(shape), null, null, values);
  }

  private static void requireFits(Shape shape, int elements) {
    if (shape.size() != elements) {
      throw new IllegalArgumentException(elements + " elements do not fit the shape " + shape);
    }
  }

  private static List<Long> dims(Shape shape) {
    return Arrays.stream(shape.dims()).mapToObj(d -> (long) d).toList();
  }

  static TensorProto read(ProtoReader in) throws IOException {
    String name = "";
    int type = 0;
    boolean segment = false;
    boolean external = false;
    List<Long> dims = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    Map<String, String> where = new LinkedHashMap<>();
    Map<StoredElements.Field, List<Source.Span>> spans = new LinkedHashMap<>();
    while (in.next()) {
      StoredElements.Field field = StoredElements.Field.of(in.field());
      if (field != null) {
        spans.computeIfAbsent(field, f -> new ArrayList<>()).add(in.numbers(field.fixed()));
        continue;
      }
      switch (in.field()) {
        case 1 -> in.wholes(dims);
        case 2 -> type = (int) in.whole();
        case 3 -> {
          segment = true;
          in.skip();
        }
        case 6 -> texts.add(in.text());
        case 8 -> name = in.text();
        case 9 ->
            spans
                .computeIfAbsent(StoredElements.Field.RAW_DATA, f -> new ArrayList<>())
                .add(in.span());
        case 13 -> StringStringEntryProto.readInto(where, in);
        case 14 -> external = in.whole() == 1;
        default -> in.skip();
      }
    }
    StoredElements stored =
        new StoredElements(
            in.source(),
            "the tensor " + Printable.quoted(name),
            spans,
            texts,
            external ? where : null,
            segment);
    return new TensorProto(name, type, dims, stored, null, null);
  }

  /** The name; may be empty. */
  public String name() {
    return name;
  }

  /** What the elements are. */
  public ElementType type() {
    return type;
  }

  /** The dimensions as the file states them; none for a single number. */
  public List<Long> dims() {
    return dims;
  }

  /**
   * The shape; of rank 0 for a single number.
   *
   * @throws IOException if a dimension is negative, or the tensor too large; names file and tensor
   */
  public Shape shape() throws IOException {
    int[] shape = new int[dims.size()];
    long elements = 1;
    boolean large = false;
    for (int i = 0; i < shape.length; i++) {
      long dim = dims.get(i);
      if (dim < 0) {
        throw wrong("expected dimensions of at least 0, got " + dims);
      }
      large |= dim > Integer.MAX_VALUE;
      shape[i] = (int) dim;
      elements = Math.min(elements * Math.min(dim, Integer.MAX_VALUE), Integer.MAX_VALUE + 1L);
    }
    if (large || elements > Integer.MAX_VALUE - 8) {
      throw wrong("has the dimensions " + dims + ": more elements than an array holds");
    }
    return Shape.of(shape);
  }

  /**
   * The elements as float32, row-major: of any floating type, or of whole numbers.
   *
   * @throws IOException if they cannot be had: fewer or more than the shape says, of another type,
   *     a double beyond float32, a whole number beyond ±2²⁴; names file and tensor
   */
  public float[] floats() throws IOException {
    if (floats != null) {
      return floats;
    }
    if (longs != null) {
      float[] all = new float[longs.length];
      for (int i = 0; i < all.length; i++) {
        all[i] = longs[i];
      }
      return all;
    }
    return stored.floats(type(type.isFloating() || type.isWhole()), shape().size());
  }

  /** Whether the elements are fractions in one row of a file. */
  public boolean isRow() {
    return stored != null && stored.isRow(type);
  }

  /** Some of the elements, {@linkplain #isRow in one row}, in the order in which they are read. */
  public float[] floats(int first, int count, StoredFloats.Reading reading) throws IOException {
    return stored.floats(type, shape().size(), first, count, reading);
  }

  /**
   * The elements as whole numbers of 64 bits, row-major: of any whole type; of a boolean 0 and 1.
   *
   * @throws IOException as {@link #floats} does
   */
  public long[] longs() throws IOException {
    if (longs != null) {
      return longs;
    }
    if (floats != null) {
      throw wrong("expected whole numbers, got FLOAT");
    }
    return stored.longs(type(type.isWhole()), shape().size());
  }

  /** The elements of a tensor of texts. */
  public List<String> texts() throws IOException {
    type(type == ElementType.STRING);
    return stored.texts(shape().size());
  }

  private ElementType type(boolean fits) throws IOException {
    if (!fits) {
      throw wrong(
          "has elements of the type "
              + (type == ElementType.OTHER ? "number " + typeCode : type)
              + ", which is not supported here");
    }
    return type;
  }

  private IOException wrong(String what) {
    return stored != null
        ? stored.wrong(what)
        : new IOException("the tensor " + Printable.quoted(name) + ": " + what);
  }

  /**
   * Writes it.
   *
   * @throws IllegalStateException if it was read from a file
   */
  @Override
  public void write(ProtoWriter out) throws IOException {
    if (stored != null) {
      throw new IllegalStateException(name + ": was read from a file; make a tensor of its values");
    }
    out.wholes(1, dims);
    out.whole(2, typeCode);
    out.text(8, name);
    if (floats != null) {
      out.raw(9, floats);
    } else {
      out.raw(9, longs, type.bytes());
    }
  }

  @Override
  public String toString() {
    return type + " " + Printable.quoted(name) + " " + dims;
  }
}
