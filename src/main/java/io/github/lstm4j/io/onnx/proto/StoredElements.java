package io.github.lstm4j.io.onnx.proto;

import com.google.protobuf.CodedInputStream;
import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.Float16;
import io.github.lstm4j.io.FloatType;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.StoredFloats;
import io.github.lstm4j.io.onnx.proto.Source.Span;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/** The elements of a tensor where they lie in its file, or in another one beside it. */
final class StoredElements {
  private static final long EXACT = 1 << 24;

  private final Source source;
  private final String tensor;
  private final Map<Field, List<Span>> spans;
  private final List<String> texts;
  private final Map<String, String> external; // null if the elements are in the same file
  private final boolean segment;

  /** The fields that can hold numbers. */
  enum Field {
    FLOAT_DATA(4, 4),
    INT32_DATA(5, 0),
    INT64_DATA(7, 0),
    RAW_DATA(9, 0),
    DOUBLE_DATA(10, 8),
    UINT64_DATA(11, 0);

    private final int number;
    private final int fixed;

    Field(int number, int fixed) {
      this.number = number;
      this.fixed = fixed;
    }

    /** The bytes of an element; 0 if they vary. */
    int fixed() {
      return fixed;
    }

    /** The field of that number, if its elements have a type of their own; else null. */
    static Field of(int number) {
      for (Field f : values()) {
        if (f.number == number && f != RAW_DATA) {
          return f;
        }
      }
      return null;
    }

    /** Where elements of a type lie if they are not raw. */
    static Field of(ElementType type) {
      return switch (type) {
        case FLOAT -> FLOAT_DATA;
        case DOUBLE -> DOUBLE_DATA;
        case INT64 -> INT64_DATA;
        case UINT32, UINT64 -> UINT64_DATA;
        default -> INT32_DATA;
      };
    }
  }

  /** Takes elements one by one, of a floating type as the bits of a double. */
  private interface Taker {
    void take(int index, long bits) throws IOException;
  }

  StoredElements(
      Source source,
      String tensor,
      Map<Field, List<Span>> spans,
      List<String> texts,
      Map<String, String> external,
      boolean segment) {
    this.source = source;
    this.tensor = tensor;
    this.spans = spans;
    this.texts = texts;
    this.external = external;
    this.segment = segment;
  }

  IOException wrong(String what) {
    return source.wrong(tensor + ": " + what);
  }

  List<String> texts(int count) throws IOException {
    if (texts.size() != count || !spans.isEmpty() || external != null) {
      throw wrong("expected " + count + " texts, got " + texts.size());
    }
    return List.copyOf(texts);
  }

  /** Whether they are fractions that lie in one row, so that they can be read in another order. */
  boolean isRow(ElementType type) {
    if (!type.isFloating() || !texts.isEmpty() || segment) {
      return false;
    }
    if (external != null) {
      return spans.isEmpty();
    }
    return (spans.containsKey(Field.RAW_DATA) || Field.of(type).fixed() > 0)
        && spans.size() == 1
        && spans.values().iterator().next().size() == 1;
  }

  /** Reads some of the elements, which {@linkplain #isRow lie in one row}. */
  float[] floats(ElementType type, int all, int first, int count, StoredFloats.Reading reading)
      throws IOException {
    check(type, all);
    take(count, Float.BYTES);
    if (external != null) {
      try (FileWindow file = source.external(external.getOrDefault("location", ""), tensor)) {
        return floats(external(file, type, all), type, first, count, reading);
      }
    }
    return floats(spans.values().iterator().next().get(0), type, first, count, reading);
  }

  private float[] floats(
      Span row, ElementType type, int first, int count, StoredFloats.Reading reading)
      throws IOException {
    try {
      long from = row.from() + (long) first * type.bytes();
      return reading.of(
          new StoredFloats(row.window(), from, count, type.floats(), ByteOrder.LITTLE_ENDIAN));
    } catch (EOFException e) {
      throw source.damaged(tensor + ": " + Printable.reason(e));
    } catch (FloatType.TooLarge e) {
      throw wrong(e.getMessage());
    }
  }

  float[] floats(ElementType type, int count) throws IOException {
    if (isRow(type)) {
      return floats(type, count, 0, count, StoredFloats::all);
    }
    check(type, count);
    take(count, Float.BYTES);
    float[] all = new float[count];
    if (type.isFloating()) {
      each(
          type,
          count,
          (i, bits) -> {
            double value = Double.longBitsToDouble(bits);
            all[i] = (float) value;
            if (Float.isInfinite(all[i]) && !Double.isInfinite(value)) {
              throw wrong("the element " + value + " is too large for float32");
            }
          });
    } else {
      each(
          type,
          count,
          (i, value) -> {
            all[i] = value;
            if (Math.abs(value) > EXACT && (long) all[i] != value) {
              throw wrong("the element " + value + " cannot be told exactly in float32");
            }
          });
    }
    return all;
  }

  long[] longs(ElementType type, int count) throws IOException {
    check(type, count);
    take(count, Long.BYTES);
    long[] all = new long[count];
    each(type, count, (i, value) -> all[i] = value);
    return all;
  }

  /** Counts room for elements, each of so many bytes. */
  private void take(int count, int bytes) throws IOException {
    source.budget().take((long) count * bytes, tensor);
  }

