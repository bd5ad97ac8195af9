package io.github.lstm4j.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Map;

/**
 * Writes maps, lists, arrays of numbers, strings, numbers, booleans and null as JSON, as {@link
 * JsonReader} reads it.
 */
public final class JsonWriter {
  // Python writes, and reads, NaN and Infinity without quotes
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS).build();

  private JsonWriter() {}

  /**
   * The JSON of a value, in one line.
   *
   * @throws IOException if there is something in it that JSON does not have
   */
  public static String line(Object value) throws IOException {
    return text(value, false);
  }

  /**
   * The JSON of a value for people, a line for each entry of an object.
   *
   * @throws IOException if there is something in it that JSON does not have
   */
  public static String indented(Object value) throws IOException {
    return text(value, true);
  }

  private static String text(Object value, boolean indented) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator to = JSON.createGenerator(text)) {
      if (indented) {
        to.setPrettyPrinter(new DefaultPrettyPrinter());
      }
      write(value, to);
    }
    return text.toString();
  }

  private static void write(Object value, JsonGenerator to) throws IOException {
    if (value instanceof Map<?, ?> map) {
      to.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        to.writeFieldName(entry.getKey().toString());
        write(entry.getValue(), to);
      }
      to.writeEndObject();
    } else if (value instanceof Iterable<?> list) {
      to.writeStartArray();
      for (Object element : list) {
        write(element, to);
      }
      to.writeEndArray();
    } else if (value instanceof int[] ints) {
      to.writeArray(ints, 0, ints.length);
    } else if (value instanceof long[] longs) {
      to.writeArray(longs, 0, longs.length);
    } else if (value instanceof double[] doubles) {
      to.writeArray(doubles, 0, doubles.length);
    } else if (value instanceof float[] floats) {
      to.writeStartArray();
      for (float number : floats) {
        to.writeNumber(number);
      }
      to.writeEndArray();
    } else {
      scalar(value, to);
    }
  }

  private static void scalar(Object value, JsonGenerator to) throws IOException {
    if (value == null) {
      to.writeNull();
    } else if (value instanceof String text) {
      to.writeString(text);
    } else if (value instanceof Boolean truth) {
      to.writeBoolean(truth);
    } else if (value instanceof Integer || value instanceof Long) {
      to.writeNumber(((Number) value).longValue());
    } else if (value instanceof Float number) {
      to.writeNumber(number);
    } else if (value instanceof Double number) {
      to.writeNumber(number);
    } else if (value instanceof BigInteger number) {
      to.writeNumber(number);
    } else if (value instanceof BigDecimal number) {
      to.writeNumber(number);
    } else {
      throw new IOException(
          "JSON has no "
              + value.getClass().getName()
              + ", got "
              + Printable.text(value.toString()));
    }
  }
}
