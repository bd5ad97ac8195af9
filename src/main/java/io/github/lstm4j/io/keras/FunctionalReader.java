package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;
import static io.github.lstm4j.io.keras.LayerConfigs.typed;

import io.github.lstm4j.compile.ModelLayer;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.KerasTensor.Call;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.Operation;
import io.github.lstm4j.layers.SequenceMask;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Reads how the layers of a functional model feed one another: nodes as Keras 3 writes them, {@code
 * {"args": [tensors], "kwargs": {"initial_state": …}}}, and as Keras 2 did, {@code [["lstm", 0, 0,
 * {}]]}.
 *
 * <p>Of the options of a call, {@code training} is let pass: {@code fit}, {@code evaluate} and
 * {@code predict} of Keras set it themselves for the whole model, whatever a node says. A {@code
 * mask} may be the one that the input brings along, for which Keras's files have operations of
 * their own. All else must ask for nothing.
 */
final class FunctionalReader {
  static final String STATES = "initial_state";
  static final String MASK = "mask";
  private static final String TRAINING = "training";

  /** What follows the first argument of a recurrent layer's call. */
  private static final List<String> RECURRENT = List.of(STATES, MASK, TRAINING);

  /** What Keras makes masks of. */
  private static final Set<String> MASK_OPERATIONS =
      Set.of(
          "NotEqual",
          "Any",
          "LogicalAnd",
          "LogicalOr",
          "Concatenate",
          "All",
          "ExpandDims",
          "ConvertToTensor",
          "ZerosLike",
          "OnesLike");

  /** Those that take nothing but the shape of what they are given. */
  private static final Set<String> OF_SHAPES = Set.of("ZerosLike", "OnesLike");

  private final Map<String, Layer> layers = new LinkedHashMap<>();
  private final Map<String, List<Object>> waiting = new LinkedHashMap<>(); // nodes by layer
  private final Map<Layer, List<Call>> calls = new HashMap<>();
  private final Map<Layer, Map<String, Object>> unsaid = new HashMap<>(); // arguments of a call
  private final Map<String, Map<String, Object>> operations = new LinkedHashMap<>(); // entries

  private FunctionalReader() {}

  /** A tensor as a file says it. */
  private record Ref(String layer, int node, int output) {}

  /** What a call takes, initial states behind the rest, and what masks it is given. */
  private record Taken(List<KerasTensor> inputs, List<KerasTensor> masks) {}

