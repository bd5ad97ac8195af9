package io.github.lstm4j.io.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.golden.Close;
import io.github.lstm4j.io.onnx.OnnxGraphs.Case;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Graphs that others wrote give here what they give there. */
class OnnxImportTest {
  /** What runs the models; null for the usual one. */
  Backend backend() {
    return null;
  }

  /** Which of the cases are run: all, or each so many-th of the single operators. */
  int every() {
    return 1;
  }

  /** Runs a case; may do so more than once. */
  void each(Runnable test) {
    test.run();
  }

  /** Folders of graphs, how many there are at least, and how close the numbers come. */
  static List<Arguments> folders() {
    return List.of(
        Arguments.of("ops", 440, 2e-5),
        Arguments.of("random", 120, 1e-5),
        Arguments.of("users", 80, 1e-5),
        Arguments.of("torch_old", 100, 1e-5),
        Arguments.of("torch_new", 60, 1e-5),
        Arguments.of("onnx-ops", 14, 1e-5),
        Arguments.of("onnx-node", 3, 1e-5),
        Arguments.of("torch-onnx", 4, 1e-5),
        Arguments.of("onnxruntime-op-tests", 7, 1e-5),
        Arguments.of("burn-onnx", 1, 1e-5));
  }

  @ParameterizedTest
  @MethodSource("folders")
  void givesWhatOthersGive(String folder, int least, double tolerance) throws IOException {
    List<Case> cases = OnnxGraphs.of(folder);
    assertThat(cases).hasSizeGreaterThanOrEqualTo(least);
    List<String> wrong = new ArrayList<>();
    int step = least > 50 ? every() : 1;
    for (int i = 0; i < cases.size(); i += step) {
      Case c = cases.get(i);
      each(() -> compare(c, tolerance, wrong));
    }
    assertThat(wrong).isEmpty();
  }

  private void compare(Case c, double tolerance, List<String> wrong) {
    try {
      OnnxModel onnx = c.read();
      if (backend() != null) {
        onnx.model().on(backend());
      }
      Map<String, Tensor> fed = new LinkedHashMap<>(c.inputs());
      fed.keySet().retainAll(onnx.inputNames());
      Map<String, Tensor> got = onnx.run(fed);
      for (Map.Entry<String, Tensor> want : c.outputs().entrySet()) {
        Tensor y = got.get(want.getKey());
        Close.assertClose(c.name(), want.getValue(), y, tolerance, tolerance);
      }
      onnx.model().close();
    } catch (IOException | RuntimeException | AssertionError e) {
      wrong.add(c.name() + ": " + e);
    }
  }
}
