package io.github.lstm4j.serve;

import io.github.lstm4j.io.JsonReader;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.names.Names;
import io.github.lstm4j.serve.InferenceRequest.Wanted;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Reads requests of inference of one model: JSON, and behind it the bytes of the inputs that have a
 * {@code binary_data_size}, in their order, as Triton's extension has it; or the fields that JSON
 * would have, which came in another way. What is not known is refused by its name.
 */
final class RequestReader {
  private static final String REQUEST = "request";
  private static final String BINARY_SIZE = "binary_data_size";
  private static final int MOST_AXES = 8;
  private static final BigInteger LARGEST_ID = BigInteger.TWO.pow(Long.SIZE);

  private final String model;
  private final Engine engine;
  private final ServerOptions.Limits limits;

  RequestReader(String model, Engine engine, ServerOptions.Limits limits) {
    this.model = model;
    this.engine = engine;
    this.limits = limits;
  }

  /**
   * Reads a request.
   *
   * @param json how many bytes of the body are JSON
   * @throws Refusal if it is wrong; says what was expected and what came
   */
  InferenceRequest read(ByteBuffer body, int json) {
    try {
      ByteBuffer rest = body.duplicate().order(ByteOrder.LITTLE_ENDIAN);
      return request(json(rest, json), rest);
    } catch (IOException | IllegalArgumentException e) {
      throw Refusal.badRequest(Printable.reason(e));
    }
  }

  /**
   * Reads a request whose inputs have their bytes as data.
   *
   * @throws Refusal if it is wrong; says what was expected and what came
   */
  InferenceRequest read(Map<String, Object> fields) {
    try {
      return request(fields, ByteBuffer.allocate(0));
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest(Printable.reason(e));
    }
  }

  /** What a request may fill. */
  static ReadBudget budget() {
    return new ReadBudget(REQUEST, Runtime.getRuntime().maxMemory() / 4);
  }

  /** The JSON object of a request; no more memory than what a body of that size may need. */
  static Map<String, Object> json(ByteBuffer bytes, int size) throws IOException {
    byte[] text = new byte[size];
    bytes.get(text);
    return new JsonReader(REQUEST, budget()).numbersInArrays().read(text, "body");
  }

  private InferenceRequest request(Map<String, Object> all, ByteBuffer rest) {
    StoredFields fields = StoredFields.of(REQUEST, all, "id", "parameters", "inputs", "outputs");
    StoredFields parameters =
        parameters(fields, "sequence_id", "sequence_start", "sequence_end", "binary_data_output");
    SequencePart sequence = sequence(parameters);
    Tensor[] inputs = inputs(fields, rest, sequence != null);
    if (rest.hasRemaining()) {
      throw Refusal.badRequest(
          "request: the inputs take their bytes from those behind the JSON, and "
              + rest.remaining()
              + " are left over; expected "
              + BINARY_SIZE
              + " of each such input");
    }
    boolean binary = parameters.has("binary_data_output") && parameters.flag("binary_data_output");
    return new InferenceRequest(
        fields.has("id") && !"".equals(fields.get("id")) ? fields.text("id") : null,
        List.of(inputs),
        outputs(fields, binary),
        sequence);
  }

  private static StoredFields parameters(StoredFields of, String... known) {
    Object given = of.has("parameters") ? of.get("parameters") : Map.of();
    return StoredFields.of(of.path("parameters"), given, known);
  }

  // ---------------------------------------------------------------- sequences

  private SequencePart sequence(StoredFields parameters) {
    Object id = parameters.get("sequence_id");
    boolean start = parameters.has("sequence_start") && parameters.flag("sequence_start");
    boolean end = parameters.has("sequence_end") && parameters.flag("sequence_end");
    boolean none = id == null || id.equals(0) || id.equals(0L) || id.equals("");
    if (none && (start || end)) {
      throw parameters.wrong("sequence_id", "a number that is not 0, or a text, of the sequence");
    }
    if (none) {
      return null;
    }
    boolean whole = id instanceof Integer || id instanceof Long || id instanceof BigInteger;
    BigInteger number = whole ? new BigInteger(id.toString()) : BigInteger.ZERO;
    if (!(id instanceof String)
        && (!whole || number.signum() < 0 || number.compareTo(LARGEST_ID) >= 0)) {
      throw parameters.wrong("sequence_id", "a whole number of 64 bits, not negative, or a text");
    }
    return new SequencePart(whole ? (Object) number : id, start, end);
  }

