package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.backend.Buffer;

/** A variable in an array of its own. */
final class CpuBuffer implements Buffer {
  private final int size;
  private float[] values;

  CpuBuffer(int size) {
    this.size = size;
    this.values = new float[size];
  }

  float[] values() {
    if (values == null) {
      throw new IllegalStateException("the buffer is closed");
    }
    return values;
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
