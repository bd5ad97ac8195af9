package io.github.lstm4j.serve;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the messages of the protocol's requests over gRPC ({@code open_inference_grpc.proto}, whose
 * numbers of fields stand here). A request of inference becomes the fields that it would have in
 * JSON, and is then read as such a one; bytes stay where they are. What the protocol does not have
 * is refused, also where protocol buffers would pass over it.
 */
final class GrpcReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int OBJECT = 200; // bytes that an input, or a parameter, fills at least

  private final byte[] message;
  private final String type;
  private final CodedInputStream in;
  private final ReadBudget budget = RequestReader.budget();

  private GrpcReader(byte[] message, String type) {
    this.message = message;
    this.type = type;
    this.in = CodedInputStream.newInstance(message);
  }

  /**
   * Which model is asked of.
   *
   * @param version null: it is not said
   */
  record Model(String name, String version) {
    static Model of(String name, String version) {
      return new Model(name, version.isEmpty() ? null : version);
    }
  }

  /**
   * A request of inference.
   *
   * @param fields as JSON has them, with the bytes of an input as its data
   * @param raw whether inputs came as bytes
   */
  record Infer(Model model, Map<String, Object> fields, boolean raw) {}

  /** Reads what follows a tag; false if there is no such field. */
  private interface Field {
    boolean read(int tag) throws IOException;
  }

  /** Elements that came by their type. */
  private static final class Contents {
    String field; // null: none yet
    double[] numbers = new double[0];
    int count;
    final List<Object> texts = new ArrayList<>();

    Object data() {
      return field == null ? null : field.equals("bytes_contents") ? texts : numbers();
    }

    private double[] numbers() {
      return numbers.length == count ? numbers : Arrays.copyOf(numbers, count);
    }
  }

  // ---------------------------------------------------------------- messages

  /**
   * A message without fields.
   *
   * @throws Refusal if it is none
   */
  static void empty(byte[] message, String type) {
    GrpcReader reader = new GrpcReader(message, type);
    reader.whole(tag -> false);
  }

  /**
   * A message that names a model: {@code name} and {@code version}.
   *
   * @throws Refusal if it is none
   */
  static Model model(byte[] message, String type) {
    GrpcReader reader = new GrpcReader(message, type);
    String[] texts = {"", ""};
    reader.whole(
        tag ->
            switch (tag) {
              case 1 << 3 | BYTES -> reader.text(texts, 0);
              case 2 << 3 | BYTES -> reader.text(texts, 1);
              default -> false;
            });
    return Model.of(texts[0], texts[1]);
  }

  /**
   * {@code ModelInferRequest}.
   *
   * @throws Refusal if it is none; what the model would refuse is not looked at
   */
  static Infer infer(byte[] message) {
    return new GrpcReader(message, "ModelInferRequest").infer();
  }

  private Infer infer() {
    String[] texts = {"", "", ""};
    Map<String, Object> parameters = new LinkedHashMap<>();
    List<Map<String, Object>> inputs = new ArrayList<>();
    List<Object> outputs = new ArrayList<>();
    List<ByteBuffer> raw = new ArrayList<>();
    whole(
        tag ->
            switch (tag) {
              case 1 << 3 | BYTES -> text(texts, 0);
              case 2 << 3 | BYTES -> text(texts, 1);
              case 3 << 3 | BYTES -> text(texts, 2);
              case 4 << 3 | BYTES -> parameter(parameters, "parameters");
              case 5 << 3 | BYTES -> inputs.add(input("inputs[" + inputs.size() + "]"));
              case 6 << 3 | BYTES -> outputs.add(output("outputs[" + outputs.size() + "]"));
              case 7 << 3 | BYTES -> raw.add(bytes());
              default -> false;
            });
    if (!raw.isEmpty()) {
      give(inputs, raw);
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("id", texts[2]);
    fields.put("parameters", parameters);
    fields.put("inputs", inputs.isEmpty() ? null : inputs);
    fields.put("outputs", outputs);
    return new Infer(Model.of(texts[0], texts[1]), fields, !raw.isEmpty());
  }

  /** The bytes of the inputs, in their order. */
  private void give(List<Map<String, Object>> inputs, List<ByteBuffer> raw) {
    if (raw.size() != inputs.size()) {
      throw wrong(
          "raw_input_contents",
          "expected one for each of the " + inputs.size() + " inputs, got " + raw.size());
    }
    for (int i = 0; i < raw.size(); i++) {
      if (inputs.get(i).put("data", raw.get(i)) != null) {
        throw wrong("inputs[" + i + "]", "has contents, and raw_input_contents; give one of them");
      }
    }
  }

  private Map<String, Object> input(String path) throws IOException {
    budget.take(OBJECT, path);
    String[] texts = {null, null};
    Map<String, Object> parameters = new LinkedHashMap<>();
    Contents shape = new Contents();
    Contents contents = new Contents();
    nested(
        path,
        tag ->
            switch (tag) {
              case 1 << 3 | BYTES -> text(texts, 0);
              case 2 << 3 | BYTES -> text(texts, 1);
              case 3 << 3 | BYTES, 3 << 3 | VARINT ->
                  numbers(shape, "shape", tag, () -> in.readInt64());
              case 4 << 3 | BYTES -> parameter(parameters, path + ".parameters");
              case 5 << 3 | BYTES -> nested(path + ".contents", inner -> contents(contents, inner));
              default -> false;
            });
    String fits = texts[1] == null ? null : field(texts[1]);
    if (contents.field != null && !contents.field.equals(fits) && fits != null) {
      throw wrong(
          path, "expected " + fits + " for " + texts[1] + ", got contents." + contents.field);
    }
    Map<String, Object> input = new LinkedHashMap<>();
    input.put("name", texts[0]);
    input.put("datatype", texts[1]);
    input.put("shape", shape.numbers());
    input.put("parameters", parameters);
    input.put("data", contents.data());
    return input;
  }

  private Map<String, Object> output(String path) throws IOException {
    budget.take(OBJECT, path);
    String[] name = {null};
    Map<String, Object> parameters = new LinkedHashMap<>();
    nested(
        path,
        tag ->
            switch (tag) {
              case 1 << 3 | BYTES -> text(name, 0);
              case 2 << 3 | BYTES -> parameter(parameters, path + ".parameters");
              default -> false;
            });
    Map<String, Object> output = new LinkedHashMap<>();
    output.put("name", name[0]);
    output.put("parameters", parameters);
    return output;
  }

  /** Where the elements of a type come; null: there is no such type. */
  private static String field(String datatype) {
    return switch (datatype) {
      case "BOOL" -> "bool_contents";
      case "INT8", "INT16", "INT32" -> "int_contents";
      case "INT64" -> "int64_contents";
      case "UINT8", "UINT16", "UINT32" -> "uint_contents";
      case "UINT64" -> "uint64_contents";
      case "FP32" -> "fp32_contents";
      case "FP64" -> "fp64_contents";
      case "BYTES" -> "bytes_contents";
      case "FP16", "BF16" -> "raw_input_contents";
      default -> null;
    };
  }

  private boolean contents(Contents to, int tag) throws IOException {
    return switch (tag) {
      case 1 << 3 | BYTES, 1 << 3 | VARINT ->
          numbers(to, "bool_contents", tag, () -> in.readBool() ? 1 : 0);
      case 2 << 3 | BYTES, 2 << 3 | VARINT ->
          numbers(to, "int_contents", tag, () -> in.readInt32());
      case 3 << 3 | BYTES, 3 << 3 | VARINT ->
          numbers(to, "int64_contents", tag, () -> in.readInt64());
      case 4 << 3 | BYTES, 4 << 3 | VARINT ->
          numbers(to, "uint_contents", tag, () -> Integer.toUnsignedLong(in.readUInt32()));
      case 5 << 3 | BYTES, 5 << 3 | VARINT ->
          numbers(to, "uint64_contents", tag, () -> unsigned(in.readUInt64()).doubleValue());
      case 6 << 3 | BYTES, 6 << 3 | FIXED32 ->
          numbers(to, "fp32_contents", tag, () -> in.readFloat());
      case 7 << 3 | BYTES, 7 << 3 | FIXED64 ->
          numbers(to, "fp64_contents", tag, () -> in.readDouble());
      case 8 << 3 | BYTES -> {
        begin(to, "bytes_contents");
        ByteBuffer text = bytes();
        budget.take(OBJECT / 4 + 2L * text.remaining(), "bytes_contents");
        try {
          to.texts.add(StandardCharsets.UTF_8.newDecoder().decode(text).toString());
        } catch (CharacterCodingException e) {
          throw wrong("bytes_contents", "element " + to.texts.size() + " is not UTF-8");
        }
        yield true;
      }
      default -> false;
    };
  }

  // ---------------------------------------------------------------- fields

  private Refusal wrong(String path, String problem) {
    return Refusal.badRequest(type + ", " + path + ": " + problem);
  }

  private void whole(Field field) {
    try {
      fields(null, field);
    } catch (InvalidProtocolBufferException e) {
      throw Refusal.badRequest(
          "expected a message inference." + type + ", got something else: " + Printable.reason(e));
    } catch (IOException e) {
      throw Refusal.badRequest(Printable.reason(e));
    }
  }

  /** Fields up to the end, or the limit. */
  private void fields(String path, Field field) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (!field.read(tag)) {
        throw Refusal.badRequest(
            type
                + (path == null ? "" : ", " + path)
                + ": has no field "
                + (tag >>> 3)
                + " of wire type "
                + (tag & 7));
      }
    }
  }

  private boolean nested(String path, Field field) throws IOException {
    int outer = in.pushLimit(in.readRawVarint32());
    fields(path, field);
    in.popLimit(outer);
    return true;
  }

  private boolean text(String[] to, int place) throws IOException {
    String text = in.readStringRequireUtf8();
    to[place] = text.isEmpty() ? to[place] : text;
    return true;
  }

  /** Bytes where they stand. */
  private ByteBuffer bytes() throws IOException {
    int size = in.readRawVarint32();
    int from = in.getTotalBytesRead();
    in.skipRawBytes(size); // refuses what is not there
    return ByteBuffer.wrap(message, from, size).slice();
  }

  /** An element of a list of numbers. */
  private interface Element {
    double read() throws IOException;
  }

  private void begin(Contents to, String field) {
    if (to.field != null && !to.field.equals(field)) {
      throw wrong("contents", "has " + to.field + " and " + field + "; give one of them");
    }
    to.field = field;
  }

  /** Numbers, packed or one. */
  private boolean numbers(Contents to, String field, int tag, Element element) throws IOException {
    begin(to, field);
    if ((tag & 7) != BYTES) {
      add(to, element.read(), 1);
      return true;
    }
    int outer = in.pushLimit(in.readRawVarint32());
    while (!in.isAtEnd()) {
      add(to, element.read(), in.getBytesUntilLimit());
    }
    in.popLimit(outer);
    return true;
  }

  private void add(Contents to, double number, int atMostMore) throws IOException {
    if (to.count == to.numbers.length) {
      long wanted = Math.max(2L * to.count, Math.min(atMostMore / Float.BYTES, 1 << 16)) + 1;
      budget.take((wanted - to.count) * Double.BYTES, to.field);
      to.numbers = Arrays.copyOf(to.numbers, Math.toIntExact(wanted));
    }
    to.numbers[to.count++] = number;
  }

  private static BigInteger unsigned(long bits) {
    return new BigInteger(Long.toUnsignedString(bits));
  }

  /** An entry of a map of parameters. */
  private boolean parameter(Map<String, Object> to, String path) throws IOException {
    budget.take(OBJECT, path);
    String[] key = {""};
    Object[] value = {null};
    nested(
        path,
        tag ->
            switch (tag) {
              case 1 << 3 | BYTES -> text(key, 0);
              case 2 << 3 | BYTES -> nested(path, inner -> value(value, inner));
              default -> false;
            });
    to.put(key[0], value[0]);
    return true;
  }

  private boolean value(Object[] to, int tag) throws IOException {
    switch (tag) {
      case 1 << 3 | VARINT -> to[0] = in.readBool();
      case 2 << 3 | VARINT -> to[0] = in.readInt64();
      case 3 << 3 | BYTES -> to[0] = in.readStringRequireUtf8();
      case 4 << 3 | FIXED64 -> to[0] = in.readDouble();
      case 5 << 3 | VARINT -> to[0] = unsigned(in.readUInt64());
      default -> {
        return false;
      }
    }
    return true;
  }
}
