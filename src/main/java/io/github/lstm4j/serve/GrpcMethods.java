package io.github.lstm4j.serve;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.serve.GrpcReader.Infer;
import io.github.lstm4j.serve.GrpcReader.Model;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * The protocol over gRPC: {@code inference.GRPCInferenceService}, method by method.
 *
 * <p>A forecasting task, or another with a description of its table, takes raw rows too: the one
 * input {@value #ROWS} of type BYTES and shape [1] is what {@code /predict} takes over HTTP, its
 * parameter {@value #TYPE} the media type; the one output {@value #PREDICTIONS} is its answer.
 */
final class GrpcMethods {
  static final String SERVICE = "inference.GRPCInferenceService";

  private static final String ROWS = "rows";
  private static final String PREDICTIONS = "predictions";
  private static final String TYPE = "content_type";

  /** A method of the service. */
  enum Method {
    /** Whether there is a server. */
    SERVER_LIVE("ServerLive"),
    /** Whether it answers. */
    SERVER_READY("ServerReady"),
    /** Whether a model answers. */
    MODEL_READY("ModelReady"),
    /** What the server is. */
    SERVER_METADATA("ServerMetadata"),
    /** Inputs and outputs of a model. */
    MODEL_METADATA("ModelMetadata"),
    /** Tensors in, tensors out. */
    MODEL_INFER("ModelInfer");

    private final String name;

    Method(String name) {
      this.name = name;
    }

    /** As the protocol calls it. */
    @Override
    public String toString() {
      return name;
    }
  }

  private final Inference inference;

  GrpcMethods(Inference inference) {
    this.inference = inference;
  }

  /** Why another method is not served. */
  static Answer unknown(String path) {
    return Answer.refusal(
        Refusal.NOT_IMPLEMENTED,
        Printable.text(path)
            + ": is not served; there are the methods "
            + List.of(Method.values())
            + " of "
            + SERVICE
            + ", and of Triton's extensions neither streams nor statistics, shared memory, tracing"
            + " or loading on demand",
        Answer.Target.NONE);
  }

  /**
   * Answers.
   *
   * @param authorization null: there is none
   * @param reply where answers are written that come later
   * @return never fails
   */
  CompletableFuture<Answer> answer(
      Method method, String authorization, byte[] message, Executor reply) {
    return inference.answer(
        message.length,
        () -> {
          if (method == Method.SERVER_LIVE || method == Method.SERVER_READY) {
            GrpcReader.empty(message, method + "Request");
            boolean live = method == Method.SERVER_LIVE;
            return now(GrpcWriter.flag(live || inference.isReady(), Answer.Target.NONE));
          }
          inference.authorize(authorization);
          return method == Method.MODEL_INFER ? infer(message, reply) : now(told(method, message));
        });
  }

  private static CompletableFuture<Answer> now(Answer answer) {
    return CompletableFuture.completedFuture(answer);
  }

  private Answer told(Method method, byte[] message) {
    if (method == Method.SERVER_METADATA) {
      GrpcReader.empty(message, method + "Request");
      return GrpcWriter.server(Inference.name(), Inference.version(), Inference.extensions());
    }
    Model model = GrpcReader.model(message, method + "Request");
    Deployment one = inference.repository().find(model.name(), model.version());
    return method == Method.MODEL_READY
        ? GrpcWriter.flag(true, one.target())
        : GrpcWriter.model(one, inference.repository().versions(model.name()));
  }

  // ---------------------------------------------------------------- inference

  private CompletableFuture<Answer> infer(byte[] message, Executor reply) {
    Infer asked = GrpcReader.infer(message);
    Model model = asked.model();
    return hasRows(asked)
        ? inference.later(() -> ask(model, one -> rows(one, asked), reply))
        : ask(model, one -> tensors(one, asked), reply);
  }

  private CompletableFuture<Answer> ask(
      Model model, Function<Deployment, Question> read, Executor reply) {
    return inference.ask(model.name(), model.version(), read, reply);
  }

  private Question tensors(Deployment one, Infer asked) {
    Map<String, Object> fields = asked.fields();
    if (asked.raw() && fields.get("parameters") instanceof Map<?, ?> given) {
      Map<Object, Object> parameters = new LinkedHashMap<>(given);
      parameters.putIfAbsent("binary_data_output", true);
      fields = new LinkedHashMap<>(fields);
      fields.put("parameters", parameters);
    }
    InferenceRequest request =
        new RequestReader(one.target().model(), one.engine(), inference.limits()).read(fields);
    long binary = request.outputs().stream().filter(InferenceRequest.Wanted::binary).count();
    if (binary > 0 && binary < request.outputs().size()) {
      throw Refusal.badRequest(
          "model "
              + one.target().model()
              + ": outputs: binary_data: expected the same of all outputs, which gRPC has all as"
              + " bytes or none");
    }
    return new Question(
        request.inputs(),
        request.sequence(),
        outputs -> GrpcWriter.outputs(one.target(), one.engine().outputs(), request, outputs));
  }

  // ---------------------------------------------------------------- rows of a table

  private static boolean hasRows(Infer asked) {
    return asked.fields().get("inputs") instanceof List<?> inputs
        && inputs.size() == 1
        && inputs.get(0) instanceof Map<?, ?> input
        && ROWS.equals(input.get("name"));
  }

  private Question rows(Deployment one, Infer asked) {
    if (one.engine().inputs().stream().anyMatch(input -> input.name().equals(ROWS))) {
      return tensors(one, asked); // its own input
    }
    String where = "model " + one.target().model() + ", input " + ROWS;
    try {
      StoredFields fields =
          StoredFields.of("request", asked.fields(), "id", "parameters", "inputs", "outputs");
      StoredFields none = StoredFields.of(fields.path("parameters"), fields.get("parameters"));
      StoredFields input =
          fields.objects("inputs", "name", "datatype", "shape", "parameters", "data").get(0);
      StoredFields parameters = StoredFields.of(none.path(ROWS), input.get("parameters"), TYPE);
      if (!(input.get("shape") instanceof double[] shape)
          || !Arrays.equals(shape, new double[] {1})
          || !input.text("datatype").equals(DataType.BYTES.name())) {
        throw Refusal.badRequest(where + ": expected BYTES of the shape [1], a text of rows");
      }
      for (StoredFields output : outputs(fields)) {
        if (!output.text("name").equals(PREDICTIONS)) {
          throw output.wrong("name", PREDICTIONS + ", all that comes of rows");
        }
      }
      TensorReader reader = new TensorReader(where, DataType.BYTES, List.of(1));
      if (input.get("data") instanceof ByteBuffer bytes) {
        reader.read(bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN));
      } else {
        reader.read(input.get("data"));
      }
      TableRequest.Format type =
          TableRequest.Format.of(
              where + ", parameter " + TYPE, parameters.has(TYPE) ? parameters.text(TYPE) : null);
      Question table =
          TableRequest.read(
                  one,
                  inference.limits(),
                  type,
                  TableRequest.Format.OPEN,
                  ByteBuffer.wrap(reader.texts().get(0).getBytes(StandardCharsets.UTF_8)))
              .question();
      String id = fields.has("id") ? (String) fields.get("id") : null;
      return new Question(
          table.inputs(),
          null,
          outputs -> GrpcWriter.text(one.target(), id, PREDICTIONS, table.answer().apply(outputs)));
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest(Printable.reason(e));
    }
  }

  private static List<StoredFields> outputs(StoredFields fields) {
    return List.of().equals(fields.get("outputs"))
        ? List.of()
        : fields.objects("outputs", "name", "parameters");
  }
}
