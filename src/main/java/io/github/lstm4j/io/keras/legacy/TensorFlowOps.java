package io.github.lstm4j.io.keras.legacy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Functions of TensorFlow that were called on the tensors of a functional model of tf.keras 2.4 to
 * 2.15, {@code x[:, -1]} and {@code tf.reduce_mean(x, 1)}, as the operations of {@code keras.ops}
 * that give the same. A file has an entry for each: of class {@code TFOpLambda} with the function's
 * name, or {@code SlicingOpLambda}; the first argument is in the place of a layer's input, the
 * others stand behind it by their names.
 */
final class TensorFlowOps {
  private static final String SLICING = "SlicingOpLambda";
  private static final Set<String> CLASSES = Set.of("TFOpLambda", SLICING);
  private static final String CONSTANT = "_CONSTANT_VALUE"; // in the place of a layer's name
  private static final int KWARGS = 3; // behind a layer's name, its node and its output
  private static final String AXIS = "axis";

  /** Where TensorFlow has the functions that are known. */
  private static final Set<String> PLACES =
      Set.of("", "math.", "nn.", "linalg.", "__operators__.", "compat.v1.");

  /**
   * A function.
   *
   * @param className of Keras's operation
   * @param operands the names of the arguments that are tensors, behind the first
   * @param settings Keras's names of the others by theirs
   * @param usual settings that are another in Keras where nothing is said
   */
  private record Function(
      String className,
      List<String> operands,
      Map<String, String> settings,
      Map<String, Object> usual) {}

  private static final Map<String, Function> FUNCTIONS = new HashMap<>();

  static {
    String[] binary = {
      "add Add",
      "subtract Subtract",
      "multiply Multiply",
      "divide TrueDivide",
      "truediv TrueDivide",
      "floordiv FloorDivide",
      "floormod Mod",
      "pow Power",
      "maximum Maximum",
      "minimum Minimum",
      "equal Equal",
      "not_equal NotEqual",
      "greater Greater",
      "greater_equal GreaterEqual",
      "less Less",
      "less_equal LessEqual",
      "logical_and LogicalAnd",
      "logical_or LogicalOr",
      "logical_xor LogicalXor"
    };
    String[] unary = {
      "abs Absolute",
      "negative Negative",
      "sign Sign",
      "floor Floor",
      "ceil Ceil",
      "square Square",
      "sqrt Sqrt",
      "rsqrt Rsqrt",
      "reciprocal Reciprocal",
      "exp Exp",
      "log Log",
      "log1p Log1p",
      "tanh Tanh",
      "sigmoid Sigmoid",
      "softplus Softplus",
      "softsign Softsign",
      "silu Silu",
      "swish Silu",
      "relu Relu",
      "relu6 Relu6",
      "elu Elu",
      "selu Selu",
      "logical_not LogicalNot",
      "is_nan Isnan",
      "identity ConvertToTensor",
      "stop_gradient StopGradient",
      "zeros_like ZerosLike",
      "ones_like OnesLike"
    };
    String[] reductions = {
      "reduce_mean Mean",
      "reduce_sum Sum",
      "reduce_max Max",
      "reduce_min Min",
      "reduce_any Any",
      "reduce_all All",
      "reduce_std Std",
      "reduce_variance Var",
      "reduce_logsumexp Logsumexp"
    };
    for (String names : binary) {
      put(names, List.of("y"), Map.of());
    }
    for (String names : unary) {
      put(names, List.of(), Map.of());
    }
    for (String names : reductions) {
      put(names, List.of(), Map.of(AXIS, AXIS, "keepdims", "keepdims"));
    }
    put("matmul Matmul", List.of("b"), Map.of());
    put("where Where", List.of("x", "y"), Map.of());
    put("softmax Softmax", List.of(), Map.of(AXIS, AXIS));
    put("log_softmax LogSoftmax", List.of(), Map.of(AXIS, AXIS));
    put("leaky_relu LeakyRelu", List.of(), Map.of("alpha", "negative_slope"));
    put("gelu Gelu", List.of(), Map.of("approximate", "approximate"), "approximate", false);
    put("cast Cast", List.of(), Map.of("dtype", "dtype"));
    put("concat Concatenate", List.of(), Map.of(AXIS, AXIS));
    put("stack Stack", List.of(), Map.of(AXIS, AXIS));
    put("expand_dims ExpandDims", List.of(), Map.of(AXIS, AXIS));
    put("squeeze Squeeze", List.of(), Map.of(AXIS, AXIS));
    put("reshape Reshape", List.of(), Map.of("shape", "newshape"));
    put("transpose Transpose", List.of(), Map.of("perm", "axes"));
    put("reverse Flip", List.of(), Map.of(AXIS, AXIS));
    put("tile Tile", List.of(), Map.of("multiples", "repeats"));
    put("argmax Argmax", List.of(), Map.of(AXIS, AXIS), AXIS, 0);
    put("argmin Argmin", List.of(), Map.of(AXIS, AXIS), AXIS, 0);
    put("gather Take", List.of("indices"), Map.of(AXIS, AXIS), AXIS, 0);
    put("one_hot OneHot", List.of(), Map.of("depth", "num_classes", AXIS, AXIS));
    put(
        "clip_by_value Clip",
        List.of(),
        Map.of("clip_value_min", "x_min", "clip_value_max", "x_max"));
  }

