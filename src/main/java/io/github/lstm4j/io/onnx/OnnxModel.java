package io.github.lstm4j.io.onnx;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.onnx.proto.GraphProto;
import io.github.lstm4j.io.onnx.proto.ValueInfoProto;
import io.github.lstm4j.io.onnx.proto.ValueInfoProto.Dimension;
import io.github.lstm4j.layers.ActivationLayer;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A model that was an ONNX file. {@link #model} is an ordinary one, whose inputs and outputs have
 * the samples first; {@link #run} takes and gives tensors by the names and with the axes that the
 * file has, as ONNX Runtime does.
 *
 * <pre>{@code
 * OnnxModel onnx = OnnxModels.read(Path.of("model.onnx"));
 * System.out.println(onnx); // which axis is which
 * Map<String, Tensor> y = onnx.run(Map.of("input", Tensor.zeros(1, 24, 3)));
 * }</pre>
 */
public final class OnnxModel {
  private final Model model;
  private final List<Port> inputs;
  private final List<Port> outputs;

  private OnnxModel(Model model, List<Port> inputs, List<Port> outputs) {
    this.model = model;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  static OnnxModel of(List<Port> inputs, List<Port> outputs) {
    Model model =
        Model.of(
            inputs.stream().map(p -> p.placed.tensor()).toList(),
            outputs.stream().map(p -> p.placed.tensor()).toList());
    return new OnnxModel(model, List.copyOf(inputs), List.copyOf(outputs));
  }

  /** A model that has its axes as the graph has them. */
  static OnnxModel of(Model model, GraphProto graph) {
    Map<String, Atom> open = new HashMap<>();
    List<KerasTensor> in = model.graph().inputs().stream().map(call -> call.output()).toList();
    return new OnnxModel(
        model,
        ports(graph.inputs(), in, open),
        ports(graph.outputs(), model.graph().outputs(), open));
  }

  private static List<Port> ports(
      List<ValueInfoProto> said, List<KerasTensor> tensors, Map<String, Atom> open) {
    List<Port> all = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      List<List<Atom>> axes = new ArrayList<>();
      for (Dimension d : said.get(i).dims()) {
        boolean samples = axes.isEmpty();
        String name = d.symbol().isEmpty() ? said.get(i).name() + axes.size() : d.symbol();
        Dim length = d.value() >= 0 ? Dim.of(d.value()) : Dim.open(name);
        boolean shared = samples || d.value() < 0;
        String key = samples ? "" : name;
        Atom atom = shared ? open.computeIfAbsent(key, k -> new Atom(length)) : new Atom(length);
        axes.add(List.of(atom));
      }
      List<List<Atom>> own = axes.subList(1, axes.size());
      Atom.batch(axes.get(0), "the first axis");
      own.forEach(axis -> Atom.inner(axis, "an axis behind the first"));
      all.add(Port.of(said.get(i).name(), axes, new Placed(tensors.get(i), own)));
    }
    return all;
  }

  /** The model, which can be trained, saved, and used as any other. */
  public Model model() {
    return model;
  }

  /** The names of the file's inputs that data go into, in order. */
  public List<String> inputNames() {
    return inputs.stream().map(Port::name).toList();
  }

  /** The names of the file's outputs, in order. */
  public List<String> outputNames() {
    return outputs.stream().map(Port::name).toList();
  }

  /**
   * Predicts.
   *
   * @param x by the names of {@link #inputNames}, each with the axes that the file has; whole
   *     numbers as floats
   * @return by the names of {@link #outputNames}, with the axes that the file has
   * @throws IllegalArgumentException if a tensor is missing, or has another shape; names it
   */
  public Map<String, Tensor> run(Map<String, Tensor> x) {
    Map<Atom, Integer> lengths = new HashMap<>();
    List<Tensor> out = model.predict(fed(x, lengths));
    Map<String, Tensor> named = new LinkedHashMap<>();
    for (int i = 0; i < outputs.size(); i++) {
      named.put(outputs.get(i).name, outputs.get(i).out(out.get(i), lengths));
    }
    return named;
  }

  /**
   * What {@link #run} feeds to the {@link #model}: the samples first.
   *
   * @param x by the names of {@link #inputNames}, each with the axes that the file has
   * @throws IllegalArgumentException as {@link #run} does
   */
  public List<Tensor> fed(Map<String, Tensor> x) {
    return fed(x, new HashMap<>());
  }

  private List<Tensor> fed(Map<String, Tensor> x, Map<Atom, Integer> lengths) {
    List<Tensor> in = new ArrayList<>();
    for (Port p : inputs) {
      Tensor given = x.get(p.name);
      if (given == null) {
        throw new IllegalArgumentException(
            "the input "
                + Printable.quoted(p.name)
                + " is missing; the model takes "
                + Printable.text(inputNames()));
      }
      in.add(p.in(given, lengths));
    }
    x.keySet().stream()
        .filter(name -> !inputNames().contains(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new IllegalArgumentException(
                  "there is no input "
                      + Printable.quoted(name)
                      + "; the model takes "
                      + Printable.text(inputNames()));
            });
    int samples = in.stream().mapToInt(t -> t.dim(0)).max().orElse(1);
    return in.stream().map(t -> repeated(t, samples)).toList();
  }

  /** What has no axis for samples is the same for each. */
  private static Tensor repeated(Tensor t, int samples) {
    if (t.dim(0) == samples || t.dim(0) != 1) {
      return t;
    }
    float[] all = new float[t.size() * samples];
    for (int i = 0; i < samples; i++) {
      System.arraycopy(t.data(), 0, all, i * t.size(), t.size());
    }
    return Tensor.of(all, t.shape().with(0, samples));
  }

  /** Each input and output of the file: its axes there, and those of the model's. */
  @Override
  public String toString() {
    return "inputs "
        + inputs.stream().map(Port::toString).collect(Collectors.joining(", "))
        + "; outputs "
        + outputs.stream().map(Port::toString).collect(Collectors.joining(", "));
  }

  /**
   * An input or an output.
   *
   * @param axes those of the file
   * @param placed where it lies in the model
   */
  record Port(String name, List<List<Atom>> axes, Placed placed) {
    static Port of(String name, List<List<Atom>> axes, Placed placed) {
      return new Port(name, axes.stream().map(Atom::leaves).toList(), placed);
    }

    /** An output with the axes that the file has, behind the samples. */
    static Placed inOrder(Data data) {
      List<List<Atom>> own = new ArrayList<>();
      boolean sampled = false;
      for (List<Atom> axis : data.axes()) {
        boolean theirs = Atom.leaves(axis).stream().anyMatch(Atom::isBatch);
        sampled |= theirs;
        if (!theirs || !Placed.own(axis).isEmpty()) {
          own.add(Placed.own(axis));
        }
      }
      if (!sampled) {
        own.remove(List.of()); // an axis of length 1 is that of one sample
      }
      Placed at = data.placed().to(own.isEmpty() ? List.of(List.of()) : own);
      boolean fed = at.tensor().call().layer() instanceof Input;
      KerasTensor tensor =
          fed ? new ActivationLayer(Activation.LINEAR).apply(at.tensor()) : at.tensor();
      return new Placed(tensor, at.groups());
    }

    /** All atoms in the file's order, with the samples as null. */
    private List<Atom> inFile() {
      List<Atom> all = new ArrayList<>();
      axes.forEach(axis -> axis.forEach(a -> all.add(a.isBatch() ? null : a)));
      return all;
    }

    /** All atoms in the model's order, with the samples as null. */
    private List<Atom> inModel() {
      List<Atom> all = new ArrayList<>();
      all.add(null);
      all.addAll(placed.flat());
      return all;
    }

    Tensor in(Tensor x, Map<Atom, Integer> lengths) {
      boolean fits = x.shape().rank() == axes.size();
      for (int i = 0; fits && i < axes.size(); i++) {
        Atom atom = axes.get(i).size() == 1 ? axes.get(i).get(0) : null;
        boolean open = atom != null && (atom.isBatch() || !atom.size().isKnown());
        if (!open) {
          fits = Atom.size(axes.get(i)).is(x.dim(i));
        } else if (lengths.putIfAbsent(atom, x.dim(i)) != null) {
          fits = lengths.get(atom) == x.dim(i);
        }
      }
      if (!fits) {
        throw new IllegalArgumentException(
            "the input "
                + Printable.quoted(name)
                + ": expected the shape "
                + inFileText()
                + ", got "
                + x.shape());
      }
      int samples = lengths.getOrDefault(samples(), 1);
      lengths.put(null, samples);
      float[] moved = moved(x.data(), inFile(), inModel(), lengths);
      int[] dims = new int[placed.groups().size() + 1];
      dims[0] = samples;
      for (int i = 1; i < dims.length; i++) {
        dims[i] = length(placed.groups().get(i - 1), lengths);
      }
      return Tensor.of(moved, dims);
    }

    private Atom samples() {
      return axes.stream().flatMap(List::stream).filter(Atom::isBatch).findFirst().orElse(null);
    }

    Tensor out(Tensor y, Map<Atom, Integer> lengths) {
      Map<Atom, Integer> own = new HashMap<>(lengths);
      own.put(null, y.dim(0));
      for (int i = 0; i < placed.groups().size(); i++) {
        int rest = y.dim(i + 1);
        Atom open = null;
        for (Atom a : placed.groups().get(i)) {
          if (a.size().isKnown()) {
            rest /= (int) a.size().value();
          } else if (open == null) {
            open = a;
          } else {
            rest /= own.getOrDefault(a, 1);
          }
        }
        if (open != null) {
          own.put(open, rest);
        }
      }
      if (samples() == null && y.dim(0) != 1) {
        throw new IllegalArgumentException(
            "the output "
                + Printable.quoted(name)
                + " has no axis for "
                + y.dim(0)
                + " samples in the file; use model().predict, or one sample");
      }
      int[] dims = new int[axes.size()];
      for (int i = 0; i < dims.length; i++) {
        dims[i] = length(axes.get(i), own);
      }
      if (Arrays.stream(dims).asLongStream().reduce(1, (a, b) -> a * b) != y.size()) {
        throw new IllegalArgumentException(
            "the output "
                + Printable.quoted(name)
                + ": expected the shape "
                + Shape.of(dims)
                + " from the file, got "
                + y.shape()
                + "; a slice in the file takes more timesteps than there are, give it longer"
                + " sequences");
      }
      return Tensor.of(moved(y.data(), inModel(), inFile(), own), dims);
    }

    private static int length(List<Atom> axis, Map<Atom, Integer> lengths) {
      int all = 1;
      for (Atom a : axis) {
        all *= length(a, lengths);
      }
      return all;
    }

    private static int length(Atom a, Map<Atom, Integer> lengths) {
      return a == null || a.isBatch()
          ? lengths.get(null)
          : a.size().isKnown() ? (int) a.size().value() : lengths.get(a);
    }

    /** The elements in another order of axes. */
    private static float[] moved(
        float[] x, List<Atom> from, List<Atom> to, Map<Atom, Integer> lengths) {
      Map<Atom, Integer> strides = new HashMap<>();
      int stride = 1;
      for (int i = from.size() - 1; i >= 0; i--) {
        strides.putIfAbsent(from.get(i), stride);
        stride *= length(from.get(i), lengths);
      }
      int[] dims = to.stream().mapToInt(a -> length(a, lengths)).toArray();
      int[] steps = to.stream().mapToInt(a -> strides.getOrDefault(a, 0)).toArray();
      float[] y = new float[x.length];
      int[] index = new int[dims.length];
      int at = 0;
      for (int i = 0; i < y.length; i++) {
        y[i] = x[at];
        for (int k = dims.length - 1; k >= 0; k--) {
          at += steps[k];
          if (++index[k] < dims[k]) {
            break;
          }
          at -= steps[k] * dims[k];
          index[k] = 0;
        }
      }
      return y;
    }

    private String inFileText() {
      return axes.stream()
          .map(
              a ->
                  a.stream()
                      .map(x -> x.isBatch() ? "batch" : x.size().toString())
                      .collect(Collectors.joining("·")))
          .map(s -> s.isEmpty() ? "1" : s)
          .collect(Collectors.joining(", ", "(", ")"));
    }

    private Shape shape() {
      return placed.tensor().shape();
    }

    @Override
    public String toString() {
      return Printable.text(name) + " " + inFileText() + ", here " + shape();
    }
  }
}
