package examples;

import io.github.lstm4j.io.onnx.OnnxModel;
import io.github.lstm4j.io.onnx.OnnxModels;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;

/** An ONNX file that somebody else wrote; README, "ONNX". */
public final class OnnxOfOthers {
  private OnnxOfOthers() {}

  public static void main(String[] args) throws Exception {
    Model served = Models.load(Path.of("src/test/resources/golden/onnx/last-step.onnx"));
    System.out.println(served.predict(Tensor.zeros(5, 6, 3)).shape()); // (5, 2)
    OnnxModel file = OnnxModels.read(Path.of("src/test/resources/golden/onnx/last-step.onnx"));
    System.out.println(file); // inputs in0 (batch, time, 3), here (None, None, 3); outputs ...
    Map<String, Tensor> y = file.run(Map.of("in0", Tensor.zeros(5, 6, 3))); // by the file's names
    System.out.println(y.values().iterator().next().shape()); // (5, 2)
  }
}