  private TensorFlowOps() {}

  private static void put(
      String names, List<String> operands, Map<String, String> settings, Object... usual) {
    int space = names.indexOf(' ');
    Map<String, Object> others = usual.length == 0 ? Map.of() : Map.of((String) usual[0], usual[1]);
    FUNCTIONS.put(
        names.substring(0, space),
        new Function(names.substring(space + 1), operands, settings, others));
  }

  static boolean isOne(String className) {
    return CLASSES.contains(className);
  }

  /**
   * The entry as Keras 3 would have it.
   *
   * @param tensor a tensor's layer, node and output, as Keras 3 counts them
   */
  static Map<String, Object> today(Map<String, Object> entry, UnaryOperator<Object> tensor) {
    boolean slicing = SLICING.equals(entry.get("class_name"));
    String name = String.valueOf(Json.map(entry.get("config")).get("function"));
    Function function = slicing ? null : function(name);
    Map<String, Object> config = new LinkedHashMap<>();
    List<Object> nodes = new ArrayList<>();
    for (Object each : Json.list(entry.get("inbound_nodes"))) {
      List<Object> node = Json.list(each);
      boolean alone = !node.isEmpty() && node.get(0) instanceof String;
      Map<String, Object> given = new LinkedHashMap<>();
      for (Object one : alone ? List.<Object>of(node) : node) {
        List<Object> of = Json.list(one);
        given.putAll(Json.map(of.size() > KWARGS ? of.get(KWARGS) : null));
      }
      List<Object> args = new ArrayList<>();
      if (alone) {
        args.add(first(node, tensor));
      } else {
        args.add(node.stream().map(one -> first(Json.list(one), tensor)).toList());
      }
      Map<String, Object> settings = new LinkedHashMap<>();
      if (slicing) {
        args.add(key(given.remove("slice_spec")));
      } else if (function != null) {
        function.operands.forEach(
            operand ->
                args.add(
                    isTensor(given.get(operand))
                        ? tensor.apply(given.remove(operand))
                        : given.remove(operand)));
        settings.putAll(function.usual);
      }
      given.forEach(
          (argument, value) -> {
            String setting =
                function == null ? argument : function.settings.getOrDefault(argument, argument);
            boolean nothing = value == null || argument.equals("name");
            if (!nothing && (function == null || isSaid(function, argument, value))) {
              settings.put(setting, value);
            }
          });
      if (!nodes.isEmpty() && !settings.equals(config)) {
        settings.put("arguments", "which differ from call to call");
      }
      config.putAll(settings);
      Map<String, Object> today = new LinkedHashMap<>();
      today.put("args", args);
      today.put("kwargs", Map.of());
      nodes.add(today);
    }
    Map<String, Object> now = new LinkedHashMap<>();
    now.put("module", function == null && !slicing ? "tensorflow.ops" : "keras.src.ops");
    now.put(
        "class_name", slicing ? "GetItem" : function == null ? "tf." + name : function.className);
    now.put("config", config);
    now.put("name", entry.get("name"));
    now.put("inbound_nodes", nodes);
    return now;
  }

  private static Function function(String name) {
    int dot = name.lastIndexOf('.') + 1;
    return PLACES.contains(name.substring(0, dot)) ? FUNCTIONS.get(name.substring(dot)) : null;
  }

  /** Whether an argument asks for something: what is false is off, but where Keras has it on. */
  private static boolean isSaid(Function function, String argument, Object value) {
    return function.settings.containsKey(argument) || !Boolean.FALSE.equals(value);
  }

  private static boolean isTensor(Object value) {
    List<Object> of = Json.list(value);
    return of.size() >= KWARGS && of.get(0) instanceof String;
  }

  /** The first argument, of a layer or a constant. */
  private static Object first(List<Object> node, UnaryOperator<Object> tensor) {
    boolean constant = node.size() >= KWARGS && CONSTANT.equals(node.get(0));
    return constant ? node.get(2) : tensor.apply(node);
  }

  /** Indices; a slice of them is an object without a class. */
  private static Object key(Object spec) {
    Map<String, Object> object = Json.map(spec);
    if (object.containsKey("start") || object.containsKey("stop")) {
      Map<String, Object> slice = new LinkedHashMap<>();
      slice.put("class_name", "__slice__");
      slice.put("config", object);
      return slice;
    } else if ("__tuple__".equals(object.get("class_name"))) {
      return key(object.get("items"));
    } else if (spec instanceof List<?> all) {
      List<Object> keys = new ArrayList<>();
      all.forEach(one -> keys.add(key(one)));
      return keys;
    }
    return spec;
  }
}
