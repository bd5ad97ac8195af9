package io.github.lstm4j.io.onnx.export;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.github.lstm4j.tensor.Tensor;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** ONNX Runtime, which judges what we write. */
public final class Ort implements AutoCloseable {
  private final OrtSession session;

  public Ort(byte[] model) throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setSessionLogLevel(ai.onnxruntime.OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
      session = OrtEnvironment.getEnvironment().createSession(model, options);
    }
  }

  public List<String> inputNames() {
    return List.copyOf(session.getInputNames());
  }

  public List<String> outputNames() {
    return List.copyOf(session.getOutputNames());
  }

  /** The outputs by name for inputs in their order. */
  public Map<String, Tensor> run(List<Tensor> inputs) throws OrtException {
    Map<String, Tensor> byName = new LinkedHashMap<>();
    List<String> names = inputNames();
    if (names.size() != inputs.size()) {
      throw new IllegalArgumentException(inputs.size() + " inputs for " + names);
    }
    for (int i = 0; i < names.size(); i++) {
      byName.put(names.get(i), inputs.get(i));
    }
    return run(byName);
  }

  /** The outputs by name for inputs by name. */
  public Map<String, Tensor> run(Map<String, Tensor> inputs) throws OrtException {
    OrtEnvironment env = OrtEnvironment.getEnvironment();
    Map<String, NodeInfo> known = session.getInputInfo();
    Map<String, OnnxTensor> fed = new LinkedHashMap<>();
    for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
      Tensor x = input.getValue();
      long[] shape = Arrays.stream(x.shape().dims()).asLongStream().toArray();
      boolean ids =
          known.containsKey(input.getKey())
              && ((TensorInfo) known.get(input.getKey()).getInfo()).type == OnnxJavaType.INT64;
      fed.put(
          input.getKey(),
          ids
              ? OnnxTensor.createTensor(env, LongBuffer.wrap(wholes(x.data())), shape)
              : OnnxTensor.createTensor(env, FloatBuffer.wrap(x.data()), shape));
    }
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    try (OrtSession.Result result = session.run(fed)) {
      for (Map.Entry<String, ai.onnxruntime.OnnxValue> output : result) {
        OnnxTensor tensor = (OnnxTensor) output.getValue();
        FloatBuffer values = tensor.getFloatBuffer();
        float[] all = new float[values.remaining()];
        values.get(all);
        int[] shape =
            Arrays.stream(tensor.getInfo().getShape()).mapToInt(Math::toIntExact).toArray();
        outputs.put(output.getKey(), Tensor.of(all, shape));
      }
    } finally {
      new ArrayList<>(fed.values()).forEach(OnnxTensor::close);
    }
    return outputs;
  }

  private static long[] wholes(float[] values) {
    long[] all = new long[values.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (long) values[i];
    }
    return all;
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
