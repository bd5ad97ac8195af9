package examples;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.tensor.Tensor;
import java.nio.file.Path;

/** Somebody else's file; README, "Bring your model". */
public final class ForeignFile {
  private ForeignFile() {}

  public static void main(String[] args) throws Exception {
    Path file = Path.of("src/test/resources/golden/keras-files/plain.keras"); // or .h5, .onnx, …
    try (Model theirs = Models.load(file)) {
      Tensor answers = theirs.predict(Tensor.zeros(2, 10, 2)); // as many calls, from any threads
      System.out.println(theirs.inputShape() + " to " + answers.shape());
      theirs.save(Path.of("target/theirs.onnx"));
    }
  }
}
