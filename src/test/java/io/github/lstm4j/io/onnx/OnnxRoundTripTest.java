package io.github.lstm4j.io.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.golden.Close;
import io.github.lstm4j.io.onnx.OnnxGraphs.Case;
import io.github.lstm4j.io.onnx.export.OnnxCases;
import io.github.lstm4j.io.onnx.export.OnnxExport;
import io.github.lstm4j.io.onnx.export.Ort;
import io.github.lstm4j.io.onnx.proto.GraphProto;
import io.github.lstm4j.io.onnx.proto.ModelProto;
import io.github.lstm4j.io.onnx.proto.NodeProto;
import io.github.lstm4j.io.onnx.proto.TensorProto;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A model that was a graph is a model as any other: it learns, and goes into files. */
class OnnxRoundTripTest {
  private static List<Case> some() throws IOException {
    List<Case> all = new ArrayList<>(OnnxGraphs.of("torch_old", "torch-onnx"));
    all.removeIf(c -> !c.name().contains("torch-onnx") && !c.name().endsWith("_dyn_o13"));
    return all;
  }

  /** The data of a case as the model takes them: it is fed once, and remembers. */
  private static List<Tensor> fed(Case c, OnnxModel onnx) {
    return onnx.fed(c.inputs());
  }

  @Test
  void learns() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Case c : some()) {
      OnnxModel onnx = c.read();
      List<Tensor> x = fed(c, onnx);
      Model model = onnx.model();
      if (model.outputNames().size() > 1 || x.size() > 1) {
        continue;
      }
      Tensor before = model.predict(x.get(0));
      Tensor y = Tensor.zeros(before.shape());
      java.util.Arrays.fill(y.data(), 0.25f);
      model.compile(Optimizer.sgd(0.01f), Loss.of("mse"));
      double first = model.evaluate(x.get(0), y).get("loss");
      model.fit(x.get(0), y, Fit.epochs(2).batchSize(2).silent());
      double then = model.evaluate(x.get(0), y).get("loss");
      if (!(then < first)) {
        wrong.add(c.name() + ": " + first + " -> " + then);
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void goesIntoKerasFilesAndBack() throws IOException {
    List<Case> cases = new ArrayList<>(some());
    cases.addAll(OnnxGraphs.of("onnxruntime-op-tests", "users")); // clips and lengths
    for (Case c : cases) {
      OnnxModel onnx = c.read();
      List<Tensor> x = fed(c, onnx);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      onnx.model().save(out);
      Model again = Models.load(new ByteArrayInputStream(out.toByteArray()));
      same(c.name(), onnx.model().predict(x), again.predict(x));
    }
  }

  @Test
  void goesIntoOnnxAndBack() throws Exception {
    for (Case c : some()) {
      OnnxModel onnx = c.read();
      List<Tensor> x = fed(c, onnx);
      byte[] written = OnnxGraphs.bytes(new OnnxExport().of(onnx.model()));
      List<Tensor> want = onnx.model().predict(x);
      try (Ort ort = new Ort(written)) {
        same(c.name() + " in ONNX Runtime", want, List.copyOf(ort.run(x).values()));
      }
      Model again = Models.load(new ByteArrayInputStream(written));
      same(c.name(), want, again.predict(x));
    }
  }

  @Test
  void whatWeWriteIsReadAgainOrRefused() throws Exception {
    Random random = new Random(5);
    int read = 0;
    List<String> wrong = new ArrayList<>();
    for (Map.Entry<String, Supplier<Model>> c : OnnxCases.all().entrySet()) {
      try (Model model = c.getValue().get()) {
        OnnxCases.randomize(model, random);
        byte[] written = OnnxGraphs.bytes(new OnnxExport().of(model));
        List<Tensor> x = OnnxCases.inputs(model, 5, 5, random); // as many steps as samples
        List<Tensor> want = model.predict(x);
        try (Model again = Models.load(new ByteArrayInputStream(written))) {
          List<Tensor> got = again.predict(x);
          for (int i = 0; i < want.size(); i++) { // powers of negative numbers
            withoutNan(want.get(i), got.get(i));
          }
          same(c.getKey(), want, got);
          read++;
        } catch (IOException e) {
          assertThat(e).as(c.getKey()).hasMessageStartingWith("the stream: ");
        }
      } catch (AssertionError | RuntimeException e) {
        wrong.add(c.getKey() + ": " + e);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(read).isGreaterThanOrEqualTo(214);
  }

  private static ModelProto with(ModelProto m, GraphProto graph, Map<String, String> metadata) {
    return new ModelProto(
        m.irVersion(),
        m.opsets(),
        m.producerName(),
        m.producerVersion(),
        graph,
        metadata,
        Set.of());
  }

  private static GraphProto with(GraphProto g, List<NodeProto> nodes, List<TensorProto> constants) {
    return new GraphProto(g.name(), nodes, constants, g.inputs(), g.outputs(), List.of(), 0);
  }

  private static Model load(ModelProto m) throws IOException {
    return Models.load(new ByteArrayInputStream(OnnxGraphs.bytes(m)));
  }

  @Test
  void whatWeWroteIsKnownWithOtherWeightsAndNotWithAnotherGraph() throws Exception {
    Model model = OnnxCases.all().get("masked lstm backwards sequences").get();
    ModelProto file = new OnnxExport().of(model);
    GraphProto graph = file.graph();
    Random random = new Random(5);
    OnnxCases.randomize(model, random);
    ModelProto other = with(file, new OnnxExport().of(model).graph(), file.metadata());
    List<Tensor> x = OnnxCases.inputs(model, 3, 5, random);
    same("other weights", model.predict(x), load(other).predict(x));

    String json = file.metadata().get("lstm4j.model");
    List<ModelProto> changed = new ArrayList<>();
    changed.add(with(file, graph, Map.of()));
    changed.add(with(file, graph, Map.of("lstm4j.model", json.replace("tanh", "relu"))));
    changed.add(with(file, graph, Map.of("lstm4j.model", json.substring(1))));
    for (int i = 0; i < graph.nodes().size(); i++) { // each node is another one's, and goes missing
      List<NodeProto> nodes = new ArrayList<>(graph.nodes());
      NodeProto n = nodes.remove(i);
      changed.add(with(file, with(graph, nodes, graph.initializers()), file.metadata()));
      String op = n.opType().equals("Identity") ? "Neg" : "Identity";
      nodes.add(i, new NodeProto(n.name(), op, "", n.inputs(), n.outputs(), n.attributes()));
      changed.add(with(file, with(graph, nodes, graph.initializers()), file.metadata()));
    }
    for (TensorProto t :
        graph.initializers()) { // each constant that is no weight has another value
      if (t.shape().size() <= 2) {
        List<TensorProto> constants = new ArrayList<>(graph.initializers());
        float[] values = t.floats().clone();
        values[0] += 1;
        constants.set(
            constants.indexOf(t),
            t.type().isFloating()
                ? TensorProto.of(t.name(), t.shape(), values)
                : TensorProto.of(t.name(), t.type(), t.shape(), (long) values[0]));
        changed.add(with(file, with(graph, graph.nodes(), constants), file.metadata()));
      }
    }
    for (ModelProto m : changed) {
      assertThatThrownBy(() -> load(m)).isInstanceOf(IOException.class);
    }
  }

  /** Makes 0 of what is NaN in both. */
  private static void withoutNan(Tensor a, Tensor b) {
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      if (Float.isNaN(a.data()[i]) && Float.isNaN(b.data()[i])) {
        a.data()[i] = 0;
        b.data()[i] = 0;
      }
    }
  }

  private static void same(String name, List<Tensor> want, List<Tensor> got) {
    assertThat(got).as(name).hasSize(want.size());
    for (int i = 0; i < want.size(); i++) {
      Close.assertClose(name, want.get(i), got.get(i), 2e-6, 2e-6);
    }
  }
}
