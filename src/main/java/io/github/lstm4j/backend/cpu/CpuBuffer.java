package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.tensor.DType;
import io.github.lstm4j.tensor.Memory;

/** A variable in an array of its own, or data in that of a user. */
final class CpuBuffer implements Buffer {
  private final DType dtype;
  private final int size;
  private float[] values;

  CpuBuffer(DType dtype, int size) {
    this.dtype = dtype;
    this.size = size;
    this.values = Memory.floats(size, "its memory for computing");
  }

  CpuBuffer(float[] data) {
    this.dtype = DType.FLOAT32;
    this.size = data.length;
    this.values = data;
  }

  float[] values() {
    if (values == null) {
      throw new IllegalStateException("the buffer is closed");
    }
    return values;
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
    System.arraycopy(source, 0, values(), 0, size);
  }

  @Override
  public void read(float[] target) {
    System.arraycopy(values(), 0, target, 0, size);
  }

  @Override
  public void close() {
    values = null;
  }
}
