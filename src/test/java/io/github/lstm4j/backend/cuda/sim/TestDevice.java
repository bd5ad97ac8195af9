package io.github.lstm4j.backend.cuda.sim;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A simulated device with the kernels of one test file, and arrays carried to it and back. */
final class TestDevice implements AutoCloseable {
  final SimulatedCuda cuda;
  private final long module;

  TestDevice(SimulatedCuda cuda, String ptx) {
    this.cuda = cuda;
    module = cuda.loadModule("test", ptx);
  }

  /** A device with all checks and a file of {@code src/test/resources/ptx}. */
  static TestDevice of(String file) {
    return new TestDevice(SimulatedCuda.builder().build(), text(file));
  }

  static String text(String file) {
    try (var in = TestDevice.class.getResourceAsStream("/ptx/" + file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long empty(long bytes) {
    return cuda.allocate(bytes);
  }

  long floats(float... values) {
    var buffer = cuda.allocatePinned(Math.max(1, 4 * values.length));
    buffer.asFloatBuffer().put(values);
    return upload(buffer, 4 * values.length);
  }

  long ints(int... values) {
    var buffer = cuda.allocatePinned(Math.max(1, 4 * values.length));
    buffer.asIntBuffer().put(values);
    return upload(buffer, 4 * values.length);
  }

  long bytes(byte... values) {
    var buffer = cuda.allocatePinned(Math.max(1, values.length));
    buffer.duplicate().put(values);
    return upload(buffer, values.length);
  }

  private long upload(ByteBuffer buffer, int bytes) {
    long pointer = cuda.allocate(Math.max(1, bytes));
    cuda.upload(pointer, buffer, 0, bytes, 0);
    cuda.synchronize(0);
    cuda.freePinned(buffer);
    return pointer;
  }

  float[] readFloats(long pointer, int count) {
    var values = new float[count];
    download(pointer, 4 * count).asFloatBuffer().get(values);
    return values;
  }

  int[] readInts(long pointer, int count) {
    var values = new int[count];
    download(pointer, 4 * count).asIntBuffer().get(values);
    return values;
  }

  byte[] readBytes(long pointer, int count) {
    var values = new byte[count];
    download(pointer, count).get(values);
    return values;
  }

  private ByteBuffer download(long pointer, int bytes) {
    var buffer = cuda.allocatePinned(bytes);
    cuda.download(buffer, 0, pointer, bytes, 0);
    cuda.synchronize(0);
    cuda.freePinned(buffer);
    return buffer;
  }

  void launch(String kernel, Dim3 grid, Dim3 block, int sharedBytes, Object... arguments) {
    launch(kernel, LaunchConfig.of(grid, block).withShared(sharedBytes), arguments);
  }

  void launch(String kernel, LaunchConfig config, Object... arguments) {
    long launch = cuda.prepareLaunch(cuda.function(module, kernel), kernel, config, arguments);
    cuda.launch(launch, 0);
    cuda.synchronize(0);
    cuda.freeLaunch(launch);
  }

  void launch(String kernel, int grid, int block, Object... arguments) {
    launch(kernel, Dim3.of(grid), Dim3.of(block), 0, arguments);
  }

  @Override
  public void close() {
    cuda.close();
  }
}
