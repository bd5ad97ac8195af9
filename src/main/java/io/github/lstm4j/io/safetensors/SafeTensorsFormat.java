package io.github.lstm4j.io.safetensors;

import io.github.lstm4j.compile.ModelLayer;
import io.github.lstm4j.io.JsonReader;
import io.github.lstm4j.io.JsonWriter;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.model.ModelFormat;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Safetensors as a {@link ModelFormat}. Those that are written have tensors by our names, {@code
 * lstm/cell/kernel}, and beside them the model as Keras's JSON, so that they load whole. Those of
 * PyTorch hold weights alone, for a model in hand: {@link TorchWeights}, which also writes them.
 */
public final class SafeTensorsFormat implements ModelFormat {
  private static final String MODEL = "lstm4j.model";
  private static final String EXTRA = "lstm4j.extra";
  private static final String OURS = "lstm4j"; // the value of "format"
  private static final String LAYERS = "layers/"; // what paths begin with
  private static final int BRACE_AT = 8;

  /** For the look-up of services. */
  public SafeTensorsFormat() {}

  @Override
  public String name() {
    return "safetensors";
  }

  /** The number before the header can be damaged; the header is an object. */
  @Override
  public boolean recognizes(ModelFile file) {
    return isSafeTensors(file);
  }

  static boolean isSafeTensors(ModelFile file) {
    String head = new String(file.head(), StandardCharsets.ISO_8859_1);
    return head.length() > BRACE_AT
        && head.charAt(BRACE_AT) == '{'
        && (head.substring(BRACE_AT + 1).stripLeading().startsWith("\"")
            || head.substring(BRACE_AT + 1).stripLeading().startsWith("}"));
  }

  @Override
  public List<String> endings() {
    return List.of(".safetensors");
  }

  @Override
  public List<String> weightsEndings() {
    return List.of(".safetensors");
  }

  // ---------------------------------------------------------------- writing

  @Override
  public void save(Model model, OutputStream out) throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(MODEL, KerasModels.toJson(model));
    if (!model.extra().isEmpty()) {
      metadata.put(EXTRA, JsonWriter.line(model.extra()));
    }
    write(model, metadata, out);
  }

  @Override
  public void saveWeights(Model model, OutputStream out) throws IOException {
    write(model, Map.of(), out);
  }

  private static void write(Model model, Map<String, String> more, OutputStream out)
      throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", OURS);
    metadata.putAll(more);
    SafeTensorsWriter writer = new SafeTensorsWriter(metadata);
    names(model).forEach((name, w) -> writer.add(name, w.shape(), w::value));
    writer.write(out);
  }

  /**
   * A name for each weight: where Keras's files have it, {@code lstm/cell/kernel}, which does not
   * hang on what layers are called. Of one name the second gets a number.
   */
  private static Map<String, Weight> names(Model model) {
    Map<String, Weight> all = new LinkedHashMap<>();
    Set<Weight> seen = new HashSet<>();
    for (Layer.Group group : ModelLayer.groupsOf(model.layers())) {
      for (Weight w : group.weights()) {
        if (seen.add(w)) {
          String name = group.path().substring(LAYERS.length()) + "/" + w.name();
          String free = name;
          for (int n = 1; all.containsKey(free); n++) {
            free = name + "_" + n;
          }
          all.put(free, w);
        }
      }
    }
    return all;
  }

  // ---------------------------------------------------------------- reading

  @Override
  public Model load(ModelFile file) throws IOException {
    try (SafeTensors tensors = SafeTensors.open(file, file.budget())) {
      String json = tensors.metadata().get(MODEL);
      if (json == null) {
        throw new IOException(file.name() + ": " + weightsAlone(tensors));
      }
      Model model = KerasModels.fromJson(json);
      Weight.adopt(read(model, tensors));
      String extra = tensors.metadata().get(EXTRA);
      if (extra != null) {
        model.extra(
            new JsonReader(file.name(), file.budget())
                .read(extra.getBytes(StandardCharsets.UTF_8), EXTRA));
      }
      return model;
    } catch (RuntimeException | StackOverflowError e) { // a file may say anything
      throw new IOException(file.name() + ": " + Printable.reason(e), e);
    } catch (OutOfMemoryError e) {
      throw tooLarge(file, e);
    }
  }

  private static String weightsAlone(SafeTensors tensors) {
    Map<String, List<List<Long>>> modules = new LinkedHashMap<>();
    TorchModules.modules(tensors.names())
        .forEach(
            (module, own) ->
                modules.put(module, own.values().stream().map(tensors::dims).toList()));
    return "these are weights alone, which do not say how the model computes; build it of layers"
        + " that have them, and call loadWeights, or load a .keras or .onnx file of it; there are "
        + Printable.text(modules);
  }

  @Override
  public void loadWeights(Model model, ModelFile file) throws IOException {
    try (SafeTensors tensors = SafeTensors.open(file, file.budget())) {
      if (OURS.equals(tensors.metadata().get("format"))) {
        Weight.adopt(read(model, tensors));
      } else {
        new TorchWeights(model).load(tensors);
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(file.name() + ": " + Printable.reason(e), e);
    } catch (OutOfMemoryError e) {
      throw tooLarge(file, e);
    }
  }

  private static IOException tooLarge(ModelFile file, OutOfMemoryError e) {
    return new IOException(
        file.name() + ": does not fit the memory (" + Printable.reason(e) + "); raise -Xmx", e);
  }

  /** Those of a file of ours. */
  private static Map<Weight, Tensor> read(Model model, SafeTensors tensors) throws IOException {
    Map<String, Weight> names = names(model);
    if (!names.keySet().equals(Set.copyOf(tensors.names()))) {
      throw new IllegalArgumentException(
          "expected the tensors "
              + Printable.text(names.keySet())
              + ", got "
              + Printable.text(tensors.names()));
    }
    names.forEach(
        (name, w) -> {
          List<Long> wanted = Arrays.stream(w.shape().dims()).mapToObj(d -> (long) d).toList();
          if (!wanted.equals(tensors.dims(name))) {
            throw new IllegalArgumentException(
                name + ": expected the shape " + wanted + ", got " + tensors.dims(name));
          }
        });
    Map<Weight, Tensor> values = new LinkedHashMap<>();
    for (Map.Entry<String, Weight> each : names.entrySet()) {
      values.put(each.getValue(), tensors.tensor(each.getKey()).tensor());
    }
    return values;
  }
}
