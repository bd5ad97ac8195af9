package io.github.lstm4j.io.onnx.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.io.onnx.proto.NodeProto.Attribute;
import io.github.lstm4j.io.onnx.proto.ValueInfoProto.Dimension;
import io.github.lstm4j.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ONNX's messages: read as they were written, and refused in one sentence where they lie. */
class OnnxMessagesTest {
  @TempDir Path folder;

  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  private static byte[] bytes(Fields fields) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    fields.write(out);
    out.flush();
    return bytes.toByteArray();
  }

  /** A tensor of that type and those dimensions, with its elements as these fields say. */
  private static OnnxFile tensor(ElementType type, long[] dims, Fields elements)
      throws IOException {
    return file(
        bytes(
            out -> {
              for (long dim : dims) {
                out.writeInt64(1, dim);
              }
              out.writeInt32(2, type.code());
              out.writeString(8, "w");
              elements.write(out);
            }));
  }

  private static OnnxFile file(byte[] bytes) {
    return OnnxFile.of(FileWindow.of(bytes), "m.onnx", new ReadBudget("m.onnx", 1 << 20));
  }

  private static byte[] littleEndian(Object... values) {
    ByteBuffer all = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    for (Object value : values) {
      if (value instanceof Short s) {
        all.putShort(s);
      } else if (value instanceof Integer i) {
        all.putInt(i);
      } else if (value instanceof Float f) {
        all.putFloat(f);
      } else if (value instanceof Double d) {
        all.putDouble(d);
      } else if (value instanceof Byte b) {
        all.put(b);
      } else {
        all.putLong((Long) value);
      }
    }
    return Arrays.copyOf(all.array(), all.position());
  }

  private static float[] floats(ElementType type, int count, Fields elements) throws IOException {
    return tensor(type, new long[] {count}, elements).tensor().floats();
  }

  private static long[] longs(ElementType type, int count, Fields elements) throws IOException {
    return tensor(type, new long[] {count}, elements).tensor().longs();
  }

  @Test
  void everyTypeIsReadFromRawData() throws IOException {
    float[] three = {1.5f, -2, 0.25f};
    assertThat(
            floats(ElementType.FLOAT, 3, o -> o.writeByteArray(9, littleEndian(1.5f, -2f, .25f))))
        .containsExactly(three);
    assertThat(
            floats(ElementType.DOUBLE, 3, o -> o.writeByteArray(9, littleEndian(1.5, -2.0, .25))))
        .containsExactly(three);
    byte[] halves = littleEndian((short) 0x3e00, (short) 0xc000, (short) 0x3400);
    assertThat(floats(ElementType.FLOAT16, 3, o -> o.writeByteArray(9, halves)))
        .containsExactly(three);
    byte[] brains = littleEndian((short) 0x3fc0, (short) 0xc000, (short) 0x3e80);
    assertThat(floats(ElementType.BFLOAT16, 3, o -> o.writeByteArray(9, brains)))
        .containsExactly(three);
    assertThat(longs(ElementType.INT8, 1, o -> o.writeByteArray(9, littleEndian((byte) -3))))
        .containsExactly(-3);
    assertThat(longs(ElementType.UINT8, 1, o -> o.writeByteArray(9, littleEndian((byte) -3))))
        .containsExactly(253);
    assertThat(longs(ElementType.INT16, 1, o -> o.writeByteArray(9, littleEndian((short) -3))))
        .containsExactly(-3);
    assertThat(longs(ElementType.UINT16, 1, o -> o.writeByteArray(9, littleEndian((short) -3))))
        .containsExactly(65533);
    assertThat(longs(ElementType.INT32, 1, o -> o.writeByteArray(9, littleEndian(-3))))
        .containsExactly(-3);
    assertThat(longs(ElementType.UINT32, 1, o -> o.writeByteArray(9, littleEndian(-3))))
        .containsExactly(4294967293L);
    assertThat(longs(ElementType.INT64, 2, o -> o.writeByteArray(9, littleEndian(-3L, 1L << 40))))
        .containsExactly(-3, 1L << 40);
    assertThat(longs(ElementType.BOOL, 2, o -> o.writeByteArray(9, new byte[] {0, 7})))
        .containsExactly(0, 1);
    assertThat(floats(ElementType.INT64, 1, o -> o.writeByteArray(9, littleEndian(-3L))))
        .containsExactly(-3f);
  }

  @Test
  void everyTypeIsReadFromItsOwnField() throws IOException {
    assertThat(floats(ElementType.FLOAT, 2, o -> o.writeByteArray(4, littleEndian(1.5f, -2f))))
        .containsExactly(1.5f, -2);
    assertThat( // one by one, as a writer that does not pack them
            floats(
                ElementType.FLOAT,
                2,
                o -> {
                  o.writeFloat(4, 1.5f);
                  o.writeFloat(4, -2);
                }))
        .containsExactly(1.5f, -2);
    assertThat(floats(ElementType.DOUBLE, 1, o -> o.writeByteArray(10, littleEndian(1.5))))
        .containsExactly(1.5f);
    assertThat(floats(ElementType.FLOAT16, 1, o -> o.writeInt32(5, 0x3e00))).containsExactly(1.5f);
    assertThat(floats(ElementType.BFLOAT16, 1, o -> o.writeInt32(5, 0x3fc0))).containsExactly(1.5f);
    assertThat(longs(ElementType.INT32, 1, o -> o.writeInt32(5, -3))).containsExactly(-3);
    assertThat(longs(ElementType.UINT64, 1, o -> o.writeUInt64(11, 3))).containsExactly(3);
    assertThat(longs(ElementType.INT64, 3, o -> o.writeByteArray(7, new byte[] {1, 2, 3})))
        .containsExactly(1, 2, 3);
    OnnxFile texts =
        tensor(
            ElementType.STRING,
            new long[] {2},
            o -> {
              o.writeString(6, "a");
              o.writeString(6, "");
            });
    assertThat(texts.tensor().texts()).containsExactly("a", "");
  }

  private static void assertRefused(String why, ElementType type, long[] dims, Fields elements) {
    assertThatThrownBy(
            () -> {
              TensorProto tensor = tensor(type, dims, elements).tensor();
              if (type.isFloating()) {
                tensor.floats();
              } else {
                tensor.longs();
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("m.onnx: the tensor \"w\": ")
        .hasMessageContaining(why);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    long[] two = {2};
    Fields four = o -> o.writeByteArray(9, littleEndian(1f));
    assertRefused(
        "2 elements of the type FLOAT, but there are 4 bytes", ElementType.FLOAT, two, four);
    assertRefused("at least 0, got [-1]", ElementType.FLOAT, new long[] {-1}, four);
    long[] huge = {1L << 40, 1L << 40};
    assertRefused("more elements than an array holds", ElementType.FLOAT, huge, four);
    assertRefused("more elements", ElementType.FLOAT, new long[] {65536, 65536}, four);
    Fields both =
        o -> {
          four.write(o);
          o.writeFloat(4, 1);
        };
    assertRefused("several fields", ElementType.FLOAT, new long[] {1}, both);
    assertRefused(
        "cannot lie in [INT32_DATA]", ElementType.FLOAT, new long[] {1}, o -> o.writeInt32(5, 1));
    assertRefused(
        "more elements than the 1 of its shape",
        ElementType.INT64,
        new long[0],
        o -> o.writeByteArray(7, new byte[] {1, 2}));
    assertRefused("is no INT8", ElementType.INT8, new long[] {1}, o -> o.writeInt32(5, 200));
    assertRefused(
        "too large for float32",
        ElementType.DOUBLE,
        new long[] {1},
        o -> o.writeByteArray(9, littleEndian(1e300)));
    assertRefused("not supported", ElementType.OTHER, new long[] {1}, o -> o.writeInt32(5, 1));
    assertRefused(
        "segments", ElementType.FLOAT, new long[0], o -> o.writeByteArray(3, new byte[0]));
  }

  @Test
  void theBudgetIsAskedBeforeTheMemory() {
    assertThatThrownBy(
            () -> floats(ElementType.INT32, 1 << 20, o -> o.writeByteArray(5, new byte[1 << 20])))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("needs 4194304 bytes in memory");
  }

  @Test
  void damageIsSaidInOneSentence() throws IOException {
    byte[] whole = whole();
    for (int length = 1; length < whole.length / 2; length += 7) { // within the graph
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> file(cut).model().graph().initializers().get(0).floats())
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("m.onnx: ");
    }
    byte[] deep = {};
    for (int i = 0; i < 200; i++) {
      byte[] inside = deep;
      byte[] graph = bytes(o -> o.writeByteArray(6, inside)); // an attribute's graph
      byte[] node = bytes(o -> o.writeByteArray(5, graph));
      deep = bytes(o -> o.writeByteArray(1, node));
    }
    byte[] nested = deep;
    assertThatThrownBy(() -> file(bytes(o -> o.writeByteArray(7, nested))).model())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("messages lie more than 64 deep");
    assertThatThrownBy(() -> file(bytes(o -> o.writeInt32(7, 1))).model())
        .hasMessageContaining("field 7 has the wire type 0, expected 2");
    assertThatThrownBy(() -> file(new byte[] {0x3a, (byte) 0xff, (byte) 0xff, 3}).model())
        .hasMessageContaining("field 7 claims 65535 bytes, of which there are 0");
    assertThatThrownBy(() -> file(new byte[0]).model()).hasMessageContaining("it has no graph");
  }

  private static byte[] whole() throws IOException {
    GraphProto inner =
        new GraphProto("inner", List.of(), List.of(), List.of(), List.of(), List.of(), 0);
    NodeProto node =
        new NodeProto(
            "n",
            "Op",
            "some.where",
            List.of("a", ""),
            List.of("b"),
            List.of(
                new Attribute("f", 0f),
                new Attribute("i", -1L),
                new Attribute("s", ""),
                new Attribute("g", inner),
                new Attribute("fs", List.of(1f, 2f)),
                new Attribute("is", List.of(0L, 1L << 50)),
                new Attribute("ss", List.of("x", "y"))));
    List<Dimension> dims = List.of(new Dimension(-1, "batch"), new Dimension(0, ""));
    return bytes(
        o -> {
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          new ModelProto(
                  8,
                  Map.of("", 17L),
                  "us",
                  "1",
                  new GraphProto(
                      "g",
                      List.of(node),
                      List.of(TensorProto.of("w", Shape.of(2), new float[] {1, 2})),
                      List.of(ValueInfoProto.tensor("a", ElementType.FLOAT, dims)),
                      List.of(ValueInfoProto.tensor("b", ElementType.INT64, null)),
                      List.of(),
                      0),
                  Map.of("key", "value"),
                  Set.of())
              .write(out);
          o.writeRawBytes(out.toByteArray());
          o.writeString(99, "a field that nobody knows");
        });
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    ModelProto model = file(whole()).model();
    assertThat(model.irVersion()).isEqualTo(8);
    assertThat(model.opset()).isEqualTo(17);
    assertThat(model.metadata()).containsExactly(Map.entry("key", "value"));
    GraphProto graph = model.graph();
    assertThat(graph.initializers().get(0).floats()).containsExactly(1, 2);
    assertThat(graph.inputs().get(0).dims())
        .containsExactly(new Dimension(-1, "batch"), new Dimension(0, ""));
    assertThat(graph.outputs().get(0).dims()).isNull();
    NodeProto node = graph.nodes().get(0);
    assertThat(node).hasToString("some.where.Op \"n\"");
    assertThat(node.inputs()).containsExactly("a", "");
    assertThat(node.attribute("f", Float.class, 9f)).isZero();
    assertThat(node.attribute("i", Long.class, 9L)).isEqualTo(-1);
    assertThat(node.attribute("s", String.class, "x")).isEmpty();
    assertThat(node.attribute("none", String.class, "x")).isEqualTo("x");
    assertThat(node.attribute("g", GraphProto.class, null).name()).isEqualTo("inner");
    assertThat(node.attributes("is", Long.class, List.of())).containsExactly(0L, 1L << 50);
    assertThat(node.attributes("ss", String.class, List.of())).containsExactly("x", "y");
    assertThatThrownBy(() -> node.attribute("f", Long.class, 0L))
        .hasMessage("some.where.Op \"n\": the attribute \"f\" is no Long, but 0.0");
  }

  // ---------------------------------------------------------------- external data

  private Path external(String location, String offset) throws IOException {
    byte[] tensor =
        bytes(
            o -> {
              o.writeInt64(1, 2);
              o.writeInt32(2, 1);
              o.writeString(8, "w");
              o.writeByteArray(13, entry("location", location));
              o.writeByteArray(13, entry("offset", offset));
              o.writeInt32(14, 1);
            });
    return Files.write(folder.resolve("model.onnx"), tensor);
  }

  private static byte[] entry(String key, String value) throws IOException {
    return bytes(
        o -> {
          o.writeString(1, key);
          o.writeString(2, value);
        });
  }

  private float[] read(Path path) throws IOException {
    try (OnnxFile file = OnnxFile.open(path, 1 << 20)) {
      return file.tensor().floats();
    }
  }

  @Test
  void externalDataLieBesideTheModelAndNowhereElse() throws IOException {
    Files.createDirectories(folder.resolve("in"));
    Files.write(folder.resolve("in/w.bin"), littleEndian(9f, 1f, 2f));
    assertThat(read(external("in/w.bin", "4"))).containsExactly(1, 2);
    assertThatThrownBy(() -> read(external("in/w.bin", "8")))
        .hasMessageContaining("8 bytes, but its external data are 8 from 8 on of a file of 12");
    assertThatThrownBy(() -> read(external("in/w.bin", "-4")))
        .hasMessageContaining("the offset of its external data is \"-4\"");
    Path outside = Files.write(folder.resolveSibling("outside.bin"), littleEndian(1f, 2f));
    assertThatThrownBy(() -> read(external("../outside.bin", "0")))
        .hasMessageContaining("\"../outside.bin\", outside the folder of the model");
    assertThatThrownBy(() -> read(external(outside.toString(), "0")))
        .hasMessageContaining("outside the folder of the model");
    Files.createSymbolicLink(folder.resolve("link.bin"), outside);
    assertThatThrownBy(() -> read(external("link.bin", "0")))
        .hasMessageContaining("outside the folder of the model");
    assertThatThrownBy(() -> read(external("none.bin", "0")))
        .hasMessageContaining("which cannot be read");
    byte[] bytes = Files.readAllBytes(external("in/w.bin", "4"));
    assertThatThrownBy(() -> file(bytes).tensor().floats())
        .hasMessageContaining("load the model from its path");
    Files.delete(outside);
  }
}
