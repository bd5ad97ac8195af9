package io.github.lstm4j.io.onnx;

import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.io.onnx.export.WrittenModel;
import io.github.lstm4j.io.onnx.proto.ModelProto;
import io.github.lstm4j.io.onnx.proto.OnnxFile;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Reads ONNX files as models of ordinary layers: recurrent nodes become {@code LSTM}, {@code GRU}
 * and {@code SimpleRNN}, matrix products with a constant {@code Dense}, and so on. Transposes and
 * reshapes that only show data in another way cost nothing, and what a file computes of shapes and
 * constants is computed here.
 *
 * <p>A model has its samples first. Which axis of each input they are follows from what the file
 * does with it; its other axes come in the file's order, those of which the length is open before
 * the others. Outputs have the samples first and then the file's axes in its order; one of a single
 * number for each sample is (batch, 1). Batches may have any size, also where the file states one.
 * {@link OnnxModel#run} takes and gives tensors as the file has them. A file that states another
 * shape of an output than it computes is refused.
 *
 * <pre>{@code
 * Model model = OnnxModels.read(Path.of("model.onnx")).model(); // as Models.load gives it
 * OnnxModel node = OnnxModels.read(Path.of("node.onnx"), Map.of("W", w, "R", r)); // weights apart
 * }</pre>
 */
public final class OnnxModels {
  private OnnxModels() {}

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read, or holds what is not supported; lists all of it
   */
  public static OnnxModel read(Path file) throws IOException {
    return read(file, Map.of());
  }

  /**
   * Reads a file of which some inputs are no data, but weights that stay.
   *
   * @param values for these inputs, by their names
   * @throws IOException if it cannot be read, or holds what is not supported; lists all of it
   */
  public static OnnxModel read(Path file, Map<String, Tensor> values) throws IOException {
    return read(file, values, ReadBudget.standard());
  }

  /**
   * As {@link #read(Path, Map)}, with a budget of its own.
   *
   * @param mostBytes what all that is read of it may fill; see {@link ReadBudget}
   */
  public static OnnxModel read(Path file, Map<String, Tensor> values, long mostBytes)
      throws IOException {
    try (OnnxFile open = OnnxFile.open(file, mostBytes)) {
      return read(open, file.toString(), values);
    }
  }

  /** Reads a file or a stream that was copied; beside a copy there are no external data. */
  static OnnxModel read(ModelFile file) throws IOException {
    if (!file.isCopy()) {
      return read(file.path());
    }
    try (OnnxFile open = OnnxFile.of(FileWindow.of(file.path()), file.name(), file.budget())) {
      return read(open, file.name(), Map.of());
    }
  }

  /**
   * Reads an open file.
   *
   * @param name what errors call it
   */
  static OnnxModel read(OnnxFile file, String name, Map<String, Tensor> values) throws IOException {
    try {
      return read(file.model(), values);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (FixedBatch e) {
      throw new IOException(
          name + ": it has constants of a value for each sample, of different batches", e);
    } catch (Refusal e) {
      throw new IOException(name + ": " + e.text(), e);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IOException(name + ": " + Printable.reason(e), e);
    }
  }

  private static OnnxModel read(ModelProto file, Map<String, Tensor> values) throws IOException {
    try {
      return GraphImport.read(file, values);
    } catch (Refusal e) { // nodes that no layer reads, if they are not those of one of ours
      Model ours = values.isEmpty() ? WrittenModel.read(file) : null;
      if (ours == null) {
        throw e;
      }
      return OnnxModel.of(ours, file.graph());
    }
  }
}
