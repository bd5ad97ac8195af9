package io.github.lstm4j.io.onnx;

import com.google.protobuf.CodedInputStream;
import io.github.lstm4j.io.onnx.export.OnnxExport;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.model.ModelFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * ONNX as a {@link ModelFormat}; see {@link OnnxModels} and {@link OnnxExport}, which have options
 * too.
 */
public final class OnnxFormat implements ModelFormat {
  private static final int VARINT = 0;
  private static final int BYTES = 2;
  private static final int GRAPH = 7;

  /** For the look-up of services. */
  public OnnxFormat() {}

  @Override
  public String name() {
    return "ONNX";
  }

  /**
   * Whether fields of a model stand there, and nothing else, up to the graph: protocol buffers have
   * no mark at their beginning.
   */
  @Override
  public boolean recognizes(ModelFile file) {
    CodedInputStream in = CodedInputStream.newInstance(file.head());
    try {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        int wireType = tag & 7;
        switch (tag >>> 3) {
          case 1, 5 -> { // ir_version, model_version
            if (wireType != VARINT || in.readRawVarint64() < 0) {
              return false;
            }
          }
          case 2, 3, 4, 6, 8, 14, 20, 25, 26 -> {
            if (wireType != BYTES || !in.skipField(tag)) {
              return false;
            }
          }
          case GRAPH -> {
            // which may be longer than what is seen of it
            return wireType == BYTES && in.readRawVarint32() > 0;
          }
          default -> {
            return false;
          }
        }
      }
      return false;
    } catch (IOException e) { // no such message
      return false;
    }
  }

  @Override
  public Model load(ModelFile file) throws IOException {
    return OnnxModels.read(file).model();
  }

  @Override
  public String axes(ModelFile file) throws IOException {
    return OnnxModels.read(file).toString();
  }

  @Override
  public List<String> endings() {
    return List.of(".onnx");
  }

  @Override
  public void save(Model model, OutputStream out) throws IOException {
    new OnnxExport().save(model, out);
  }
}
