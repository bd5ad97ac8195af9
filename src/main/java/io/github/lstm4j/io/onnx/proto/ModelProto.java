package io.github.lstm4j.io.onnx.proto;

import io.github.lstm4j.io.ProtoWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * An ONNX file.
 *
 * @param irVersion of the file's format
 * @param opsets the version of each set of operators, by its domain; ONNX's own is the empty one
 * @param producerName what wrote the file: {@code pytorch}
 * @param metadata what else was said of the model
 * @param functions the operators that the file defines itself, each behind its domain: {@code
 *     my.Twice}; how, is not read
 */
public record ModelProto(
    long irVersion,
    Map<String, Long> opsets,
    String producerName,
    String producerVersion,
    GraphProto graph,
    Map<String, String> metadata,
    Set<String> functions)
    implements ProtoWriter.Message {

  /** An entry of {@link #opsets}. */
  private record OperatorSetIdProto(String domain, long version) implements ProtoWriter.Message {
    static OperatorSetIdProto read(ProtoReader in) throws IOException {
      String domain = "";
      long version = 0;
      while (in.next()) {
        switch (in.field()) {
          case 1 -> domain = in.text();
          case 2 -> version = in.whole();
          default -> in.skip();
        }
      }
      // ONNX's own operators have a name too
      return new OperatorSetIdProto(domain.equals("ai.onnx") ? "" : domain, version);
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, domain);
      out.whole(2, version);
    }
  }

  /** What a function is called. */
  private static String function(ProtoReader in) throws IOException {
    String name = "";
    String domain = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> name = in.text();
        case 10 -> domain = in.text();
        default -> in.skip();
      }
    }
    return domain + "." + name;
  }

  static ModelProto read(ProtoReader in) throws IOException {
    long irVersion = 0;
    String producerName = "";
    String producerVersion = "";
    GraphProto graph = null;
    Map<String, Long> opsets = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    Set<String> functions = new LinkedHashSet<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> irVersion = in.whole();
        case 2 -> producerName = in.text();
        case 3 -> producerVersion = in.text();
        case 7 -> graph = in.message(GraphProto::read);
        case 8 -> {
          OperatorSetIdProto opset = in.message(OperatorSetIdProto::read);
          opsets.put(opset.domain, opset.version);
        }
        case 14 -> StringStringEntryProto.readInto(metadata, in);
        case 25 -> functions.add(in.message(ModelProto::function));
        default -> in.skip();
      }
    }
    if (graph == null) {
      throw in.source().damaged("it has no graph");
    }
    return new ModelProto(
        irVersion, opsets, producerName, producerVersion, graph, metadata, functions);
  }

  /** The version of ONNX's own operators; 1 in files that are older than such versions. */
  public long opset() {
    return opsets.getOrDefault("", 1L);
  }

  @Override
  public void write(ProtoWriter out) throws IOException {
    out.whole(1, irVersion);
    out.text(2, producerName);
    out.text(3, producerVersion);
    out.message(7, graph);
    for (Map.Entry<String, Long> opset : opsets.entrySet()) {
      out.message(8, new OperatorSetIdProto(opset.getKey(), opset.getValue()));
    }
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      out.message(14, new StringStringEntryProto(entry.getKey(), entry.getValue()));
    }
  }

  /** Writes the file into a stream, which stays open. */
  public void write(OutputStream out) throws IOException {
    ProtoWriter.write(this, out);
  }
}
