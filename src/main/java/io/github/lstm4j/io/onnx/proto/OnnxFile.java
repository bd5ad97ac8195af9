package io.github.lstm4j.io.onnx.proto;

import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.ReadBudget;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * An ONNX file that is being read. Its weights are read from it when they are asked for, so it
 * stays open until it is closed.
 *
 * <pre>{@code
 * try (OnnxFile file = OnnxFile.open(Path.of("model.onnx"), ReadBudget.standard())) {
 *   for (TensorProto weight : file.model().graph().initializers()) {
 *     System.out.println(weight.name() + " " + weight.shape());
 *   }
 * }
 * }</pre>
 */
public final class OnnxFile implements Closeable {
  private final Source source;

  private OnnxFile(Source source) {
    this.source = source;
  }

  /**
   * Opens a file; its external data may lie in the same folder, or below it.
   *
   * @param mostBytes what all that is read of it may fill
   */
  public static OnnxFile open(Path path, long mostBytes) throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    ReadBudget budget = new ReadBudget(path.toString(), mostBytes);
    return new OnnxFile(new Source(FileWindow.of(path), path.toString(), folder, budget));
  }

  /**
   * Reads from a window, which is closed with it; external data are refused.
   *
   * @param name what errors call it
   */
  public static OnnxFile of(FileWindow window, String name, ReadBudget budget) {
    return new OnnxFile(new Source(window, name, null, budget));
  }

  /**
   * The model.
   *
   * @throws IOException if the file has none, or is damaged; names the file
   */
  public ModelProto model() throws IOException {
    return ProtoReader.read(source, ModelProto::read);
  }

  /**
   * The tensor of a file that is one tensor alone, as ONNX's test data are.
   *
   * @throws IOException if the file has none, or is damaged; names the file
   */
  public TensorProto tensor() throws IOException {
    return ProtoReader.read(source, TensorProto::read);
  }

  @Override
  public void close() throws IOException {
    source.window().close();
  }
}
