package io.github.lstm4j.io;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * A file of events that TensorBoard reads: records in TensorFlow's framing (tfrecord.h: the length,
 * the data, and a masked CRC32C behind each), of which each is an {@code Event} (event.proto) with
 * one value of a {@code Summary} (summary.proto), as {@code tf.summary.scalar} and {@code
 * tf.summary.histogram} of TensorFlow 2 write it.
 *
 * <p>The messages have a dozen fields, so they are written here: protobuf's runtime is 1.7 MB, and
 * needs a compiler of its own beside it.
 */
public final class EventFile implements Closeable {
  private static final AtomicInteger FILES = new AtomicInteger();
  private static final int FLOAT = 1; // types.proto
  private static final int DOUBLE = 2;
  private static final int BUCKETS = 30; // TensorBoard's default

  private final Path path;
  private final OutputStream out;

  /**
   * Begins a file of its own in a folder.
   *
   * @throws IOException if it cannot be written
   */
  public EventFile(Path folder) throws IOException {
    Files.createDirectories(folder);
    String name =
        "events.out.tfevents."
            + System.currentTimeMillis() / 1000
            + ".lstm4j."
            + ProcessHandle.current().pid()
            + "."
            + FILES.getAndIncrement()
            + ".v2";
    path = folder.resolve(name);
    out = Files.newOutputStream(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    record(event(0).text(3, "brain.Event:2"));
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** A number at a step. */
  public void scalar(String tag, double value, long step) throws IOException {
    Message tensor = new Message().number(1, FLOAT).message(2, new Message());
    tensor.bytes(5, bytes(4, raw -> raw.putFloat((float) value)));
    value(tag, "scalars", tensor, step);
  }

  /**
   * How often which values occur: rows of left edge, right edge and count. Values that are no
   * numbers are left out.
   */
  public void histogram(String tag, float[] values, long step) throws IOException {
    double[] rows = buckets(values);
    byte[] content = bytes(rows.length * Double.BYTES, raw -> raw.asDoubleBuffer().put(rows));
    Message shape = new Message();
    shape.message(2, new Message().number(1, rows.length / 3));
    shape.message(2, new Message().number(1, 3));
    Message tensor = new Message().number(1, DOUBLE).message(2, shape);
    value(tag, "histograms", tensor.bytes(4, content), step);
  }

  private static double[] buckets(float[] values) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (float v : values) {
      if (Float.isFinite(v)) {
        least = Math.min(least, v);
        most = Math.max(most, v);
      }
    }
    double[] rows = new double[3 * BUCKETS];
    double width = (most - least) / BUCKETS;
    for (int i = 0; least <= most && i < BUCKETS; i++) {
      rows[3 * i] = least + i * width;
      rows[3 * i + 1] = i == BUCKETS - 1 ? most : least + (i + 1) * width;
    }
    for (float v : values) {
      if (Float.isFinite(v)) {
        int bucket = width == 0 ? BUCKETS - 1 : (int) ((v - least) / width);
        rows[3 * Math.min(bucket, BUCKETS - 1) + 2]++;
      }
    }
    return rows;
  }

  private void value(String tag, String plugin, Message tensor, long step) throws IOException {
    Message metadata = new Message().message(1, new Message().text(1, plugin));
    Message value = new Message().text(1, tag).message(9, metadata).message(8, tensor);
    record(event(step).message(5, new Message().message(1, value)));
  }

  private static Message event(long step) {
    double now = System.currentTimeMillis() / 1000.0;
    return new Message().fixed(1, now).number(2, step);
  }

  private void record(Message event) throws IOException {
    byte[] data = event.bytes.toByteArray();
    byte[] length = bytes(8, raw -> raw.putLong(data.length));
    out.write(
        bytes(
            data.length + 16,
            raw -> raw.put(length).putInt(checksum(length)).put(data).putInt(checksum(data))));
  }

  /** Bytes in the order of both formats, little end first. */
  private static byte[] bytes(int length, Consumer<ByteBuffer> filling) {
    byte[] bytes = new byte[length];
    filling.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    return bytes;
  }

  private static int checksum(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8; // masked, crc32c.h
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  /** A message of protobuf that is being written, field by field. */
  private static final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Message key(int field, int wire) {
      return varint(((long) field << 3) | wire);
    }

    private Message varint(long value) {
      long left = value;
      while ((left & ~0x7fL) != 0) {
        bytes.write((int) ((left & 0x7f) | 0x80));
        left >>>= 7;
      }
      bytes.write((int) left);
      return this;
    }

    Message number(int field, long value) {
      return key(field, 0).varint(value);
    }

    Message fixed(int field, double value) {
      key(field, 1).bytes.writeBytes(EventFile.bytes(8, raw -> raw.putDouble(value)));
      return this;
    }

    Message bytes(int field, byte[] value) {
      key(field, 2).varint(value.length).bytes.writeBytes(value);
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return bytes(field, value.bytes.toByteArray());
    }
  }
}
