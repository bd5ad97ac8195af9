package io.github.lstm4j.io.keras;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Writes JSON as Python reads it: NaN and Infinity without quotes. */
final class JsonWriter {
  static final JsonMapper JSON =
      JsonMapper.builder().disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS).build();

  private JsonWriter() {}
}
