package io.github.lstm4j.cli;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.onnx.export.OnnxExport;
import io.github.lstm4j.io.safetensors.TorchWeights;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.model.ModelFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a model of one kind of file as another. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Writes a model as another kind of file. IN may be any that is read: .keras, .h5 of every"
          + " Keras, .onnx, our .safetensors; its bytes say which. The ending of OUT says what is"
          + " written: .keras, .h5, .onnx, .safetensors, or .weights.h5 for the weights alone.",
      "",
      "What a model computes is in each of them, or the command fails and says what cannot be. The"
          + " state of a training, and what train stored beside a model, is in .keras files; the"
          + " command says when it is lost."
    })
final class ConvertCommand implements Callable<Integer> {
  private static final String ONNX = ".onnx";
  private static final String SAFETENSORS = ".safetensors";

  private final Console console;
  @Spec private CommandSpec command;

  @Parameters(index = "0", paramLabel = "IN", description = "A model's file.")
  private Path in;

  @Parameters(index = "1", paramLabel = "OUT", description = "The file to write.")
  private Path out;

  @Option(
      names = "--opset",
      paramLabel = "N",
      description = "Of .onnx: the version of the operators, 7 to 23; default 17.")
  private Integer opset;

  @Option(
      names = "--states",
      description =
          "Of .onnx: recurrent layers take their states as inputs and give them as outputs, so that"
              + " a sequence can be fed in parts. A state that is not fed is 0.")
  private boolean states;

  @Option(
      names = "--states-required",
      description =
          "Of .onnx: as --states, and all must be fed: ONNX Runtime's Java API feeds no input that"
              + " may be left out.")
  private boolean statesRequired;

  @Option(
      names = "--names",
      paramLabel = "ours|torch",
      description =
          "Of .safetensors: whole models by our names, or weights by PyTorch's, for"
              + " load_state_dict; default ours.")
  private String names;

  ConvertCommand(Console console) {
    this.console = console;
  }

  /** Writes a model into a file. */
  @FunctionalInterface
  private interface Saving {
    void save(Model model, Path file) throws IOException;
  }

  @Override
  public Integer call() throws IOException {
    Saving saving = saving();
    new OutputFiles(command).reads("IN", in).writes("OUT", out);
    ModelFile known = ModelFile.of(in);
    ModelFormat format = ModelFormat.of(known);
    try (Model model = format.load(known)) {
      saving.save(model, out);
      console.out().println(in + " (" + format.name() + "): wrote " + out + ", " + size(model));
      String lost = lost(model);
      if (!lost.isEmpty()) {
        console.out().println("Not in it: " + lost + "; .keras files have that");
      }
    }
    return 0;
  }

  private static String size(Model model) {
    return model.countParams() + " parameters";
  }

  private Saving saving() {
    boolean onnx = out.toString().endsWith(ONNX);
    boolean tensors = out.toString().endsWith(SAFETENSORS);
    require(
        onnx || (opset == null && !states && !statesRequired),
        "--opset, --states and --states-required are for .onnx files");
    require(tensors || names == null, "--names is for .safetensors files");
    require(
        names == null || names.equals("ours") || names.equals("torch"),
        "--names: expected ours or torch, got " + Printable.text(names));
    try {
      if (onnx) {
        OnnxExport export =
            new OnnxExport().states(states || statesRequired).statesRequired(statesRequired);
        return (opset == null ? export : export.opset(opset))::save;
      } else if ("torch".equals(names)) {
        return (model, file) -> new TorchWeights(model).save(file);
      } else if (out.toString().endsWith(".weights.h5")) {
        return Model::saveWeights;
      }
      ModelFormat.toWrite(out);
      return Model::save;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), Printable.reason(e), e);
    }
  }

  private void require(boolean holds, String problem) {
    new Checks(command).require(holds, problem);
  }

  private String lost(Model model) {
    List<String> lost = new ArrayList<>();
    boolean keras = out.toString().endsWith(".keras");
    if (model.iterations() > 0 && !keras) {
      lost.add("the state of the training");
    }
    if (!model.extra().isEmpty()
        && !keras
        && !(out.toString().endsWith(SAFETENSORS) && names == null)) {
      lost.add("what was stored beside the model: " + Printable.text(model.extra().keySet()));
    }
    return String.join(", and ", lost);
  }
}
