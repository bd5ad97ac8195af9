package examples;

import io.github.lstm4j.io.onnx.export.OnnxExport;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import java.nio.file.Files;
import java.nio.file.Path;

/** A model for ONNX Runtime; README, "ONNX". */
public final class OnnxFiles {
  private OnnxFiles() {}

  public static void main(String[] args) throws Exception {
    Sequential trained = new Sequential(new LSTM(8).inputShape(24, 2), new Dense(1));
    trained.save(Path.of("target/trained.onnx"));
    OnnxExport stepByStep = new OnnxExport().opset(15).states(true); // states in and out
    stepByStep.save(trained, Path.of("target/streaming.onnx"));
    System.out.println(Files.size(Path.of("target/streaming.onnx")) + " bytes");
  }
}
