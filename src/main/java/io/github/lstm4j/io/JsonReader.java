package io.github.lstm4j.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.CharConversionException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the JSON objects of a file as maps, lists, strings, numbers, booleans and null; what they
 * fill counts on the {@link ReadBudget}.
 */
public final class JsonReader {
  private static final int DEEPEST = 200; // a wrapper in a wrapper takes four
  private static final int LONGEST = 60; // of what an error repeats
  private static final int NODE_BYTES = 160; // about what an object or a list takes in memory
  private static final int VALUE_BYTES = 80; // and a name or a value

  // Python writes, and reads, NaN and Infinity without quotes
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private final String name;
  private final ReadBudget budget;
  private final boolean numbersInArrays;

  /**
   * A reader of one file.
   *
   * @param name what errors call the file
   * @param budget what its objects may fill
   */
  public JsonReader(String name, ReadBudget budget) {
    this(name, budget, false);
  }

  private JsonReader(String name, ReadBudget budget, boolean numbersInArrays) {
    this.name = name;
    this.budget = budget;
    this.numbersInArrays = numbersInArrays;
  }

  /**
   * The same reader, but lists of numbers alone come as {@code double[]}, which takes a tenth of
   * the memory: for tensors.
   */
  public JsonReader numbersInArrays() {
    return new JsonReader(name, budget, true);
  }

  /**
   * The object in an entry of an archive.
   *
   * @param bytes its text in UTF-8; null if there is no such entry
   * @return null if there is no such entry
   * @throws IOException if it is no JSON object, or larger than the budget; names file and entry
   */
  public Map<String, Object> read(byte[] bytes, String entry) throws IOException {
    if (bytes == null) {
      return null;
    }
    try (JsonParser parser = JSON.createParser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException(
            name + ", " + entry + ": expected a JSON object, got " + found(parser));
      }
      Map<String, Object> value = object(parser, entry);
      if (parser.nextToken() != null) {
        throw new IOException(
            name
                + ", "
                + entry
                + ": expected one JSON object, but more follows it, at line "
                + parser.currentLocation().getLineNr());
      }
      return value;
    } catch (CharConversionException e) {
      throw new IOException(
          name + ", " + entry + ": expected JSON in UTF-8: " + Printable.reason(e), e);
    } catch (JsonProcessingException e) {
      throw new IOException(
          name
              + ", "
              + entry
              + ": expected a JSON object: "
              + Printable.text(e.getOriginalMessage())
              + (e.getLocation() == null ? "" : ", at line " + e.getLocation().getLineNr()),
          e);
    }
  }

  private static String found(JsonParser parser) throws IOException {
    if (!parser.hasCurrentToken()) {
      return "nothing";
    }
    String text = parser.getText();
    return Printable.text(text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text)
        + (parser.currentToken() == JsonToken.VALUE_STRING && text.startsWith("{")
            ? " as a text in quotes; to_json() gives JSON already, write it without json.dump"
            : "");
  }

  /** The rest of an object whose beginning was read. */
  private Map<String, Object> object(JsonParser parser, String entry) throws IOException {
    budget.take(NODE_BYTES, entry);
    Map<String, Object> object = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      budget.take(VALUE_BYTES, entry);
      String key = parser.currentName();
      parser.nextToken();
      object.put(key, value(parser, entry));
    }
    return object;
  }

  /** The rest of a list whose beginning was read. */
  private Object list(JsonParser parser, String entry) throws IOException {
    double[] numbers = new double[numbersInArrays ? 16 : 0];
    int count = 0;
    JsonToken token = parser.nextToken();
    while (numbersInArrays && token != null && token.isNumeric()) {
      if (count == numbers.length) {
        budget.take((long) count * Double.BYTES, entry);
        numbers = Arrays.copyOf(numbers, 2 * count);
      }
      numbers[count++] = parser.getDoubleValue();
      token = parser.nextToken();
    }
    if (count > 0 && token == JsonToken.END_ARRAY) {
      return Arrays.copyOf(numbers, count);
    }
    List<Object> list = new ArrayList<>();
    for (int i = 0; i < count; i++) { // numbers beside something else
      budget.take(VALUE_BYTES, entry);
      list.add(numbers[i]);
    }
    for (; token != JsonToken.END_ARRAY; token = parser.nextToken()) {
      list.add(value(parser, entry));
    }
    return list;
  }

  /** The value whose first token is the current one. */
  private Object value(JsonParser parser, String entry) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      return object(parser, entry);
    }
    if (token == JsonToken.START_ARRAY) {
      budget.take(NODE_BYTES, entry);
      return list(parser, entry);
    }
    budget.take(VALUE_BYTES, entry);
    return switch (token) {
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT -> parser.getNumberValue(); // as small as it fits
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }
}
