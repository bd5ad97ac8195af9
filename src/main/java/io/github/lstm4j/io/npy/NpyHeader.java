package io.github.lstm4j.io.npy;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What the dictionary at the head of a {@code .npy} file says of the array. */
record NpyHeader(String descr, boolean fortranOrder, Shape shape) {
  /** As in NumPy, which refuses to read longer ones. */
  static final int MAX_LENGTH = 10_000;

  private static final int ALIGNMENT = 64; // of the data, from the start of the file

  /** The header of a file of format {@code major}.0. */
  static NpyHeader parse(byte[] bytes, int major, String name) throws IOException {
    Charset charset = major < 3 ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
    String text = new String(bytes, charset).strip();
    Literal dictionary = new Literal(text);
    String fault = dictionary.read();
    if (fault != null) {
      String head = text.length() > 120 ? text.substring(0, 120) + "…" : text;
      throw new IOException(
          name
              + ": the header is no dictionary of descr, fortran_order and shape ("
              + fault
              + "): \""
              + Printable.text(head)
              + "\"");
    }
    return new NpyHeader(dictionary.descr, dictionary.fortranOrder, shape(dictionary.shape, name));
  }

  /** Reads such a dictionary, as Python writes it, from its first character to its last. */
  private static final class Literal {
    private final String text;
    private int at;
    private String descr;
    private Boolean fortranOrder;
    private List<String> shape;

    Literal(String text) {
      this.text = text;
    }

    /** What is wrong; null if all is well. */
    String read() {
      if (!take('{')) {
        return "it does not begin with {";
      }
      while (!take('}')) {
        String key = string();
        if (key == null || !take(':')) {
          return "expected a name at " + at;
        }
        boolean known =
            switch (key) {
              case "descr" -> descr == null && (descr = description()) != null;
              case "fortran_order" -> fortranOrder == null && (fortranOrder = truth()) != null;
              case "shape" -> shape == null && (shape = numbers()) != null;
              default -> false;
            };
        if (!known) {
          return Printable.text(key) + " is unknown, twice there or has no value that it can have";
        }
        if (!take(',') && peek() != '}') {
          return "expected , or } at " + at;
        }
      }
      if (at < text.length()) {
        return "something follows it";
      }
      return descr == null
          ? "descr is missing"
          : fortranOrder == null
              ? "fortran_order is missing"
              : shape == null ? "shape is missing" : null;
    }

    private char peek() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      return at < text.length() ? text.charAt(at) : 0;
    }

    private boolean take(char c) {
      if (peek() != c) {
        return false;
      }
      at++;
      return true;
    }

    private String string() {
      char quote = peek();
      if (quote != '\'' && quote != '"') {
        return null;
      }
      int end = text.indexOf(quote, at + 1);
      if (end < 0) {
        return null;
      }
      String inside = text.substring(at + 1, end);
      at = end + 1;
      return inside;
    }

    /** A type's name; of a type with fields, its list as it stands. */
    private String description() {
      if (peek() != '[') {
        return string();
      }
      int from = at;
      int depth = 0;
      do {
        char c = peek();
        if (c == '\'' || c == '"') {
          if (string() == null) {
            return null;
          }
          continue;
        }
        depth += c == '[' ? 1 : c == ']' ? -1 : 0;
        if (c == 0) {
          return null;
        }
        at++;
      } while (depth > 0);
      return text.substring(from, at);
    }

    private Boolean truth() {
      peek();
      for (boolean value : new boolean[] {true, false}) {
        String word = value ? "True" : "False";
        if (text.startsWith(word, at)) {
          at += word.length();
          return value;
        }
      }
      return null;
    }

    private List<String> numbers() {
      if (!take('(')) {
        return null;
      }
      List<String> all = new ArrayList<>();
      while (!take(')')) {
        peek();
        int from = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
          at++;
        }
        if (at == from) {
          return null;
        }
        all.add(text.substring(from, at));
        take('L'); // Python 2 wrote 3L
        if (!take(',') && peek() != ')') {
          return null;
        }
      }
      return all;
    }
  }

  private static Shape shape(List<String> numbers, String name) throws IOException {
    int[] dims = new int[numbers.size()];
    for (int i = 0; i < dims.length; i++) {
      try {
        dims[i] = Integer.parseInt(numbers.get(i));
      } catch (NumberFormatException e) {
        throw new IOException(name + ": shape " + Printable.text(numbers) + " is too large", e);
      }
    }
    return Shape.of(dims);
  }

  /** The number of elements. */
  int size(String name) throws IOException {
    long size = 1;
    for (int d : shape.dims()) {
      size *= d;
      if (size > Integer.MAX_VALUE) {
        throw new IOException(
            name + ": shape " + shape + " has more elements than fit a tensor (2147483647)");
      }
    }
    return (int) size;
  }

  /** Magic, version 1.0 and the header of a float32 array, padded so that the data is aligned. */
  static byte[] encode(String descr, Shape shape) {
    StringBuilder text = new StringBuilder("{'descr': '");
    text.append(descr).append("', 'fortran_order': False, 'shape': ").append(shape).append(", }");
    while ((10 + text.length() + 1) % ALIGNMENT != 0) {
      text.append(' ');
    }
    text.append('\n');
    return ByteBuffer.allocate(10 + text.length())
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(Npy.MAGIC)
        .put(new byte[] {1, 0})
        .putShort((short) text.length())
        .put(text.toString().getBytes(StandardCharsets.ISO_8859_1))
        .array();
  }
}
