package io.github.lstm4j.serve;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.lstm4j.tensor.Tensor;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** ONNX Runtime behind the same server, to compare with: a model of one input and one output. */
final class OnnxRuntimeEngine extends RowsEngine {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final List<TensorSpec> inputs;
  private final List<TensorSpec> outputs;
  private final String input;

  OnnxRuntimeEngine(Path file, Engine ours, int threads) {
    try {
      OrtSession.SessionOptions options = new OrtSession.SessionOptions();
      options.setIntraOpNumThreads(threads);
      session = environment.createSession(file.toString(), options);
      input = session.getInputNames().iterator().next();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
    inputs = ours.inputs();
    outputs = ours.outputs();
  }

  @Override
  public List<TensorSpec> inputs() {
    return inputs;
  }

  @Override
  public List<TensorSpec> outputs() {
    return outputs;
  }

  @Override
  public List<Tensor> run(List<Tensor> rows, int most) {
    Tensor x = rows.get(0);
    long[] shape = Arrays.stream(x.shape().dims()).asLongStream().toArray();
    try (OnnxTensor in = OnnxTensor.createTensor(environment, FloatBuffer.wrap(x.data()), shape);
        OrtSession.Result result = session.run(Map.of(input, in))) {
      OnnxTensor out = (OnnxTensor) result.get(0);
      FloatBuffer values = out.getFloatBuffer();
      float[] y = new float[values.remaining()];
      values.get(y);
      return List.of(Tensor.of(y, x.dim(0), y.length / x.dim(0)));
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
