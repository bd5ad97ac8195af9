package io.github.lstm4j.io.onnx.proto;

import io.github.lstm4j.io.ProtoWriter;
import java.io.IOException;
import java.util.Map;

/** A text with a key, as maps are stored. */
record StringStringEntryProto(String key, String value) implements ProtoWriter.Message {

  static void readInto(Map<String, String> map, ProtoReader in) throws IOException {
    StringStringEntryProto entry = in.message(StringStringEntryProto::read);
    map.put(entry.key, entry.value);
  }

  private static StringStringEntryProto read(ProtoReader in) throws IOException {
    String key = "";
    String value = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = in.text();
        case 2 -> value = in.text();
        default -> in.skip();
      }
    }
    return new StringStringEntryProto(key, value);
  }

  @Override
  public void write(ProtoWriter out) throws IOException {
    out.text(1, key);
    out.text(2, value);
  }
}
