package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.tensor.DType;

/** A variable in memory of its own, or data in the array of a user. */
final class CpuBuffer implements Buffer {
  private final DType dtype;
  private final int size;
  private Aligned memory;

  CpuBuffer(DType dtype, int size) {
    this.dtype = dtype;
    this.size = size;
    this.memory = Aligned.floats(size, "its memory for computing");
  }

  CpuBuffer(float[] data) {
    this.dtype = DType.FLOAT32;
    this.size = data.length;
    this.memory = new Aligned(data, 0);
  }

  /** Where it lies. */
  Aligned memory() {
    if (memory == null) {
      throw new IllegalStateException("the buffer is closed");
    }
    return memory;
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
    System.arraycopy(source, 0, memory().values(), memory.at(), size);
  }

  @Override
  public void read(float[] target) {
    System.arraycopy(memory().values(), memory.at(), target, 0, size);
  }

  @Override
  public void close() {
    memory = null;
  }
}
