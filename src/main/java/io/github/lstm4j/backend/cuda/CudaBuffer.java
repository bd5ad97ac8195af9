package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.tensor.DType;
import java.nio.ByteBuffer;

/** A variable in device memory. Reads and writes wait for the device. */
final class CudaBuffer implements Buffer {
  private final CudaBackend backend;
  private final DType dtype;
  private final int size;
  private long pointer;

  CudaBuffer(CudaBackend backend, DType dtype, int size) {
    this.backend = backend;
    this.dtype = dtype;
    this.size = size;
    CudaDriver driver = backend.driver();
    pointer =
        backend.allocate(dtype.bytes(Math.max(size, 1)), "a variable of " + size + " elements");
    try {
      driver.fill(pointer, 0, Math.max(size, 1), 0);
      driver.synchronize(0);
    } catch (RuntimeException | Error e) {
      CudaBackend.release(() -> driver.free(pointer));
      throw e;
    }
  }

  long pointer() {
    if (pointer == 0) {
      throw new IllegalStateException("the variable's memory was freed");
    }
    return pointer;
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void write(float[] source) {
    synchronized (backend) {
      inChunks(
          (driver, pinned, at, n) -> {
            pinned.asFloatBuffer().put(source, at, n);
            driver.upload(pointer() + 4L * at, pinned, 0, 4L * n, 0);
            driver.synchronize(0);
          });
    }
  }

  @Override
  public void read(float[] target) {
    synchronized (backend) {
      inChunks(
          (driver, pinned, at, n) -> {
            driver.download(pinned, 0, pointer() + 4L * at, 4L * n, 0);
            driver.synchronize(0);
            pinned.asFloatBuffer().get(target, at, n);
          });
    }
  }

  private interface Chunk {
    void copy(CudaDriver driver, ByteBuffer pinned, int at, int n);
  }

  private void inChunks(Chunk chunk) {
    backend.settle();
    ByteBuffer pinned = backend.transfer();
    int most = pinned.capacity() / Float.BYTES;
    for (int at = 0; at < size; at += most) {
      chunk.copy(backend.driver(), pinned, at, Math.min(most, size - at));
    }
  }

  @Override
  public void close() {
    synchronized (backend) {
      if (pointer != 0) {
        long freed = pointer;
        pointer = 0;
        backend.disown(this);
        CudaBackend.release(backend::settle);
        CudaBackend.release(() -> backend.driver().free(freed));
      }
    }
  }
}