  /** Checks that the elements are there, before room is made for them. */
  private void check(ElementType type, int count) throws IOException {
    Field own = Field.of(type);
    boolean raw = external != null || spans.containsKey(Field.RAW_DATA);
    if (segment) {
      throw wrong("is stored in segments, which is not supported");
    }
    if (!texts.isEmpty() || spans.size() > 1 || (external != null && !spans.isEmpty())) {
      throw wrong("has its elements in several fields; expected one of them");
    }
    if (!raw && !spans.isEmpty() && !spans.containsKey(own)) {
      throw wrong("elements of the type " + type + " cannot lie in " + spans.keySet());
    }
    if (external == null) {
      long there = spans.values().stream().flatMap(List::stream).mapToLong(Span::bytes).sum();
      int each = raw ? type.bytes() : own.fixed();
      if (each == 0 ? there < count : there != (long) each * count) {
        throw wrong(
            "its shape says "
                + count
                + " elements of the type "
                + type
                + ", but there are "
                + there
                + " bytes");
      }
    }
  }

  private void each(ElementType type, int count, Taker taker) throws IOException {
    if (external != null) {
      try (FileWindow file = source.external(external.getOrDefault("location", ""), tensor)) {
        each(external(file, type, count), type, 0, taker);
      }
    } else if (spans.containsKey(Field.of(type)) && Field.of(type).fixed() == 0) {
      varints(type, count, taker);
    } else {
      int at = 0;
      for (List<Span> runs : spans.values()) { // elements that stand alone are a span each
        for (Span span : runs) {
          at = each(span, type, at, taker);
        }
      }
    }
  }

  /** Where the elements lie in another file. */
  private Span external(FileWindow file, ElementType type, int count) throws IOException {
    long wanted = (long) type.bytes() * count;
    long from = number("offset", 0);
    long length = number("length", wanted);
    if (length != wanted || from > file.size() || length > file.size() - from) {
      throw wrong(
          "its shape says "
              + wanted
              + " bytes, but its external data are "
              + length
              + " from "
              + from
              + " on of a file of "
              + file.size());
    }
    return new Span(file, from, length);
  }

  /** Takes the elements of a run of bytes; the number of the next one behind it. */
  private int each(Span span, ElementType type, int from, Taker taker) throws IOException {
    if (span.bytes() % type.bytes() != 0) {
      throw wrong("its data are cut within an element");
    }
    int[] at = {from};
    try {
      span.window()
          .read(
              span.from(),
              span.bytes(),
              bytes -> {
                while (bytes.hasRemaining()) {
                  taker.take(at[0]++, element(type, bytes));
                }
              });
    } catch (EOFException e) {
      throw source.damaged(tensor + ": " + Printable.reason(e));
    }
    return at[0];
  }

  private long number(String key, long otherwise) throws IOException {
    String text = external.get(key);
    try {
      long number = text == null ? otherwise : Long.parseLong(text.strip());
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw wrong("the " + key + " of its external data is " + Printable.quoted(text));
  }

  private long element(ElementType type, ByteBuffer from) throws IOException {
    return switch (type) {
      case DOUBLE -> from.getLong();
      case FLOAT -> bits(from.getFloat());
      case FLOAT16, BFLOAT16 -> half(type, from.getShort());
      case INT8 -> from.get();
      case UINT8 -> Byte.toUnsignedLong(from.get());
      case BOOL -> from.get() == 0 ? 0 : 1;
      case INT16 -> from.getShort();
      case UINT16 -> Short.toUnsignedLong(from.getShort());
      case INT32 -> from.getInt();
      case UINT32 -> Integer.toUnsignedLong(from.getInt());
      case INT64 -> from.getLong();
      default -> unsigned(from.getLong());
    };
  }

  private static long half(ElementType type, short bits) {
    return bits(
        type == ElementType.FLOAT16 ? Float16.toFloat(bits) : Float.intBitsToFloat(bits << 16));
  }

  private static long bits(double value) {
    return Double.doubleToRawLongBits(value);
  }

  private long unsigned(long value) throws IOException {
    if (value < 0) {
      throw wrong("the element " + Long.toUnsignedString(value) + " is larger than 2^63");
    }
    return value;
  }

  private void varints(ElementType type, int count, Taker taker) throws IOException {
    int at = 0;
    for (Span span : spans.get(Field.of(type))) {
      CodedInputStream in =
          CodedInputStream.newInstance(span.window().stream(span.from(), span.bytes()));
      while (!in.isAtEnd()) {
        if (at == count) {
          throw wrong("has more elements than the " + count + " of its shape");
        }
        long value = in.readRawVarint64();
        taker.take(at++, stored(type, value));
      }
    }
    if (at != count) {
      throw wrong("has " + at + " elements, and its shape says " + count);
    }
  }

  /** An element from {@code int32_data} or the like, where halves are the numbers of their bits. */
  private long stored(ElementType type, long value) throws IOException {
    boolean fits =
        switch (type) {
          case FLOAT16, BFLOAT16, UINT16 -> value >= 0 && value <= 0xFFFF;
          case UINT8 -> value >= 0 && value <= 0xFF;
          case INT8 -> value == (byte) value;
          case INT16 -> value == (short) value;
          case INT32 -> value == (int) value;
          case UINT32 -> value >= 0 && value <= 0xFFFFFFFFL;
          case UINT64 -> unsigned(value) == value;
          default -> true;
        };
    if (!fits) {
      throw wrong("the element " + value + " is no " + type);
    }
    return switch (type) {
      case FLOAT16, BFLOAT16 -> half(type, (short) value);
      case BOOL -> value == 0 ? 0 : 1;
      default -> value;
    };
  }
}
