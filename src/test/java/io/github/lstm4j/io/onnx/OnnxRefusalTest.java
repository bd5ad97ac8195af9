package io.github.lstm4j.io.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.io.onnx.proto.GraphProto;
import io.github.lstm4j.io.onnx.proto.ModelProto;
import io.github.lstm4j.io.onnx.proto.NodeProto;
import io.github.lstm4j.io.onnx.proto.NodeProto.Attribute;
import io.github.lstm4j.io.onnx.proto.TensorProto;
import io.github.lstm4j.io.onnx.proto.ValueInfoProto;
import io.github.lstm4j.io.onnx.proto.ValueInfoProto.Dimension;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a graph asks for and cannot have is said by name, all of it at once. */
class OnnxRefusalTest {
  private static ValueInfoProto input(String name, int... dims) {
    List<Dimension> all =
        Arrays.stream(dims).mapToObj(d -> new Dimension(d, d < 0 ? "n" + d : "")).toList();
    return ValueInfoProto.tensor(name, ElementType.FLOAT, all);
  }

  private static NodeProto node(
      String op, String name, List<String> in, List<String> out, Attribute... attributes) {
    return new NodeProto(name, op, "", in, out, List.of(attributes));
  }

  private static OnnxModel read(
      List<NodeProto> nodes, List<TensorProto> weights, ValueInfoProto... inputs)
      throws IOException {
    ValueInfoProto y = ValueInfoProto.tensor("y", ElementType.FLOAT, null);
    return read(nodes, weights, y, List.of(inputs));
  }

  private static OnnxModel read(
      List<NodeProto> nodes,
      List<TensorProto> weights,
      ValueInfoProto output,
      List<ValueInfoProto> inputs)
      throws IOException {
    GraphProto graph = new GraphProto("g", nodes, weights, inputs, List.of(output), List.of(), 0);
    ModelProto model = new ModelProto(8, Map.of("", 17L), "", "", graph, Map.of(), Set.of());
    return OnnxGraphs.read(OnnxGraphs.bytes(model), "m.onnx", Map.of());
  }

  private static TensorProto weight(String name, int... dims) {
    return TensorProto.of(name, Shape.of(dims), new float[Shape.of(dims).size()]);
  }

