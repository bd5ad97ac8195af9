package io.github.lstm4j.io.keras;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.model.ModelFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What TensorFlow and its relatives write beside the files of Keras, which is not read: a
 * SavedModel, TFLite and TensorFlow.js hold graphs of TensorFlow's own operations or weights in
 * parts, and Keras's JSON no weights. The error says how to come to a file that is read.
 */
public final class TensorFlowFormat implements ModelFormat {
  private static final String GRAPH = "saved_model.pb";
  private static final byte[] LITE = {'T', 'F', 'L', '3'}; // behind the offset of the root table
  private static final int LITE_AT = 4;

  private enum Kind {
    SAVED_MODEL,
    LITE,
    JS,
    JSON,
    OTHER
  }

  /** For the look-up of services. */
  public TensorFlowFormat() {}

  @Override
  public String name() {
    return "TensorFlow SavedModel, TFLite, TensorFlow.js, Keras's JSON alone";
  }

  @Override
  public boolean isRead() {
    return false;
  }

  @Override
  public boolean recognizes(ModelFile file) {
    return kind(file) != Kind.OTHER;
  }

  private static Kind kind(ModelFile file) {
    Path path = file.path();
    byte[] head = file.head();
    if (file.isFolder()) {
      boolean saved =
          Files.exists(path.resolve(GRAPH)) || Files.exists(path.resolve("keras_metadata.pb"));
      return saved ? Kind.SAVED_MODEL : Kind.OTHER;
    } else if (path.endsWith(GRAPH)) {
      return Kind.SAVED_MODEL;
    }
    boolean lite = head.length >= LITE_AT + LITE.length;
    for (int i = 0; lite && i < LITE.length; i++) {
      lite = head[LITE_AT + i] == LITE[i];
    }
    if (lite) {
      return Kind.LITE;
    }
    String text = new String(head, StandardCharsets.UTF_8).strip();
    if (!text.startsWith("{")) {
      return Kind.OTHER;
    }
    boolean js = text.contains("\"modelTopology\"") || text.contains("\"weightsManifest\"");
    boolean json = text.contains("\"class_name\"");
    return js ? Kind.JS : json ? Kind.JSON : Kind.OTHER;
  }

  @Override
  public Model load(ModelFile file) throws IOException {
    throw refused(file);
  }

  @Override
  public void loadWeights(Model model, ModelFile file) throws IOException {
    throw refused(file);
  }

  private static IOException refused(ModelFile file) {
    return new IOException(
        file.name()
            + ": this is "
            + switch (kind(file)) {
              case LITE ->
                  "a model of TFLite, which is not read; take the Keras model that it was made of,"
                      + " or in a shell:\n"
                      + "  python -m tf2onnx.convert --tflite model.tflite --output model.onnx";
              case JS ->
                  "a model of TensorFlow.js, which is not read; in a shell, with the .bin files"
                      + " beside it:\n"
                      + "  tensorflowjs_converter --input_format=tfjs_layers_model"
                      + " --output_format=keras model.json model.h5\n"
                      + "  or, of a graph model, python -m tf2onnx.convert --tfjs model.json"
                      + " --output model.onnx";
              case JSON ->
                  "Keras's JSON of a model, which has no weights; in Java:\n"
                      + "  Model model = KerasModels.fromJson(Files.readString(Path.of("
                      + "\"model.json\")));\n"
                      + "  model.loadWeights(Path.of(\"model.weights.h5\"));";
              default ->
                  "a SavedModel of TensorFlow, which is not read; in Python, with the TensorFlow"
                      + " 2.12 to 2.15 or tf_keras that opens it:\n"
                      + "  model = tf.keras.models.load_model(\"folder\")\n"
                      + "  model.save(\"model.keras\")";
            });
  }
}