  /** A node needs what is not there yet. */
  private static final class NotYet extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotYet() {
      super(null, null, false, false);
    }
  }

  /**
   * The model.
   *
   * @param entries of its layers
   * @param readLayers reads the entries of layers, all of them at once
   * @throws IllegalArgumentException if it is no graph, or asks for what is not supported
   */
  static Model read(
      Map<String, Object> config,
      List<Map<String, Object>> entries,
      Function<List<Map<String, Object>>, List<Layer>> readLayers) {
    FunctionalReader reader = new FunctionalReader();
    List<Map<String, Object>> ofLayers = new ArrayList<>();
    for (Map<String, Object> entry : entries) {
      if (OperationConfigs.isOperation(entry)) {
        reader.operations.put(Objects.toString(entry.get("name")), entry);
      } else {
        ofLayers.add(entry);
      }
    }
    List<Layer> read =
        readLayers.apply(ofLayers.stream().map(FunctionalReader::withoutNodes).toList());
    for (int i = 0; i < read.size(); i++) {
      reader.add(read.get(i), ofLayers.get(i));
    }
    for (Map<String, Object> entry : reader.operations.values()) {
      reader.add(OperationConfigs.read(entry, value -> ref(value) != null), entry);
    }
    reader.link();
    return Model.of(
        reader.ends("input_layers", config.get("input_layers")),
        reader.ends("output_layers", config.get("output_layers")));
  }

  private static Map<String, Object> withoutNodes(Map<String, Object> entry) {
    Map<String, Object> layer = new LinkedHashMap<>(entry);
    layer.remove("name");
    layer.remove("inbound_nodes");
    return layer;
  }

  private void add(Layer layer, Map<String, Object> entry) {
    String name = typed(layer + ": name", String.class, entry.get("name"));
    if (layer.name() == null) {
      layer.autoName(name);
    }
    if (layers.putIfAbsent(name, layer) != null) {
      throw new IllegalArgumentException(
          "the model: two layers are called " + Printable.quoted(name));
    }
    calls.put(layer, new ArrayList<>());
    unsaid.put(layer, LayerConfigs.writeCall(layer));
    if (layer instanceof Input input) {
      calls.get(layer).add(input.output().call());
      return;
    }
    List<?> nodes = typed(name + ": inbound_nodes", List.class, entry.get("inbound_nodes"));
    waiting.put(name, new ArrayList<>(nodes));
  }

  /** Uses the layers, each as soon as what it takes is there. */
  private void link() {
    boolean moved = true;
    while (moved && !waiting.isEmpty()) {
      moved = false;
      for (String name : List.copyOf(waiting.keySet())) {
        List<Object> nodes = waiting.get(name);
        while (!nodes.isEmpty() && use(layers.get(name), nodes.get(0))) {
          nodes.remove(0);
          moved = true;
        }
        if (nodes.isEmpty()) {
          waiting.remove(name);
          moved = true;
        }
      }
    }
    if (!waiting.isEmpty()) {
      throw new IllegalArgumentException(
          "the model: what feeds these layers is not there, or goes in a circle: "
              + Printable.text(waiting.keySet()));
    }
  }

  private boolean use(Layer layer, Object node) {
    try {
      Taken taken = node instanceof List<?> old ? old(layer, old) : today(layer, node);
      calls.get(layer).add(layer.call(taken.inputs(), taken.masks()));
      return true;
    } catch (NotYet later) {
      return false;
    }
  }

  // ---------------------------------------------------------------- nodes

  /** Keras 3: arguments and options. */
  private Taken today(Layer layer, Object node) {
    if (layer instanceof Operation) {
      List<KerasTensor> inputs = new ArrayList<>();
      operands(layer, map(node).get("args"), inputs);
      return new Taken(inputs, List.of());
    }
    LayerConfigs.requireKnown(layer + ": node: ", map(node), Set.of("args", "kwargs"));
    List<?> args = typed(layer + ": args", List.class, map(node).get("args"));
    Map<String, Object> options = new LinkedHashMap<>(map(map(node).get("kwargs")));
    boolean recurrent = FunctionalConfigs.takesStates(layer);
    for (int i = 1; i < args.size(); i++) {
      boolean named = recurrent && i <= RECURRENT.size();
      options.put(named ? RECURRENT.get(i - 1) : "argument " + i, args.get(i));
    }
    return inputs(layer, args.isEmpty() ? null : args.get(0), options, 0);
  }

  /** The tensors among the arguments of an operation. */
  private void operands(Layer layer, Object value, List<KerasTensor> into) {
    Ref ref = ref(value);
    if (ref != null) {
      into.add(tensor(layer, "an operand", ref, 0));
    } else if (value instanceof List<?> list) {
      list.forEach(each -> operands(layer, each, into));
    }
  }

  /** Keras 2: {@code [["lstm", 0, 0, {}], …]}, or one of these alone. */
  private Taken old(Layer layer, List<?> node) {
    List<?> all = !node.isEmpty() && node.get(0) instanceof String ? List.of(node) : node;
    Map<String, Object> options = new LinkedHashMap<>();
    for (Object one : all) {
      List<?> list = typed(layer + ": inbound_nodes", List.class, one);
      if (list.size() > 3) {
        options.putAll(map(list.get(3)));
      }
    }
    return inputs(layer, all, options, 1);
  }

  /**
   * What a call takes.
   *
   * @param from what the nodes of a model within this one are counted from
   */
  private Taken inputs(Layer layer, Object first, Map<String, Object> options, int from) {
    List<KerasTensor> inputs = new ArrayList<>(tensors(layer, "its input", first, from));
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException(layer + ": a node without an input");
    }
    if (FunctionalConfigs.takesStates(layer) && options.get(STATES) != null) {
      inputs.addAll(tensors(layer, STATES, options.remove(STATES), from));
    }
    readArguments(layer, options);
    Object mask = options.remove(MASK);
    List<KerasTensor> masks = new ArrayList<>();
    if (!isNothing(mask)) {
      for (Object one : ref(mask) == null ? (List<?>) mask : List.of(mask)) {
        masks.add(one == null ? null : tensors(layer, MASK, one, from).get(0));
      }
      requireOwnMask(layer, mask, masks, inputs);
    }
    options.forEach(
        (name, value) -> {
          if (!name.equals(TRAINING) && value != null && !Boolean.FALSE.equals(value)) {
            throw new IllegalArgumentException(
                layer + ": " + name + "=" + said(value) + " in its call is not supported");
          }
        });
    return new Taken(inputs, masks);
  }

  /** Gives a layer the arguments of its call, the same for all of its calls, and takes them out. */
  private void readArguments(Layer layer, Map<String, Object> options) {
    Map<String, Object> before = LayerConfigs.writeCall(layer);
    unsaid.get(layer).forEach(options::putIfAbsent);
    LayerReader.readCall(layer, options);
    Map<String, Object> now = LayerConfigs.writeCall(layer);
    now.forEach(
        (name, value) -> {
          if (!calls.get(layer).isEmpty() && !value.equals(before.get(name))) {
            throw new IllegalArgumentException(
                layer
                    + ": "
                    + name
                    + "="
                    + value
                    + " in a call and "
                    + before.get(name)
                    + " in an earlier one is not supported; use a layer for each");
          }
        });
  }

  private static boolean isNothing(Object value) {
    return value == null
        || (value instanceof List<?> list && list.stream().allMatch(FunctionalReader::isNothing));
  }

  private static String said(Object value) {
    Ref ref = ref(value);
    return ref == null ? Printable.quoted(value) : "the output of " + Printable.text(ref.layer());
  }

  private List<KerasTensor> tensors(Layer layer, String what, Object value, int from) {
    Ref ref = ref(value);
    if (ref != null) {
      return List.of(tensor(layer, what, ref, from));
    }
    List<KerasTensor> all = new ArrayList<>();
    Object items = value instanceof Map<?, ?> m ? tuple(map(m)) : value;
    if (!(items instanceof List<?> list)) {
      throw new IllegalArgumentException(
          layer + ": " + what + ": expected tensors, got " + Printable.quoted(value));
    }
    list.forEach(one -> all.addAll(tensors(layer, what, one, from)));
    return all;
  }

  private static Object tuple(Map<String, Object> m) {
    return "__tuple__".equals(m.get("class_name"))
        ? m.getOrDefault("items", m.get("config"))
        : null;
  }

  /** What a value says of a tensor, or null. */
  private static Ref ref(Object value) {
    Object history = value;
    if (value instanceof Map<?, ?>) {
      history =
          FunctionalConfigs.TENSOR.equals(map(value).get("class_name"))
              ? map(map(value).get("config")).get("keras_history")
              : null;
    }
    return history instanceof List<?> l
            && l.size() >= 3
            && l.get(0) instanceof String name
            && l.get(1) instanceof Integer node
            && l.get(2) instanceof Integer output
        ? new Ref(name, node, output)
        : null;
  }

  private KerasTensor tensor(Layer layer, String what, Ref ref, int from) {
    Layer source = layers.get(ref.layer());
    if (source == null) {
      throw new IllegalArgumentException(
          layer + ": " + what + ": no layer is called " + Printable.quoted(ref.layer()));
    }
    int number = ref.node() - (source instanceof ModelLayer ? Math.min(from, ref.node()) : 0);
    List<Call> made = calls.get(source);
    if (number >= made.size()) {
      throw new NotYet();
    }
    if (number < 0 || ref.output() < 0 || ref.output() >= made.get(number).outputs().size()) {
      throw new IllegalArgumentException(
          layer + ": " + what + ": " + source + " has no output " + ref.output());
    }
    return made.get(number).outputs().get(ref.output());
  }

  // ---------------------------------------------------------------- masks

  /** That a mask is the one that comes with the input: made of the same tensors and values. */
  private static void requireOwnMask(
      Layer layer, Object said, List<KerasTensor> masks, List<KerasTensor> inputs) {
    Map<KerasTensor, Float> own = new HashMap<>();
    Set<KerasTensor> seen = new HashSet<>();
    inputs.forEach(t -> masked(t, seen, own));
    Set<KerasTensor> found = new HashSet<>();
    Map<KerasTensor, Boolean> asked = new HashMap<>();
    boolean known = masks.stream().allMatch(mask -> mask == null || isOf(own, mask, found, asked));
    if (!known || found.isEmpty()) {
      throw new IllegalArgumentException(
          layer
              + ": mask="
              + said(said)
              + " in its call is not supported, only the one that its input has from Masking or"
              + " Embedding");
    }
  }

  /** Collects what the masks on the way to a tensor are made of, and what is masked there. */
  private static void masked(KerasTensor t, Set<KerasTensor> seen, Map<KerasTensor, Float> own) {
    if (!seen.add(t)) {
      return;
    }
    Layer layer = t.call().layer();
    if (layer instanceof Masking || layer instanceof Embedding) {
      float value = layer instanceof Masking masking ? masking.maskValue() : 0;
      own.put(t.call().inputs().get(0), value);
    } else if (layer instanceof SequenceMask) {
      own.put(t, null); // whose mask is of lengths, and known by the sequence
    }
    t.call().inputs().forEach(from -> masked(from, seen, own));
  }

  /**
   * Whether operations make a mask of these alone.
   *
   * @param found collects of which
   * @param asked what is known already: many ways may lead to one tensor
   */
  private static boolean isOf(
      Map<KerasTensor, Float> own,
      KerasTensor mask,
      Set<KerasTensor> found,
      Map<KerasTensor, Boolean> asked) {
    Boolean known = asked.get(mask);
    if (known != null) {
      return known;
    }
    boolean of = false;
    Layer layer = mask.call().layer();
    List<KerasTensor> inputs = mask.call().inputs();
    if (layer instanceof SequenceMask) {
      found.add(mask);
      of = own.containsKey(mask);
    } else if (layer instanceof Operation o && o.className().equals("NotEqual")) {
      Tensor value = o.operands().get(o.operands().size() - 1);
      found.add(inputs.get(0));
      of = value != null && value.size() == 1 && isEqual(own.get(inputs.get(0)), value);
    } else if (layer instanceof Operation o && MASK_OPERATIONS.contains(o.className())) {
      of =
          OF_SHAPES.contains(o.className())
              || inputs.stream().allMatch(t -> isOf(own, t, found, asked));
    }
    asked.put(mask, of);
    return of;
  }

  private static boolean isEqual(Float masked, Tensor value) {
    return masked != null && masked == value.data()[0];
  }

  // ---------------------------------------------------------------- inputs and outputs

  /** One, a list, or a map, which Keras takes in the order of its keys. */
  private List<KerasTensor> ends(String what, Object value) {
    List<KerasTensor> all = new ArrayList<>();
    Ref ref = ref(value);
    if (ref != null) {
      Layer source = layers.get(ref.layer());
      boolean counted = source != null && FunctionalConfigs.firstNode(source) == 1;
      try {
        all.add(tensor(source, what, ref, counted ? 1 : 0));
      } catch (NotYet e) {
        throw new IllegalArgumentException(
            "the model: " + what + ": " + source + " is not used " + ref.node() + " times", e);
      }
      return all;
    }
    Object items = value instanceof Map<?, ?> m ? tuple(map(m)) : value;
    if (items == null && value instanceof Map<?, ?> m) {
      items = List.copyOf(new TreeMap<>(map(m)).values());
    }
    if (!(items instanceof List<?> list) || list.isEmpty()) {
      throw new IllegalArgumentException(
          "the model: " + what + ": expected tensors, got " + Printable.quoted(value));
    }
    list.forEach(one -> all.addAll(ends(what, one)));
    return all;
  }
}