  @Test
  void allThatIsNotSupportedIsToldAtOnce() {
    List<NodeProto> nodes =
        List.of(
            node("Loop", "loop_1", List.of("x"), List.of("a")),
            node("TopK", "best", List.of("x"), List.of("b")),
            node("Relu", "r", List.of("x"), List.of("c"), new Attribute("slope", 1f)),
            node("Sum", "", List.of("a", "b", "c"), List.of("y")));
    assertThatThrownBy(() -> read(nodes, List.of(), input("x", -1, 3)))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "m.onnx: Loop \"loop_1\": this operator is not supported;"
                + " TopK \"best\": this operator is not supported;"
                + " Relu \"r\": the attribute \"slope\" is not supported");
  }

  @Test
  void operatorsThatTheFileDefinesAreNoneOfOnnx() {
    List<NodeProto> nodes = List.of(node("Relu", "r", List.of("x"), List.of("y")));
    ValueInfoProto y = ValueInfoProto.tensor("y", ElementType.FLOAT, null);
    ValueInfoProto x = input("x", -1, 3);
    GraphProto graph = new GraphProto("g", nodes, List.of(), List.of(x), List.of(y), List.of(), 0);
    ModelProto model = new ModelProto(8, Map.of("", 17L), "", "", graph, Map.of(), Set.of());
    assertThatThrownBy(
            () -> {
              byte[] bytes = OnnxGraphs.bytes(model);
              byte[] function = {(byte) 0xca, 1, 6, 10, 4, 'R', 'e', 'l', 'u'}; // field 25: Relu
              byte[] all = Arrays.copyOf(bytes, bytes.length + function.length);
              System.arraycopy(function, 0, all, bytes.length, function.length);
              OnnxGraphs.read(all, "m.onnx", Map.of());
            })
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Relu \"r\": the file defines this operator itself")
        .hasMessageContaining("onnx.inliner.inline_local_functions");
  }

  @Test
  void weightsThatAreFedAreNamed() throws IOException {
    NodeProto lstm = node("LSTM", "rnn", List.of("X", "W", "R"), List.of("y"));
    ValueInfoProto[] inputs = {input("X", 5, 2, 3), input("W", 1, 8, 3), input("R", 1, 8, 2)};
    assertThatThrownBy(() -> read(List.of(lstm), List.of(), inputs))
        .hasMessageContaining("LSTM \"rnn\": its weights are computed or fed")
        .hasMessageContaining("W, the graph's input \"W\"; R, the graph's input \"R\"")
        .hasMessageContaining("give the values of such inputs to OnnxModels.read");
    OnnxModel read =
        read(List.of(lstm), List.of(weight("W", 1, 8, 3), weight("R", 1, 8, 2)), inputs);
    assertThat(read.inputNames()).containsExactly("X");
    assertThat(read.model().inputShape()).isEqualTo(Shape.of(-1, 5, 3));
    assertThat(read.run(Map.of("X", Tensor.zeros(5, 2, 3))).get("y").shape())
        .isEqualTo(Shape.of(5, 1, 2, 2));
  }

  @Test
  void modelsThatMixSamplesAreRefused() {
    NodeProto lstm = node("LSTM", "rnn", List.of("x", "W", "R"), List.of("Y"));
    NodeProto mean =
        node("ReduceMean", "m", List.of("Y"), List.of("y"), new Attribute("axes", List.of(2L)));
    List<TensorProto> weights = List.of(weight("W", 1, 8, 3), weight("R", 1, 8, 2));
    assertThatThrownBy(() -> read(List.of(lstm, mean), weights, input("x", 5, 2, 3)))
        .hasMessageContaining("ReduceMean \"m\": it mixes samples");
  }

  @Test
  void aCircleIsNamed() {
    List<NodeProto> nodes =
        List.of(
            node("Add", "first", List.of("x", "b"), List.of("a")),
            node("Relu", "second", List.of("a"), List.of("b")),
            node("Relu", "third", List.of("b"), List.of("y")));
    assertThatThrownBy(() -> read(nodes, List.of(), input("x", -1, 3)))
        .hasMessage(
            "m.onnx: Add \"first\": its input \"b\" is given by no input, initializer or node"
                + " before it");
  }

  @Test
  void aConstantOfGigabytesCostsNothing() throws IOException {
    TensorProto shape = TensorProto.of("s", ElementType.INT64, Shape.of(2), 1L << 30, 3L);
    List<NodeProto> nodes =
        List.of(
            node("ConstantOfShape", "c", List.of("s"), List.of("z")),
            node("ReduceMax", "m", List.of("z"), List.of("k")),
            node("Add", "a", List.of("x", "z"), List.of("y")));
    assertThatThrownBy(() -> read(nodes, List.of(shape), input("x", -1, 1, 3)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void whatIsComputedOfShapesIsComputedAtImport() throws IOException {
    List<NodeProto> nodes =
        List.of(
            node("Shape", "s", List.of("x"), List.of("shape")),
            node("Gather", "b", List.of("shape", "zero"), List.of("batch")),
            node("Unsqueeze", "u", List.of("batch", "first"), List.of("row")),
            node("Concat", "c", List.of("row", "rest"), List.of("to"), new Attribute("axis", 0L)),
            node("Reshape", "r", List.of("x", "to"), List.of("y")));
    List<TensorProto> constants =
        List.of(
            TensorProto.of("zero", ElementType.INT64, Shape.of(), 0),
            TensorProto.of("first", ElementType.INT64, Shape.of(1), 0),
            TensorProto.of("rest", ElementType.INT64, Shape.of(1), -1));
    OnnxModel read = read(nodes, constants, input("x", -1, 4, 3));
    assertThat(read.model().layers()).hasSizeLessThan(3);
    assertThat(read.run(Map.of("x", Tensor.zeros(7, 4, 3))).get("y").shape())
        .isEqualTo(Shape.of(7, 12));
    assertThat(read)
        .hasToString(
            "inputs x (batch, 4, 3), here (None, 4, 3);"
                + " outputs y (batch, 4·3), here (None, 12)");
  }

  @Test
  void shapesThatTheFileDeniesAreRefused() {
    List<NodeProto> nodes = List.of(node("Flatten", "f", List.of("x"), List.of("y")));
    List<Dimension> said = List.of(new Dimension(-1, "n-1"), new Dimension(4, ""));
    for (int rank : new int[] {1, 2}) {
      ValueInfoProto y = ValueInfoProto.tensor("y", ElementType.FLOAT, said.subList(2 - rank, 2));
      assertThatThrownBy(() -> read(nodes, List.of(), y, List.of(input("x", -1, 4, 3))))
          .isInstanceOf(IOException.class)
          .hasMessage(
              "m.onnx: the output \"y\" has the shape [n-1, 12], where the file says %s;"
                  + " run onnx.shape_inference on it",
              rank == 1 ? "[4]" : "[n-1, 4]");
    }
  }

  @Test
  void theModelsOutputsHaveTheFilesAxes() throws IOException {
    List<NodeProto> nodes =
        List.of(
            node("Unsqueeze", "u", List.of("x", "axes"), List.of("a")),
            node("ReduceMax", "m", List.of("a"), List.of("b"), new Attribute("axes", List.of(2L))),
            node("Neg", "n", List.of("b"), List.of("y")));
    TensorProto axes = TensorProto.of("axes", ElementType.INT64, Shape.of(2), 1, 4);
    OnnxModel read = read(nodes, List.of(axes), input("x", -1, 4, 3));
    Tensor x = Tensor.zeros(7, 4, 3);
    assertThat(read.run(Map.of("x", x)).get("y").shape()).isEqualTo(Shape.of(7, 1, 1, 3, 1));
    assertThat(read.model().predict(x).shape()).isEqualTo(Shape.of(7, 1, 1, 3, 1));
  }

  @Test
  void slicesThatTakeMoreTimestepsThanThereAreAreToldWhenTheyRun() throws IOException {
    List<NodeProto> nodes =
        List.of(
            node("LSTM", "rnn", List.of("x", "W", "R"), List.of("all")),
            node("Slice", "first", List.of("all", "from", "to"), List.of("some")),
            node("Squeeze", "one", List.of("some", "side"), List.of("y")));
    List<TensorProto> constants =
        List.of(
            weight("W", 1, 8, 3),
            weight("R", 1, 8, 2),
            TensorProto.of("from", ElementType.INT64, Shape.of(1), 0),
            TensorProto.of("to", ElementType.INT64, Shape.of(1), 4),
            TensorProto.of("side", ElementType.INT64, Shape.of(1), 1));
    OnnxModel read = read(nodes, constants, input("x", -1, 2, 3));
    assertThat(read.run(Map.of("x", Tensor.zeros(5, 2, 3))).get("y").shape())
        .isEqualTo(Shape.of(4, 2, 2));
    assertThatThrownBy(() -> read.run(Map.of("x", Tensor.zeros(3, 2, 3))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the output \"y\": expected the shape (4, 2, 2) from the file")
        .hasMessageContaining("give it longer sequences");
  }

  @Test
  void aConstantOfAValueForEachSampleFixesTheBatch() throws IOException {
    NodeProto lstm = node("LSTM", "rnn", List.of("x", "W", "R", "", "", "h"), List.of("y"));
    TensorProto states = TensorProto.of("h", Shape.of(1, 2, 2), new float[] {1, 2, 3, 4});
    List<TensorProto> constants = List.of(weight("W", 1, 8, 3), weight("R", 1, 8, 2), states);
    OnnxModel read = read(List.of(lstm), constants, input("x", 5, -1, 3));
    assertThat(read.model().inputShape()).isEqualTo(Shape.of(2, 5, 3));
    assertThatThrownBy(() -> read.run(Map.of("x", Tensor.zeros(5, 3, 3))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void constantsWithoutElementsAreComputedWith() throws IOException {
    List<NodeProto> nodes =
        List.of(
            node("Add", "a", List.of("none", "one"), List.of("still")),
            node("Concat", "c", List.of("still", "to"), List.of("all"), new Attribute("axis", 0L)),
            node("Reshape", "r", List.of("x", "all"), List.of("y")));
    List<TensorProto> constants =
        List.of(
            TensorProto.of("none", ElementType.INT64, Shape.of(0)),
            TensorProto.of("one", ElementType.INT64, Shape.of(1), 1),
            TensorProto.of("to", ElementType.INT64, Shape.of(2), -1, 12));
    OnnxModel read = read(nodes, constants, input("x", -1, 4, 3));
    assertThat(read.run(Map.of("x", Tensor.zeros(7, 4, 3))).get("y").shape())
        .isEqualTo(Shape.of(7, 12));
  }
}
