package io.github.lstm4j.serve;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** ONNX Runtime behind the same server, to compare with: a model of one input and one output. */
final class OnnxRuntimeEngine implements Engine {
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
  public Tensor encode(int number, Shape shape, List<String> texts) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void check(List<Tensor> rows) {}

  @Override
  public boolean batches() {
    return true;
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
  public int stateSize() {
    throw new IllegalArgumentException("rows alone");
  }

  @Override
  public List<Tensor> step(List<Tensor> readings, float[][] states) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<Task> task() {
    return Optional.empty();
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
