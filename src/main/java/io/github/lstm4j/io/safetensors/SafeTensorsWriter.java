package io.github.lstm4j.io.safetensors;

import io.github.lstm4j.io.JsonWriter;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Writes safetensors files of float32. */
final class SafeTensorsWriter {
  private static final int PIECE = 1 << 14; // floats written at a time

  private record Entry(String name, Shape shape, Supplier<Tensor> values) {}

  private final Map<String, String> metadata;
  private final List<Entry> entries = new ArrayList<>();

  /**
   * @param metadata what the file says beside its tensors
   */
  SafeTensorsWriter(Map<String, String> metadata) {
    this.metadata = metadata;
  }

  /** Adds a tensor, which is asked for when it is written. */
  void add(String name, Shape shape, Supplier<Tensor> values) {
    entries.add(new Entry(name, shape, values));
  }

  /** Writes them all; the stream stays open. */
  void write(OutputStream out) throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("__metadata__", metadata);
    long at = 0;
    for (Entry entry : entries) {
      long end = at + (long) entry.shape.size() * Float.BYTES;
      Map<String, Object> said = new LinkedHashMap<>();
      said.put("dtype", "F32");
      said.put("shape", entry.shape.dims());
      said.put("data_offsets", new long[] {at, end});
      header.put(entry.name, said);
      at = end;
    }
    byte[] json = JsonWriter.line(header).getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8); // data begins at an even place
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    out.write(
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(padded.length)
            .array());
    out.write(padded);
    ByteBuffer piece = ByteBuffer.allocate(PIECE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (Entry entry : entries) {
      float[] values = entry.values.get().data();
      for (int from = 0; from < values.length; from += PIECE) {
        int n = Math.min(PIECE, values.length - from);
        piece.asFloatBuffer().put(values, from, n);
        out.write(piece.array(), 0, n * Float.BYTES);
      }
    }
  }
}
