package io.github.lstm4j.serve;

import io.github.lstm4j.io.ProtoWriter;
import io.github.lstm4j.serve.InferenceRequest.Wanted;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Writes the messages of answers over gRPC, as {@link GrpcReader} reads those of requests. */
final class GrpcWriter {
  private static final String TYPE = "application/grpc";

  private GrpcWriter() {}

  private static Answer answer(Answer.Target target, ProtoWriter.Message message) {
    return Answer.of(TYPE, ProtoWriter.bytes(message), target);
  }

  /** {@code ServerLiveResponse}, {@code ServerReadyResponse} or {@code ModelReadyResponse}. */
  static Answer flag(boolean value, Answer.Target target) {
    return answer(target, out -> out.whole(1, value ? 1 : 0));
  }

  /** {@code ServerMetadataResponse}. */
  static Answer server(String name, String version, List<String> extensions) {
    return answer(
        Answer.Target.NONE,
        out -> {
          out.text(1, name);
          out.text(2, version);
          out.texts(3, extensions);
        });
  }

  /** {@code ModelMetadataResponse}. */
  static Answer model(Deployment one, List<String> versions) {
    return answer(
        one.target(),
        out -> {
          out.text(1, one.target().model());
          out.texts(2, versions);
          out.text(3, ResponseWriter.PLATFORM);
          for (TensorSpec spec : one.engine().inputs()) {
            out.message(4, tensor -> tensor(tensor, spec.name(), spec.type(), spec.shape().dims()));
          }
          for (TensorSpec spec : one.engine().outputs()) {
            out.message(5, tensor -> tensor(tensor, spec.name(), spec.type(), spec.shape().dims()));
          }
        });
  }

  private static void tensor(ProtoWriter out, String name, DataType type, int[] shape)
      throws IOException {
    out.text(1, name);
    out.text(2, type.name());
    out.wholes(3, Arrays.stream(shape).asLongStream().boxed().toList());
  }

  /** {@code ModelInferResponse}; the outputs all as bytes, or none of them. */
  static Answer outputs(
      Answer.Target target, List<TensorSpec> specs, InferenceRequest request, List<Tensor> all) {
    return answer(
        target,
        out -> {
          head(out, target, request.id());
          if (request.sequence() != null) {
            sequence(out, request.sequence());
          }
          for (Wanted wanted : request.outputs()) {
            Tensor values = all.get(wanted.number());
            out.message(
                5,
                output -> {
                  String name = specs.get(wanted.number()).name();
                  tensor(output, name, DataType.FP32, values.shape().dims());
                  if (!wanted.binary()) {
                    output.message(5, contents -> contents.raw(6, values.data()));
                  }
                });
          }
          for (Wanted wanted : request.outputs()) {
            if (wanted.binary()) {
              out.raw(6, all.get(wanted.number()).data());
            }
          }
        });
  }

  /** {@code ModelInferResponse} with one output, which is a text. */
  static Answer text(Answer.Target target, String id, String name, Answer answer) {
    String text = StandardCharsets.UTF_8.decode(answer.body().duplicate()).toString();
    return answer(
        target,
        out -> {
          head(out, target, id);
          out.message(
              5,
              output -> {
                tensor(output, name, DataType.BYTES, new int[] {1});
                parameter(output, 4, "content_type", value -> value.text(3, answer.type()));
                output.message(5, contents -> contents.texts(8, List.of(text)));
              });
        });
  }

  private static void head(ProtoWriter out, Answer.Target target, String id) throws IOException {
    out.text(1, target.model());
    out.text(2, target.version());
    out.text(3, id == null ? "" : id);
  }

  private static void sequence(ProtoWriter out, SequencePart part) throws IOException {
    parameter(
        out,
        4,
        "sequence_id",
        value -> {
          if (part.id() instanceof BigInteger number) { // uint64 only where int64 ends
            value.always(number.bitLength() < Long.SIZE ? 2 : 5, number.longValue());
          } else {
            value.text(3, part.id().toString());
          }
        });
    parameter(out, 4, "sequence_start", value -> value.always(1, part.start() ? 1 : 0));
    parameter(out, 4, "sequence_end", value -> value.always(1, part.end() ? 1 : 0));
  }

  private static void parameter(ProtoWriter out, int field, String name, ProtoWriter.Message value)
      throws IOException {
    out.message(
        field,
        entry -> {
          entry.text(1, name);
          entry.message(2, value);
        });
  }
}
