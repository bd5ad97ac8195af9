package io.github.lstm4j.io.onnx.proto;

import io.github.lstm4j.io.ProtoWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The operators that compute outputs from inputs.
 *
 * @param nodes each behind those that give its inputs
 * @param initializers constants by their names, weights above all; some may be inputs too, which
 *     may then be fed in their stead
 * @param valueInfo types of tensors in between
 * @param sparseInitializers how many constants are sparse tensors, which are not read
 */
public record GraphProto(
    String name,
    List<NodeProto> nodes,
    List<TensorProto> initializers,
    List<ValueInfoProto> inputs,
    List<ValueInfoProto> outputs,
    List<ValueInfoProto> valueInfo,
    int sparseInitializers)
    implements ProtoWriter.Message {

  /** Copies the lists. */
  public GraphProto {
    nodes = List.copyOf(nodes);
    initializers = List.copyOf(initializers);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    valueInfo = List.copyOf(valueInfo);
  }

  static GraphProto read(ProtoReader in) throws IOException {
    String name = "";
    int sparse = 0;
    List<NodeProto> nodes = new ArrayList<>();
    List<TensorProto> initializers = new ArrayList<>();
    List<ValueInfoProto> inputs = new ArrayList<>();
    List<ValueInfoProto> outputs = new ArrayList<>();
    List<ValueInfoProto> valueInfo = new ArrayList<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> nodes.add(in.message(NodeProto::read));
        case 2 -> name = in.text();
        case 5 -> initializers.add(in.message(TensorProto::read));
        case 11 -> inputs.add(in.message(ValueInfoProto::read));
        case 12 -> outputs.add(in.message(ValueInfoProto::read));
        case 13 -> valueInfo.add(in.message(ValueInfoProto::read));
        case 15 -> {
          sparse++;
          in.skip();
        }
        default -> in.skip();
      }
    }
    return new GraphProto(name, nodes, initializers, inputs, outputs, valueInfo, sparse);
  }

  @Override
  public void write(ProtoWriter out) throws IOException {
    out.messages(1, nodes);
    out.text(2, name);
    out.messages(5, initializers);
    out.messages(11, inputs);
    out.messages(12, outputs);
    out.messages(13, valueInfo);
  }
}
