package io.github.lstm4j.serve;

import io.github.lstm4j.io.JsonWriter;
import io.github.lstm4j.serve.InferenceRequest.Wanted;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes answers: JSON, and behind it the outputs that are wanted as bytes. */
final class ResponseWriter {
  static final String JSON = "application/json";
  static final String PLATFORM = "lstm4j";
  static final String BINARY = "application/octet-stream";

  /** Says how much of a body is JSON. */
  static final String JSON_LENGTH = "Inference-Header-Content-Length";

  private ResponseWriter() {}

  /** The outputs of a model, as the request wants them. */
  static Answer answer(
      Answer.Target target, List<TensorSpec> specs, InferenceRequest request, List<Tensor> all) {
    List<Object> outputs = new ArrayList<>();
    List<Tensor> behind = new ArrayList<>();
    int size = 0;
    for (Wanted wanted : request.outputs()) {
      Tensor values = all.get(wanted.number());
      Map<String, Object> output = new LinkedHashMap<>();
      output.put("name", specs.get(wanted.number()).name());
      output.put("datatype", DataType.FP32.name());
      output.put("shape", values.shape().dims());
      if (wanted.binary()) {
        int bytes = values.size() * Float.BYTES;
        output.put("parameters", Map.of("binary_data_size", bytes));
        behind.add(values);
        size += bytes;
      } else {
        output.put("data", values.data());
      }
      outputs.add(output);
    }
    Map<String, Object> response = new LinkedHashMap<>();
    response.put("model_name", target.model());
    response.put("model_version", target.version());
    if (request.id() != null) {
      response.put("id", request.id());
    }
    if (request.sequence() != null) {
      Map<String, Object> sequence = new LinkedHashMap<>();
      sequence.put("sequence_id", request.sequence().id());
      sequence.put("sequence_start", request.sequence().start());
      sequence.put("sequence_end", request.sequence().end());
      response.put("parameters", sequence);
    }
    response.put("outputs", outputs);
    byte[] json = bytes(response);
    if (behind.isEmpty()) {
      return Answer.of(JSON, json, target);
    }
    ByteBuffer body = ByteBuffer.allocate(json.length + size).order(ByteOrder.LITTLE_ENDIAN);
    body.put(json);
    for (Tensor values : behind) {
      for (float value : values.data()) {
        body.putFloat(value);
      }
    }
    Map<String, String> length = Map.of(JSON_LENGTH, Integer.toString(json.length));
    return new Answer(Answer.OK, BINARY, length, body.flip(), target, null);
  }

  /** What {@code GET v2/models/NAME} says. */
  static Map<String, Object> metadata(String name, List<String> versions, Engine engine) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("name", name);
    metadata.put("versions", versions);
    metadata.put("platform", PLATFORM);
    metadata.put("inputs", tensors(engine.inputs()));
    metadata.put("outputs", tensors(engine.outputs()));
    return metadata;
  }

  private static List<Object> tensors(List<TensorSpec> specs) {
    List<Object> all = new ArrayList<>();
    for (TensorSpec spec : specs) {
      Map<String, Object> tensor = new LinkedHashMap<>();
      tensor.put("name", spec.name());
      tensor.put("datatype", spec.type().name());
      tensor.put("shape", Arrays.stream(spec.shape().dims()).boxed().toList());
      all.add(tensor);
    }
    return all;
  }

  static byte[] bytes(Object json) {
    try {
      return JsonWriter.line(json).getBytes(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // there is nothing in it that JSON does not have
    }
  }
}
