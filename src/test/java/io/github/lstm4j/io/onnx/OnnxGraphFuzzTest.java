package io.github.lstm4j.io.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.io.onnx.OnnxGraphs.Case;
import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.io.onnx.proto.GraphProto;
import io.github.lstm4j.io.onnx.proto.ModelProto;
import io.github.lstm4j.io.onnx.proto.NodeProto;
import io.github.lstm4j.io.onnx.proto.NodeProto.Attribute;
import io.github.lstm4j.io.onnx.proto.OnnxFile;
import io.github.lstm4j.io.onnx.proto.TensorProto;
import io.github.lstm4j.io.onnx.proto.ValueInfoProto;
import io.github.lstm4j.io.onnx.proto.ValueInfoProto.Dimension;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Graphs with harm done to them: other names, types, attributes, shapes and operators. What comes
 * out is a model, or one error that names the file; and a model predicts, or says what is wrong.
 */
class OnnxGraphFuzzTest {
  private static final int CASES = 700;
  private static final List<String> OPERATORS =
      List.of(
          "LSTM",
          "GRU",
          "RNN",
          "Gemm",
          "MatMul",
          "Add",
          "Div",
          "Pow",
          "Min",
          "Transpose",
          "Squeeze",
          "Unsqueeze",
          "Reshape",
          "Flatten",
          "Slice",
          "Split",
          "Gather",
          "Concat",
          "Expand",
          "Tile",
          "Pad",
          "Softmax",
          "Relu",
          "Clip",
          "Cast",
          "Constant",
          "ConstantOfShape",
          "Shape",
          "Size",
          "ReduceMean",
          "ReduceSum",
          "GlobalMaxPool",
          "Conv",
          "MaxPool",
          "BatchNormalization",
          "LayerNormalization",
          "Dropout",
          "Where",
          "Equal",
          "Not",
          "Range",
          "ReduceProd",
          "Loop",
          "If",
          "Scan",
          "Erf",
          "Mod",
          "Sum");
  private static final List<String> ATTRIBUTES =
      List.of(
          "axis",
          "axes",
          "perm",
          "alpha",
          "beta",
          "hidden_size",
          "direction",
          "activations",
          "layout",
          "to",
          "value",
          "starts",
          "ends",
          "keepdims",
          "kernel_shape",
          "pads",
          "strides",
          "dilations",
          "group",
          "auto_pad",
          "epsilon",
          "clip",
          "split",
          "num_outputs",
          "shape");

  private final Random random = new Random(11);

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private Object value() {
    return switch (random.nextInt(9)) {
      case 0 -> (long) random.nextInt(7) - 3;
      case 1 -> any(List.of(Long.MAX_VALUE, Long.MIN_VALUE, 1L << 31, 0L, -1L));
      case 2 -> any(List.of(0f, -1f, Float.NaN, Float.POSITIVE_INFINITY, 1e38f));
      case 3 -> any(List.of("", "reverse", "SAME_LOWER", "\u001b[2J", "bidirectional"));
      case 4 -> List.of((long) random.nextInt(4) - 1, (long) random.nextInt(4) - 1);
      case 5 -> List.of(Long.MAX_VALUE, 1L);
      case 6 -> List.of();
      case 7 -> List.of("Relu", "Tanh", "Affine");
      default -> TensorProto.of("t", ElementType.INT64, Shape.of(2), random.nextInt(5), 1L << 40);
    };
  }

  private TensorProto plain(TensorProto t) throws IOException {
    return t.type().isFloating()
        ? TensorProto.of(t.name(), t.shape(), t.floats())
        : TensorProto.of(t.name(), ElementType.INT64, t.shape(), t.longs());
  }

  private TensorProto harmed(TensorProto t) {
    int[] dims = new int[random.nextInt(4)];
    int size = 1;
    for (int i = 0; i < dims.length; i++) {
      dims[i] = random.nextInt(4);
      size *= dims[i];
    }
    if (random.nextBoolean()) {
      return TensorProto.of(t.name(), Shape.of(dims), new float[size]);
    }
    long[] values = new long[size];
    for (int i = 0; i < size; i++) {
      values[i] = any(List.of(-1L, 0L, 1L, 2L, 5L, 1L << 31, 1L << 40, Long.MIN_VALUE));
    }
    return TensorProto.of(t.name(), ElementType.INT64, Shape.of(dims), values);
  }

