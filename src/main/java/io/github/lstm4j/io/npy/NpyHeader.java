package io.github.lstm4j.io.npy;

import io.github.lstm4j.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the dictionary at the head of a {@code .npy} file says of the array. */
record NpyHeader(String descr, boolean fortranOrder, Shape shape) {
  /** Far above what a real array needs: NumPy itself refuses more than 10,000 characters. */
  static final int MAX_LENGTH = 1 << 20;

  private static final int ALIGNMENT = 64; // of the data, from the start of the file
  private static final Pattern DESCR =
      Pattern.compile("['\"]descr['\"]\\s*:\\s*(?:'([^']*)'|\"([^\"]*)\"|(\\[.*\\]))");
  private static final Pattern ORDER =
      Pattern.compile("['\"]fortran_order['\"]\\s*:\\s*(True|False)");
  private static final Pattern SHAPE =
      Pattern.compile("['\"]shape['\"]\\s*:\\s*\\(([\\dL,\\s]*)\\)");

  /** The header of a file of format {@code major}.0. */
  static NpyHeader parse(byte[] bytes, int major, String name) throws IOException {
    Charset charset = major < 3 ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
    String text = new String(bytes, charset).strip();
    Matcher descr = DESCR.matcher(text);
    Matcher order = ORDER.matcher(text);
    Matcher shape = SHAPE.matcher(text);
    if (!text.startsWith("{")
        || !text.endsWith("}")
        || !descr.find()
        || !order.find()
        || !shape.find()) {
      String head = text.length() > 120 ? text.substring(0, 120) + "…" : text;
      throw new IOException(
          name + ": the header is no dictionary of descr, fortran_order and shape: " + head);
    }
    String type =
        descr.group(1) != null
            ? descr.group(1)
            : descr.group(2) != null ? descr.group(2) : descr.group(3);
    return new NpyHeader(type, order.group(1).equals("True"), shape(shape.group(1), name));
  }

  private static Shape shape(String inner, String name) throws IOException {
    String trimmed = inner.strip();
    String[] parts = trimmed.isEmpty() ? new String[0] : trimmed.split("\\s*,\\s*");
    int[] dims = new int[parts.length];
    for (int i = 0; i < dims.length; i++) {
      try {
        dims[i] = Integer.parseInt(parts[i].replaceFirst("L$", "")); // Python 2 wrote 3L
      } catch (NumberFormatException e) {
        throw new IOException(name + ": shape (" + trimmed + ") is too large or malformed", e);
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
