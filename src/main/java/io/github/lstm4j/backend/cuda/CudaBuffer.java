package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.tensor.DType;

/**
 * A variable in the memory of one device. Reads and writes wait for what was given to it before.
 */
final class CudaBuffer implements Buffer, CudaContext.Resource {
  private final CudaContext context;
  private final DType dtype;
  private final int size;
  private long pointer;

  /** Zeros. */
  CudaBuffer(CudaContext context, DType dtype, int size) {
    this.context = context;
    this.dtype = dtype;
    this.size = size;
    context.call(this::allocate);
  }

  private void allocate() {
    CudaDriver driver = context.driver();
    int elements = Math.max(size, 1);
    pointer = context.allocate(dtype.bytes(elements), "a variable of " + size + " elements");
    try {
      driver.fill(pointer, 0, elements, context.stream(0));
    } catch (RuntimeException | Error e) {
      free();
      throw e;
    }
    context.own(this);
  }

  /** Whose memory it is. */
  CudaContext context() {
    return context;
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
    context.use(() -> context.upload(source, size, pointer()));
  }

  @Override
  public void read(float[] target) {
    context.use(() -> context.download(pointer(), target, size));
  }

  @Override
  public void close() {
    context.free(this);
  }

  @Override
  public void free() {
    if (pointer != 0) {
      long freed = pointer;
      pointer = 0;
      context.freeMemory(freed);
    }
  }
}
