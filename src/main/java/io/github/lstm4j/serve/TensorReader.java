package io.github.lstm4j.serve;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The elements of one input of a request, from its JSON or from the bytes behind it. */
final class TensorReader {
  private final String where;
  private final DataType type;
  private final List<Integer> dims;
  private final int size;
  private final float[] numbers; // null for texts
  private final List<String> texts = new ArrayList<>();
  private int count;

  /**
   * @param where what errors call it: "model load, input x"
   * @param dims of the tensor, each at least 1, whose product is an int
   */
  TensorReader(String where, DataType type, List<Integer> dims) {
    this.where = where;
    this.type = type;
    this.dims = dims;
    this.size = dims.stream().reduce(1, (a, b) -> a * b);
    this.numbers = type == DataType.BYTES ? null : new float[size];
  }

  /** What was read, of an input that is no texts. */
  Tensor tensor() {
    return Tensor.of(numbers, dims.stream().mapToInt(Integer::intValue).toArray());
  }

  /** What was read, of an input of texts. */
  List<String> texts() {
    return texts;
  }

  private Refusal wrong(String problem) {
    return Refusal.badRequest(where + ": " + problem);
  }

  // ---------------------------------------------------------------- JSON

  /**
   * Reads the data of JSON: a list of all elements, or lists in lists as the shape has them.
   *
   * @throws Refusal if it has other elements, or more or fewer
   */
  void read(Object data) {
    if (type == DataType.FP16 || type == DataType.BF16) {
      throw wrong(type + " is not written in JSON; give its bytes (binary_data_size), or FP32");
    }
    boolean nested = data instanceof List<?> list && !list.isEmpty() && isList(list.get(0));
    if (nested) {
      nested(data, 0);
    } else {
      flat(data, size);
    }
  }

  private static boolean isList(Object value) {
    return value instanceof List || value instanceof double[];
  }

  private void nested(Object data, int axis) {
    if (axis == dims.size() - 1) {
      flat(data, dims.get(axis));
      return;
    }
    if (!(data instanceof List<?> list) || list.size() != dims.get(axis)) {
      throw wrong(
          "data: expected lists in lists as the shape "
              + dims
              + " has them, "
              + dims.get(axis)
              + " at axis "
              + axis
              + ", got "
              + got(data));
    }
    list.forEach(item -> nested(item, axis + 1));
  }

  private static String got(Object data) {
    return data instanceof List<?> list
        ? "a list of " + list.size()
        : data instanceof double[] all
            ? "a list of " + all.length + " numbers"
            : data == null ? "nothing" : Printable.quoted(data);
  }

  private void flat(Object data, int expected) {
    int length =
        data instanceof double[] all ? all.length : data instanceof List<?> l ? l.size() : 0;
    if (length != expected || !isList(data)) {
      throw wrong(
          "data: expected " + expected + " elements for the shape " + dims + ", got " + got(data));
    }
    if (data instanceof double[] all && numbers != null) {
      for (double number : all) {
        add(number);
      }
    } else if (data instanceof double[] all) {
      throw wrong("data: expected texts for BYTES, got the number " + all[0]);
    } else {
      ((List<?>) data).forEach(this::element);
    }
  }

  private void element(Object value) {
    if (numbers == null && value instanceof String text) {
      texts.add(text);
    } else if (numbers != null && value instanceof Number number) {
      add(number.doubleValue());
    } else {
      throw wrong(
          "data: expected "
              + (numbers == null ? "texts for BYTES" : "numbers for " + type)
              + ", got "
              + (isList(value) ? got(value) : Printable.quoted(value)));
    }
  }

  private void add(double number) {
    try {
      numbers[count] = type.of(number);
    } catch (IllegalArgumentException e) {
      throw wrong("data, element " + count + ": " + e.getMessage());
    }
    count++;
  }

  // ---------------------------------------------------------------- bytes

  /**
   * Reads little-endian bytes, all of them; of texts each behind its length.
   *
   * @throws Refusal if they are more or fewer than the shape needs
   */
  void read(ByteBuffer bytes) {
    if (numbers == null) {
      texts(bytes);
      return;
    }
    if (bytes.remaining() != (long) size * type.bytes()) {
      throw wrong(
          "expected "
              + (long) size * type.bytes()
              + " bytes for the shape "
              + dims
              + " of "
              + type
              + ", got "
              + bytes.remaining());
    }
    for (; count < size; count++) {
      try {
        numbers[count] = type.read(bytes);
      } catch (IllegalArgumentException e) {
        throw wrong("element " + count + ": " + e.getMessage());
      }
    }
  }

  private void texts(ByteBuffer bytes) {
    while (bytes.remaining() >= Integer.BYTES && texts.size() < size) {
      int length = bytes.getInt();
      if (length < 0 || length > bytes.remaining()) {
        throw wrong(
            "element "
                + texts.size()
                + ": expected its length and as many bytes, got the length "
                + Integer.toUnsignedString(length)
                + " before "
                + bytes.remaining()
                + " bytes");
      }
      ByteBuffer text = bytes.slice().limit(length);
      bytes.position(bytes.position() + length);
      try {
        texts.add(StandardCharsets.UTF_8.newDecoder().decode(text).toString());
      } catch (CharacterCodingException e) {
        throw wrong("element " + texts.size() + ": is not UTF-8");
      }
    }
    if (texts.size() != size || bytes.hasRemaining()) {
      throw wrong(
          "expected "
              + size
              + " texts, each behind its length, got "
              + texts.size()
              + " and "
              + bytes.remaining()
              + " bytes more");
    }
  }
}
