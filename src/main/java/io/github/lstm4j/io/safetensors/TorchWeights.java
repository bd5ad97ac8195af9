package io.github.lstm4j.io.safetensors;

import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PyTorch's state dicts, in safetensors files: the weights of {@code nn.LSTM}, {@code nn.GRU},
 * {@code nn.RNN}, {@code nn.Linear}, {@code nn.Embedding}, {@code nn.LayerNorm}, {@code
 * nn.RMSNorm}, {@code nn.GroupNorm}, {@code nn.BatchNorm1d} and {@code nn.Conv1d} to and from the
 * layers of a model.
 *
 * <pre>{@code
 * // class Net: self.rnn = nn.LSTM(3, 8, num_layers=2, bidirectional=True), self.fc = nn.Linear(16, 1)
 * Sequential model =
 *     new Sequential(
 *         new Bidirectional(new LSTM(8).returnSequences(true)).inputShape(24, 3),
 *         new Bidirectional(new LSTM(8).returnSequences(true)),
 *         new Dense(1));
 * model.loadWeights(Path.of("net.safetensors")); // torch.save_file(net.state_dict(), …)
 * }</pre>
 *
 * <p>A state dict does not say in which order modules are called, nor what lies between them: that
 * the model says, whose layers must have just the file's tensors. A module and a layer of one name
 * belong together; else one that no other could be; what is still open, {@link #module} says. Two
 * biases of a module are added up, but for those of a GRU, which has two here as well. A module of
 * {@code num_layers} is as many layers, or an {@code RNN} of as many cells; {@code proj_size} is an
 * {@code RNN} of {@code ProjectedLSTMCell}s.
 *
 * <p>Tensors here are (batch, timesteps, features): what a module with {@code batch_first=True}
 * takes. To one without it, which takes (timesteps, batch, features), the weights are the same;
 * data has to be transposed. {@code rnn(x)[0][:, -1]} is a layer without {@code returnSequences},
 * but not of {@code bidirectional=True}, whose last timestep has of the backward direction the
 * first one that it took: that is {@code Ops.getItem(y, Index.all(), Index.at(-1))} of a {@code
 * Bidirectional} that returns sequences; one that does not is the two {@code h_n} side by side. A
 * {@code padding_idx} masks nothing: leave {@code maskZero} out. Not in the file, and left to the
 * model: the {@code nonlinearity} of an {@code nn.RNN}, and the {@code eps} of a normalization,
 * which is 1e-5 there and 1e-3 here unless said (of root mean squares 1.2e-7 and 1e-6).
 */
public final class TorchWeights {
  private static final Logger LOG = LoggerFactory.getLogger(TorchWeights.class);

  private final Model model;
  private final TorchModules modules;
  private final Map<String, List<Layer>> said = new LinkedHashMap<>();

  /**
   * @throws IllegalArgumentException if a layer of the model is none of PyTorch's; names it
   */
  public TorchWeights(Model model) {
    this.model = model;
    this.modules = new TorchModules(model);
  }

  /**
   * Says which layers a module is.
   *
   * @param name of the module in the state dict: {@code encoder.rnn}; empty for the whole
   * @param layers one, or of a module of {@code num_layers} all, the one that gets the input first
   */
  public TorchWeights module(String name, Layer... layers) {
    said.put(name, List.of(layers));
    return this;
  }

  /**
   * Sets the model's weights to those of a file.
   *
   * @throws IOException if the file cannot be read, or its tensors are not those of the model's
   *     layers; the model then stays as it was
   */
  public void load(Path file) throws IOException {
    load(ModelFile.of(file));
  }

  void load(ModelFile file) throws IOException {
    try (SafeTensors tensors = SafeTensors.open(file, file.budget())) {
      load(tensors);
    } catch (IllegalArgumentException e) {
      throw new IOException(file.name() + ": " + Printable.reason(e), e);
    }
  }

  void load(SafeTensors tensors) throws IOException {
    Map<String, Map<String, String>> names = TorchModules.modules(tensors.names());
    Map<String, Map<String, List<Long>>> dims = new LinkedHashMap<>();
    names.forEach(
        (module, own) -> {
          Map<String, List<Long>> of = new LinkedHashMap<>();
          own.forEach((name, full) -> of.put(name, tensors.dims(full)));
          dims.put(module, of);
        });
    Map<Weight, Tensor> values = new LinkedHashMap<>();
    for (Map.Entry<String, List<Layer>> found : modules.match(said, dims).entrySet()) {
      Map<String, String> own = names.get(found.getKey());
      List<TorchModules.Part> parts = modules.parts(found.getValue());
      Set<TorchLayout> layouts = new LinkedHashSet<>();
      parts.forEach(p -> layouts.add(p.layout()));
      for (TorchLayout layout : layouts) {
        values.putAll(layout.read(part -> tensors.tensor(own.get(name(parts, layout, part)))));
        if (layout.unsaid() != null) {
          LOG.warn("{}: {}; the file does not say it", found.getValue(), layout.unsaid());
        }
      }
    }
    Weight.adopt(values);
  }

  private static String name(List<TorchModules.Part> parts, TorchLayout layout, String part) {
    return parts.stream()
        .filter(p -> p.layout() == layout && p.part().equals(part))
        .findFirst()
        .orElseThrow()
        .name();
  }

  /**
   * Writes the model's weights as a state dict: {@code
   * net.load_state_dict(safetensors.torch.load_file("net.safetensors"))} takes it. A layer is a
   * module of its name, but for what {@link #module} says.
   *
   * @throws IOException if the file cannot be written; an older one then stays as it was
   */
  public void save(Path file) throws IOException {
    AtomicFile.write(file, this::save);
  }

  /** As {@link #save(Path)}, into a stream, which stays open. */
  public void save(OutputStream out) throws IOException {
    Map<String, List<Layer>> all = new LinkedHashMap<>(said);
    List<Layer> given = new ArrayList<>();
    said.values().forEach(given::addAll);
    for (Layer layer : modules.layers()) {
      if (!given.contains(layer) && all.put(layer.name(), List.of(layer)) != null) {
        throw new IllegalArgumentException(
            model.name()
                + ": two modules would be called "
                + layer.name()
                + "; say others with module(name, layer)");
      }
    }
    SafeTensorsWriter writer = new SafeTensorsWriter(Map.of("format", "pt"));
    all.forEach(
        (module, layers) -> {
          for (TorchModules.Part p : modules.parts(layers)) {
            String name = module.isEmpty() ? p.name() : module + "." + p.name();
            writer.add(name, p.shape(), () -> p.layout().write(p.part()));
          }
        });
    writer.write(out);
  }
}
