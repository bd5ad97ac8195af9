package io.github.lstm4j.io.keras;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import java.io.CharConversionException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the JSON objects of a file; what they fill counts on the {@link ReadBudget}. */
final class JsonReader {
  private static final int DEEPEST = 200; // a wrapper in a wrapper takes four
  private static final int LONGEST = 60; // of what an error repeats
  private static final int NODE_BYTES = 160; // about what an object or a list takes in memory
  private static final int VALUE_BYTES = 80; // and a name or a value

  // Python writes NaN and Infinity without quotes
  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private final String name;
  private final ReadBudget budget;

  /**
   * @param name what errors call the file
   */
  JsonReader(String name, ReadBudget budget) {
    this.name = name;
    this.budget = budget;
  }

  /**
   * The object in an entry of an archive.
   *
   * @param bytes its text in UTF-8; null if there is no such entry
   * @return null if there is no such entry
   */
  Map<String, Object> read(byte[] bytes, String entry) throws IOException {
    if (bytes == null) {
      return null;
    }
    try (JsonParser parser = JSON.createParser(bytes)) {
      if (next(parser, entry) != JsonToken.START_OBJECT) {
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

  /** Counts what is made of the text: two characters can become an object of a hundred bytes. */
  private JsonToken next(JsonParser parser, String entry) throws IOException {
    JsonToken token = parser.nextToken();
    if (token != null) {
      budget.take(token.isStructStart() ? NODE_BYTES : VALUE_BYTES, entry);
    }
    return token;
  }

  private Map<String, Object> object(JsonParser parser, String entry) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    while (next(parser, entry) == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      next(parser, entry);
      fields.put(field, value(parser, entry));
    }
    return fields;
  }

  private Object value(JsonParser parser, String entry) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser, entry);
      case START_ARRAY -> {
        List<Object> items = new ArrayList<>();
        while (next(parser, entry) != JsonToken.END_ARRAY) {
          items.add(value(parser, entry));
        }
        yield items;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> parser.getNumberValue();
    };
  }
}