  private NodeProto harmed(NodeProto n, List<String> names) {
    String op = n.opType();
    List<String> inputs = new ArrayList<>(n.inputs());
    List<String> outputs = new ArrayList<>(n.outputs());
    List<Attribute> attributes = new ArrayList<>(n.attributes());
    switch (random.nextInt(7)) {
      case 0 -> op = any(OPERATORS);
      case 1 -> inputs.add(any(names));
      case 2 -> {
        if (!inputs.isEmpty()) {
          inputs.set(random.nextInt(inputs.size()), any(names));
        }
      }
      case 3 -> {
        if (!inputs.isEmpty()) {
          inputs.remove(random.nextInt(inputs.size()));
        }
      }
      case 4 -> attributes.add(new Attribute(any(ATTRIBUTES), value()));
      case 5 -> {
        if (!attributes.isEmpty()) {
          int at = random.nextInt(attributes.size());
          attributes.set(at, new Attribute(attributes.get(at).name(), value()));
        }
      }
      default -> outputs.add(any(names));
    }
    return new NodeProto(n.name(), op, n.domain(), inputs, outputs, attributes);
  }

  private ValueInfoProto harmed(ValueInfoProto in) {
    List<Dimension> dims = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      dims.add(new Dimension(any(List.of(-1L, 0L, 1L, 3L, 5L, 1L << 31)), any(List.of("", "b"))));
    }
    ElementType type = any(List.of(ElementType.FLOAT, ElementType.INT64, ElementType.STRING));
    return ValueInfoProto.tensor(in.name(), type, random.nextInt(5) == 0 ? null : dims);
  }

  private ModelProto harmed(ModelProto m) throws IOException {
    GraphProto g = m.graph();
    List<TensorProto> initializers = new ArrayList<>();
    for (TensorProto t : g.initializers()) {
      initializers.add(plain(t));
    }
    List<String> names = new ArrayList<>(List.of("", "nobody"));
    g.inputs().forEach(i -> names.add(i.name()));
    initializers.forEach(t -> names.add(t.name()));
    g.nodes().forEach(n -> names.addAll(n.outputs()));
    List<NodeProto> nodes = new ArrayList<>();
    for (NodeProto n : g.nodes()) {
      List<Attribute> attributes = new ArrayList<>();
      for (Attribute a : n.attributes()) {
        attributes.add(a.value() instanceof TensorProto t ? new Attribute(a.name(), plain(t)) : a);
      }
      nodes.add(
          new NodeProto(n.name(), n.opType(), n.domain(), n.inputs(), n.outputs(), attributes));
    }
    List<ValueInfoProto> inputs = new ArrayList<>(g.inputs());
    for (int i = random.nextInt(3); i >= 0; i--) {
      switch (random.nextInt(6)) {
        case 0 -> {
          if (!initializers.isEmpty()) {
            int at = random.nextInt(initializers.size());
            initializers.set(at, harmed(initializers.get(at)));
          }
        }
        case 1 -> {
          int at = random.nextInt(inputs.size());
          inputs.set(at, harmed(inputs.get(at)));
        }
        default -> {
          int at = random.nextInt(nodes.size());
          nodes.set(at, harmed(nodes.get(at), names));
        }
      }
    }
    GraphProto harmed =
        new GraphProto(g.name(), nodes, initializers, inputs, g.outputs(), List.of(), 0);
    Map<String, Long> opsets = Map.of("", random.nextInt(20) == 0 ? 99L : m.opset());
    return new ModelProto(m.irVersion(), opsets, "", "", harmed, Map.of(), Set.of());
  }

  @Test
  void endsInAModelOrOneError() throws IOException {
    List<Case> seeds = new ArrayList<>(OnnxGraphs.of("ops", "torch_old", "onnx-ops"));
    seeds.removeIf(c -> c.name().contains("bf16"));
    int read = 0;
    for (int i = 0; i < CASES; i++) {
      Case c = any(seeds);
      byte[] bytes;
      try (OnnxFile file = OnnxGraphs.open(c.model(), c.name())) {
        bytes = OnnxGraphs.bytes(harmed(file.model()));
      }
      String what = "case " + i + " of " + c.name();
      OnnxModel model;
      try {
        model = OnnxGraphs.read(bytes, "f.onnx", Map.of());
      } catch (IOException e) {
        assertThat(e.getMessage()).as(what).startsWith("f.onnx: ").doesNotContain("\u001b", "null");
        assertThat(e.getMessage().length()).as(what).isLessThan(4000);
        continue;
      } catch (RuntimeException e) {
        throw new AssertionError(what, e);
      }
      read++;
      Map<String, Tensor> x = new LinkedHashMap<>(c.inputs());
      x.keySet().retainAll(model.inputNames());
      try {
        model.run(x);
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).as(what).isNotBlank();
      } catch (RuntimeException e) {
        throw new AssertionError(what + ": " + model.model(), e);
      }
    }
    assertThat(read).isBetween(CASES / 20, CASES * 9 / 10);
  }
}
