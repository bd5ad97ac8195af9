package io.github.lstm4j.io.onnx.proto;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.github.lstm4j.io.FileWindow;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Goes through a message field by field, as the <a
 * href="https://protobuf.dev/programming-guides/encoding/">encoding of protocol buffers</a> says.
 * Long runs of bytes are not read but remembered by their place.
 *
 * <pre>{@code
 * while (in.next()) {
 *   switch (in.field()) {
 *     case 1 -> name = in.text();
 *     default -> in.skip();
 *   }
 * }
 * }</pre>
 */
final class ProtoReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int DEEPEST = 64;
  private static final int NEAR = 1 << 12; // read at once: what follows a tensor is small
  private static final int OBJECT = 64; // bytes that a message or an element of a list fills

  private final Source source;
  private final CodedInputStream in;
  private int tag;
  private int depth;

  private ProtoReader(Source source, CodedInputStream in) {
    this.source = source;
    this.in = in;
  }

  /** Reads a message. */
  @FunctionalInterface
  interface Message<T> {
    T read(ProtoReader in) throws IOException;
  }

  /** Reads one element of a list of numbers. */
  @FunctionalInterface
  private interface Element {
    void read() throws IOException;
  }

  /**
   * All of a file as a message.
   *
   * @throws IOException if it is none; names the file
   */
  static <T> T read(Source source, Message<T> message) throws IOException {
    FileWindow window = source.window();
    if (window.size() > Integer.MAX_VALUE) {
      throw source.wrong(
          "has "
              + window.size()
              + " bytes, and one message at most "
              + Integer.MAX_VALUE
              + "; save its weights as external data");
    }
    int bytes = (int) window.size();
    ProtoReader reader =
        new ProtoReader(source, CodedInputStream.newInstance(window.stream(0, bytes), NEAR));
    try {
      reader.in.pushLimit(bytes);
      return message.read(reader);
    } catch (InvalidProtocolBufferException | EOFException e) {
      throw source.damaged(reader.where());
    }
  }

  Source source() {
    return source;
  }

  /** Goes to the next field; false at the message's end. */
  boolean next() throws IOException {
    tag = in.readTag();
    if (tag == 0 && in.getBytesUntilLimit() > 0) {
      throw source.damaged("it ends within a message, " + where());
    }
    return tag != 0;
  }

  /** The field's number. */
  int field() {
    return tag >>> 3;
  }

  private int wireType() {
    return tag & 7;
  }

  private String where() {
    return "at byte " + in.getTotalBytesRead();
  }

  private void require(int wireType) throws IOException {
    if (wireType() != wireType) {
      throw source.damaged(
          "field "
              + field()
              + " has the wire type "
              + wireType()
              + ", expected "
              + wireType
              + ", "
              + where());
    }
  }

  /** Passes by a field that is not known. */
  void skip() throws IOException {
    if (!in.skipField(tag)) {
      throw source.damaged("a group ends that did not begin, " + where());
    }
  }

  /** Takes from the budget what an object and so many further bytes fill. */
  private void take(long bytes, String what) throws IOException {
    source.budget().take(OBJECT + bytes, what);
  }

  private int length() throws IOException {
    require(BYTES);
    int length = in.readRawVarint32();
    if (length < 0 || length > in.getBytesUntilLimit()) {
      throw source.damaged(
          "field "
              + field()
              + " claims "
              + Integer.toUnsignedLong(length)
              + " bytes, of which there are "
              + in.getBytesUntilLimit()
              + ", "
              + where());
    }
    return length;
  }

  <T> T message(Message<T> message) throws IOException {
    int length = length();
    take(0, "its messages");
    if (++depth > DEEPEST) {
      throw source.damaged("messages lie more than " + DEEPEST + " deep, " + where());
    }
    int limit = in.pushLimit(length);
    T read = message.read(this);
    in.popLimit(limit);
    depth--;
    return read;
  }

  /** A text; halves of characters become U+FFFD. */
  String text() throws IOException {
    int length = length();
    take(2L * length, "its texts");
    return new String(in.readRawBytes(length), StandardCharsets.UTF_8);
  }

  /** Bytes, where they lie. */
  Source.Span span() throws IOException {
    int length = length();
    take(0, "its tensors");
    Source.Span span = new Source.Span(source.window(), in.getTotalBytesRead(), length);
    in.skipRawBytes(length);
    return span;
  }

  long whole() throws IOException {
    require(VARINT);
    return in.readRawVarint64();
  }

  float fraction() throws IOException {
    require(FIXED32);
    return in.readFloat();
  }

  void wholes(List<Long> into) throws IOException {
    list(VARINT, () -> into.add(in.readRawVarint64()));
  }

  void fractions(List<Float> into) throws IOException {
    list(FIXED32, () -> into.add(in.readFloat()));
  }

  /** Elements in one run, or one of those that stand alone. */
  private void list(int wireType, Element element) throws IOException {
    if (wireType() != BYTES) {
      require(wireType);
      take(0, "its lists");
      element.read();
      return;
    }
    int limit = in.pushLimit(length());
    while (in.getBytesUntilLimit() > 0) {
      take(0, "its lists");
      element.read();
    }
    in.popLimit(limit);
  }

  /**
   * Numbers of a tensor, where they lie: a run of them, or one alone.
   *
   * @param bytes 4 or 8 of a fraction, 0 for whole numbers of any length
   */
  Source.Span numbers(int bytes) throws IOException {
    if (wireType() == BYTES) {
      return span();
    }
    require(bytes == 0 ? VARINT : bytes == 4 ? FIXED32 : FIXED64);
    take(0, "its tensors");
    int from = in.getTotalBytesRead();
    if (bytes == 0) {
      in.readRawVarint64();
    } else {
      in.skipRawBytes(bytes);
    }
    return new Source.Span(source.window(), from, in.getTotalBytesRead() - from);
  }
}
