package io.github.lstm4j.backend.cuda;

import java.nio.ByteBuffer;

/** Floats to the device and back, for tests. */
final class DeviceArrays {
  private final CudaDriver driver;

  DeviceArrays(CudaDriver driver) {
    this.driver = driver;
  }

  /** A new device array with these values. */
  long of(float[] values) {
    long pointer = driver.allocate(values.length * 4L);
    ByteBuffer pinned = driver.allocatePinned(values.length * 4);
    pinned.asFloatBuffer().put(values);
    driver.upload(pointer, pinned, 0, values.length * 4L, 0);
    driver.synchronize(0);
    driver.freePinned(pinned);
    return pointer;
  }

  /** The first values of a device array. */
  float[] read(long pointer, int length) {
    ByteBuffer pinned = driver.allocatePinned(length * 4);
    driver.download(pinned, 0, pointer, length * 4L, 0);
    driver.synchronize(0);
    float[] values = new float[length];
    pinned.asFloatBuffer().get(values);
    driver.freePinned(pinned);
    return values;
  }
}
