package io.github.lstm4j.io.onnx.export;

import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.io.onnx.proto.ModelProto;
import io.github.lstm4j.model.Model;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * Writes a model as an ONNX file, for ONNX Runtime and whatever else runs such files.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new LSTM(8).inputShape(24, 3), new Dense(1));
 * new OnnxExport().opset(15).save(model, Path.of("model.onnx"));
 * }</pre>
 *
 * <p>Recurrent layers become the nodes LSTM, GRU and RNN, all else small operators. The inputs are
 * called by the model's {@code Input}s, the outputs by the layers that give them, behind the first
 * output of a layer with the output's name: {@code lstm.state_h}. All are float32, (batch, …) in
 * the order of axes of {@code predict}; the inputs of layers that take ids are int64. Any batch
 * size goes, and any number of timesteps where the model does not fix it. Every mask is said
 * exactly, from opset 12 on.
 *
 * <p><b>States.</b> A run of an ONNX model remembers nothing. With {@link #states} each recurrent
 * layer takes its states as inputs ({@code lstm.initial_h}, {@code lstm.initial_c}, each (batch,
 * units)) and gives the last ones as outputs ({@code lstm.final_h}, …), so that who feeds what came
 * out goes on with a sequence. For stateful layers it is always so.
 *
 * <p>What no operator says, such as a cell with a full peephole matrix, is refused, all such layers
 * of a model at once.
 */
public final class OnnxExport {
  /** The version of the operators unless another is chosen; of 2022, and read nearly everywhere. */
  public static final int STANDARD_OPSET = 17;

  /** What the file calls the layers' configuration, among what else is said of the model. */
  static final String CONFIGURATION = "lstm4j.model";

  private int opset = STANDARD_OPSET;
  private boolean states;

  /** With operators of version {@value #STANDARD_OPSET}. */
  public OnnxExport() {}

  /**
   * The version of the operators.
   *
   * @param version from 7 to 23; what layers need newer ones says the error of a save
   */
  public OnnxExport opset(int version) {
    if (version < Nodes.OLDEST || version > Nodes.NEWEST) {
      throw new IllegalArgumentException(
          "opset: expected " + Nodes.OLDEST + " to " + Nodes.NEWEST + ", got " + version);
    }
    opset = version;
    return this;
  }

  /** Whether recurrent layers take their states as inputs and give them as outputs. */
  public OnnxExport states(boolean give) {
    states = give;
    return this;
  }

  /**
   * The model as messages.
   *
   * @throws IllegalArgumentException if the operators cannot say some layers; lists them all
   */
  public ModelProto of(Model model) {
    model.inputLayer(); // which a model without layers or input does not have
    return new ModelProto(
        irVersion(),
        Map.of("", (long) opset),
        "lstm4j",
        "",
        ModelWriter.write(model, opset, states),
        Map.of(CONFIGURATION, KerasModels.toJson(model)),
        Set.of());
  }

  /** The format of files that came with the operators, or the first that has optional inputs. */
  private long irVersion() {
    if (opset <= 9) {
      return 4;
    } else if (opset <= 10) {
      return 5;
    } else if (opset <= 11) {
      return 6;
    } else if (opset <= 14) {
      return 7;
    } else if (opset <= 18) {
      return 8;
    } else if (opset <= 20) {
      return 9;
    }
    return opset <= 22 ? 10 : 11;
  }

  /**
   * Writes the model into a file.
   *
   * @throws IllegalArgumentException as {@link #of} does
   * @throws IOException if the file cannot be written; an older one then stays as it was
   */
  public void save(Model model, Path file) throws IOException {
    ModelProto proto = of(model);
    AtomicFile.write(file, proto::write);
  }

  /** Writes the model into a stream, which stays open. */
  public void save(Model model, OutputStream out) throws IOException {
    of(model).write(out);
  }
}
