package io.github.lstm4j.io.onnx;

import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.io.onnx.proto.GraphProto;
import io.github.lstm4j.io.onnx.proto.ModelProto;
import io.github.lstm4j.io.onnx.proto.NodeProto;
import io.github.lstm4j.io.onnx.proto.OnnxFile;
import io.github.lstm4j.io.onnx.proto.TensorProto;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Graphs of others with what goes in and comes out: {@code golden/onnx}. */
final class OnnxGraphs {
  private static final Path FOLDER = Path.of("src/test/resources/golden/onnx");
  private static final long BUDGET = 64 << 20;

  private OnnxGraphs() {}

  /**
   * A graph.
   *
   * @param name folder and name: {@code ops/Clip6}
   * @param model the file
   * @param external what lies beside it in {@code model.onnx.data}; null for nothing
   * @param values of inputs that are weights
   * @param inputs of the others
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Case(
      String name,
      byte[] model,
      byte[] external,
      Map<String, Tensor> values,
      Map<String, Tensor> inputs,
      Map<String, Tensor> outputs) {
    OnnxModel read() throws IOException {
      if (external == null) {
        return OnnxGraphs.read(model, name, values);
      }
      Path folder = Files.createTempDirectory("onnx");
      Path file = folder.resolve("model.onnx");
      Path beside = folder.resolve("model.onnx.data");
      try {
        Files.write(file, model);
        Files.write(beside, external);
        return OnnxModels.read(file, values);
      } finally {
        Files.deleteIfExists(file);
        Files.deleteIfExists(beside);
        Files.deleteIfExists(folder);
      }
    }
  }

  static OnnxModel read(byte[] model, String name, Map<String, Tensor> values) throws IOException {
    try (OnnxFile file = open(model, name)) {
      return OnnxModels.read(file, name, values);
    }
  }

  static OnnxFile open(byte[] bytes, String name) {
    return OnnxFile.of(FileWindow.of(bytes), name, new ReadBudget(name, BUDGET));
  }

  static byte[] bytes(ModelProto model) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    model.write(out);
    return out.toByteArray();
  }

  /** All cases of some folders. */
  static List<Case> of(String... folders) throws IOException {
    Map<String, Map<String, byte[]>> files = new TreeMap<>();
    for (String file : List.of("cases.zip", "random.zip", "users.zip")) {
      try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(FOLDER.resolve(file)))) {
        for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
          String[] path = e.getName().split("/", 3);
          if (List.of(folders).contains(path[0])) {
            files
                .computeIfAbsent(path[0] + "/" + path[1], k -> new TreeMap<>())
                .put(path[2], zip.readAllBytes());
          }
        }
      }
    }
    Map<String, Case> all = new LinkedHashMap<>();
    for (Map.Entry<String, Map<String, byte[]>> e : files.entrySet()) {
      all.put(e.getKey(), of(e.getKey(), e.getValue()));
    }
    return List.copyOf(all.values());
  }

  private static Case of(String name, Map<String, byte[]> files) throws IOException {
    byte[] bytes = files.get("model.onnx");
    try (OnnxFile file = open(bytes, name)) {
      GraphProto graph = file.model().graph();
      Set<String> weights = new HashSet<>();
      for (NodeProto node : graph.nodes()) {
        for (int i : new int[] {1, 2, 3, 7}) {
          if (RecurrentNode.ALL.containsKey(node.opType()) && i < node.inputs().size()) {
            weights.add(node.inputs().get(i));
          }
        }
      }
      Map<String, Tensor> values = new LinkedHashMap<>();
      Map<String, Tensor> inputs = new LinkedHashMap<>();
      Map<String, Tensor> outputs = new LinkedHashMap<>();
      for (int i = 0; i < graph.inputs().size(); i++) {
        String input = graph.inputs().get(i).name();
        Tensor value = tensor(files.get("test_data_set_0/input_" + i + ".pb"), input);
        (weights.contains(input) ? values : inputs).put(input, value);
      }
      for (int i = 0; i < graph.outputs().size(); i++) {
        String output = graph.outputs().get(i).name();
        outputs.put(output, tensor(files.get("test_data_set_0/output_" + i + ".pb"), output));
      }
      return new Case(name, bytes, files.get("model.onnx.data"), values, inputs, outputs);
    }
  }

  private static Tensor tensor(byte[] bytes, String name) throws IOException {
    try (OnnxFile file = open(bytes, name)) {
      TensorProto tensor = file.tensor();
      return Tensor.of(tensor.floats(), tensor.shape());
    }
  }
}