  // ---------------------------------------------------------------- inputs

  private Tensor[] inputs(StoredFields fields, ByteBuffer bytes, boolean step) {
    if (!fields.has("inputs")) {
      throw fields.wrong("inputs", "a list of the inputs " + inputNames());
    }
    List<StoredFields> given =
        fields.objects("inputs", "name", "shape", "datatype", "data", "parameters");
    atMost("inputs", given.size());
    Tensor[] inputs = new Tensor[engine.inputs().size()];
    for (StoredFields input : given) {
      String name = input.text("name");
      int number = inputNames().indexOf(name);
      if (number < 0) {
        throw Refusal.badRequest(
            "model " + model + ": no input " + Names.missing(Printable.text(name), inputNames()));
      }
      if (inputs[number] != null) {
        throw Refusal.badRequest(where(name) + ": is given twice");
      }
      inputs[number] = input(input, number, bytes, step);
    }
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i] == null) {
        throw Refusal.badRequest(
            "model "
                + model
                + ": expected the inputs "
                + inputNames()
                + ", "
                + inputNames().get(i)
                + " is missing");
      }
      if (inputs[i].dim(0) != inputs[0].dim(0)) {
        throw Refusal.badRequest(
            where(inputNames().get(i))
                + ": expected as many rows as "
                + inputNames().get(0)
                + " has, "
                + inputs[0].dim(0)
                + ", got "
                + inputs[i].dim(0));
      }
    }
    return inputs;
  }

  private void atMost(String what, int count) {
    if (count > limits.tensors()) {
      throw Refusal.badRequest(
          "request." + what + ": expected at most " + limits.tensors() + ", got " + count);
    }
  }

  private List<String> inputNames() {
    return engine.inputs().stream().map(TensorSpec::name).toList();
  }

  private String where(String input) {
    return "model " + model + ", input " + Printable.text(input);
  }

  private Tensor input(StoredFields fields, int number, ByteBuffer bytes, boolean step) {
    TensorSpec spec = engine.inputs().get(number);
    DataType type = type(fields, spec);
    List<Integer> dims = shape(fields, spec, step);
    TensorReader reader = new TensorReader(where(spec.name()), type, dims);
    StoredFields parameters = parameters(fields, BINARY_SIZE);
    if (parameters.has(BINARY_SIZE)) {
      if (fields.has("data")) {
        throw Refusal.badRequest(
            where(spec.name()) + ": has data and " + BINARY_SIZE + "; give one of them");
      }
      int size = parameters.integer(BINARY_SIZE, 0, Integer.MAX_VALUE);
      if (size > bytes.remaining()) {
        throw Refusal.badRequest(
            where(spec.name())
                + ": "
                + BINARY_SIZE
                + " is "
                + size
                + ", but behind the JSON are "
                + bytes.remaining()
                + " bytes; the header Inference-Header-Content-Length says how long the JSON is");
      }
      ByteBuffer own = bytes.slice().limit(size).order(ByteOrder.LITTLE_ENDIAN);
      bytes.position(bytes.position() + size);
      reader.read(own);
    } else if (fields.get("data") instanceof ByteBuffer own) {
      reader.read(own.duplicate().order(ByteOrder.LITTLE_ENDIAN));
    } else {
      reader.read(fields.get("data"));
    }
    int[] shape = dims.stream().mapToInt(Integer::intValue).toArray();
    try {
      return type == DataType.BYTES
          ? engine.encode(number, Shape.of(shape), reader.texts())
          : reader.tensor();
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest(where(spec.name()) + ": " + Printable.reason(e));
    }
  }

  private DataType type(StoredFields fields, TensorSpec spec) {
    String given = fields.text("datatype");
    DataType type =
        Arrays.stream(DataType.values())
            .filter(t -> t.name().equals(given))
            .findFirst()
            .orElse(null);
    if (type == null || !spec.type().takes(type)) {
      throw Refusal.badRequest(
          where(spec.name())
              + ": datatype: expected "
              + spec.type().taken()
              + ", got "
              + Printable.text(given));
    }
    return type;
  }

  /** The dimensions; of a timestep of a sequence without the axis of timesteps, or with it. */
  private List<Integer> shape(StoredFields fields, TensorSpec spec, boolean step) {
    Object given = fields.get("shape");
    Shape expected = spec.shape();
    boolean reading = step && expected.rank() > 1 && isTimed(spec);
    boolean numbers = given instanceof double[];
    double[] all = numbers ? (double[]) given : new double[0];
    boolean fits = numbers && all.length <= MOST_AXES;
    boolean one = reading && all.length == expected.rank() - 1;
    fits &= all.length == expected.rank() || one;
    List<Integer> dims = new ArrayList<>();
    long size = 1;
    for (int i = 0; fits && i < all.length; i++) {
      int wanted = one && i > 0 ? expected.dim(i + 1) : expected.dim(i);
      boolean open = wanted == Shape.UNKNOWN || (reading && !one && i == 1);
      fits = all[i] >= 1 && all[i] == Math.rint(all[i]) && (open || all[i] == wanted);
      if (fits && open && all[i] > limits.dimension()) {
        throw Refusal.badRequest(
            where(spec.name())
                + ": shape: expected at most "
                + limits.dimension()
                + " at axis "
                + i
                + ", got "
                + Printable.text((long) all[i]));
      }
      dims.add((int) all[i]);
      size *= (int) all[i];
      fits &= size <= Integer.MAX_VALUE;
    }
    if (!fits) {
      throw Refusal.badRequest(
          where(spec.name())
              + ": shape: expected "
              + shown(expected, false)
              + (reading ? ", or a reading " + shown(expected, true) + " of the sequence" : "")
              + ", whole numbers of at least 1, got "
              + (numbers ? shown(all) : Printable.quoted(given)));
    }
    return dims;
  }

  /** Whether the second axis is the timesteps: texts have none. */
  private static boolean isTimed(TensorSpec spec) {
    return spec.type() != DataType.BYTES && (spec.shape().rank() > 2 || spec.type().isWhole());
  }

  private static String shown(double[] dims) {
    return Arrays.stream(dims)
        .limit(MOST_AXES + 1)
        .mapToObj(d -> d == Math.rint(d) && Math.abs(d) < 1e15 ? Long.toString((long) d) : "" + d)
        .toList()
        .toString();
  }

  private static String shown(Shape shape, boolean reading) {
    List<Integer> dims = new ArrayList<>();
    Arrays.stream(shape.dims()).forEach(dims::add);
    if (reading) {
      dims.remove(1);
      dims.set(0, 1);
    }
    return dims.toString();
  }

  // ---------------------------------------------------------------- outputs

  private List<Wanted> outputs(StoredFields fields, boolean binary) {
    List<String> names = engine.outputs().stream().map(TensorSpec::name).toList();
    List<Wanted> wanted = new ArrayList<>();
    boolean all = !fields.has("outputs") || List.of().equals(fields.get("outputs"));
    if (all) {
      for (int i = 0; i < names.size(); i++) {
        wanted.add(new Wanted(i, binary));
      }
      return wanted;
    }
    List<StoredFields> given = fields.objects("outputs", "name", "parameters");
    atMost("outputs", given.size());
    for (StoredFields output : given) {
      String name = output.text("name");
      int number = names.indexOf(name);
      if (number < 0) {
        throw Refusal.badRequest(
            "model " + model + ": no output " + Names.missing(Printable.text(name), names));
      }
      if (wanted.stream().anyMatch(w -> w.number() == number)) {
        throw Refusal.badRequest("model " + model + ", output " + name + ": is asked for twice");
      }
      StoredFields parameters = parameters(output, "binary_data");
      boolean own = parameters.has("binary_data") ? parameters.flag("binary_data") : binary;
      wanted.add(new Wanted(number, own));
    }
    return wanted;
  }
}
