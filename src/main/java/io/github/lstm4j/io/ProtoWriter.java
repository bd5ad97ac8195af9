package io.github.lstm4j.io;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Writes a message of protocol buffers field by field, or counts its bytes: the length of a message
 * stands before it. Fields that have the schema's default are left out.
 */
public final class ProtoWriter {
  private static final int BYTES = 2;
  private static final int PIECE = 1 << 13; // numbers that are written at a time

  private final CodedOutputStream out; // null where bytes are only counted
  private long count;

  private ProtoWriter(CodedOutputStream out) {
    this.out = out;
  }

  /** Writes the fields of a message. */
  @FunctionalInterface
  public interface Message {
    /** Writes them. */
    void write(ProtoWriter out) throws IOException;
  }

  /**
   * Writes a whole message.
   *
   * @throws IOException if it is longer than a message may be
   */
  public static void write(Message message, OutputStream out) throws IOException {
    long bytes = count(message);
    if (bytes > Integer.MAX_VALUE) {
      throw new IOException(
          "the message would have "
              + bytes
              + " bytes, and one may have at most "
              + Integer.MAX_VALUE);
    }
    CodedOutputStream coded = CodedOutputStream.newInstance(out, 1 << 16);
    message.write(new ProtoWriter(coded));
    coded.flush();
  }

  /** A whole message, which is small enough to be held. */
  public static byte[] bytes(Message message) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(Math.toIntExact(count(message)));
      write(message, bytes);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // of memory
    }
  }

  private static long count(Message message) throws IOException {
    ProtoWriter counter = new ProtoWriter(null);
    message.write(counter);
    return counter.count;
  }

  private void head(int field, long bytes) throws IOException {
    if (out == null) {
      count +=
          CodedOutputStream.computeTagSize(field)
              + CodedOutputStream.computeUInt64SizeNoTag(bytes)
              + bytes;
    } else {
      out.writeTag(field, BYTES);
      out.writeUInt64NoTag(bytes);
    }
  }

  /** A message, after its length. */
  public void message(int field, Message message) throws IOException {
    head(field, count(message));
    if (out != null) {
      message.write(this);
    }
  }

  /** Messages, in order. */
  public <T extends Message> void messages(int field, Iterable<T> messages) throws IOException {
    for (T message : messages) {
      message(field, message);
    }
  }

  /** A text that is not empty. */
  public void text(int field, String text) throws IOException {
    if (!text.isEmpty()) {
      listed(field, text);
    }
  }

  /** A text in a list, where empty ones count too. */
  private void listed(int field, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    head(field, bytes.length);
    if (out != null) {
      out.writeRawBytes(bytes);
    }
  }

  /** Texts, empty ones too. */
  public void texts(int field, Iterable<String> texts) throws IOException {
    for (String text : texts) {
      listed(field, text);
    }
  }

  /** A whole number that is not 0, or true. */
  public void whole(int field, long value) throws IOException {
    if (value == 0) {
      return;
    }
    always(field, value);
  }

  /** A whole number that stands there also if it is 0. */
  public void always(int field, long value) throws IOException {
    if (out == null) {
      count += CodedOutputStream.computeInt64Size(field, value);
    } else {
      out.writeInt64(field, value);
    }
  }

  /** Whole numbers, in order. */
  public void wholes(int field, Iterable<Long> values) throws IOException {
    for (long value : values) {
      always(field, value);
    }
  }

  /** A number of 32 bits, whatever it is. */
  public void fraction(int field, float value) throws IOException {
    if (out == null) {
      count += CodedOutputStream.computeFloatSize(field, value);
    } else {
      out.writeFloat(field, value);
    }
  }

  /** Numbers of 32 bits, in order. */
  public void fractions(int field, Iterable<Float> values) throws IOException {
    for (float value : values) {
      fraction(field, value);
    }
  }

  /** Numbers of 32 bits one behind the other, after their length: packed, or {@code raw_data}. */
  public void raw(int field, float[] values) throws IOException {
    head(field, (long) Float.BYTES * values.length);
    if (out != null) {
      byte[] piece = new byte[Math.min(PIECE, values.length) * Float.BYTES];
      FloatBuffer floats = ByteBuffer.wrap(piece).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      for (int from = 0; from < values.length; from += PIECE) {
        int count = Math.min(PIECE, values.length - from);
        floats.clear().put(values, from, count);
        out.writeRawBytes(piece, 0, count * Float.BYTES);
      }
    }
  }

  /**
   * As {@link #raw(int, float[])}.
   *
   * @param bytes of each: 1, 4 or 8
   */
  public void raw(int field, long[] values, int bytes) throws IOException {
    head(field, (long) bytes * values.length);
    if (out != null) {
      for (long value : values) {
        switch (bytes) {
          case 1 -> out.writeRawByte((byte) value);
          case 4 -> out.writeFixed32NoTag((int) value);
          default -> out.writeFixed64NoTag(value);
        }
      }
    }
  }
}
