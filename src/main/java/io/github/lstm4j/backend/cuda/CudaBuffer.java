package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.Buffer;

/**
 * A variable in the memory of one device. Reads and writes wait for what was given to it before.
 */
final class CudaBuffer implements Buffer, CudaContext.Resource {
  private final CudaContext context;
  private final int size;
  private long pointer;

  /** Zeros. */
  CudaBuffer(CudaContext context, int size) {
    this.context = context;
    this.size = size;
    context.call(this::allocate);
  }

  private void allocate() {
    CudaDriver driver = context.driver();
    int floats = Math.max(size, 1);
    pointer = context.allocate(4L * floats, "a variable of " + size + " floats");
    try {
      driver.fill(pointer, 0, floats, context.stream(0));
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
      CudaContext.release(() -> context.driver().free(freed));
    }
  }
}
