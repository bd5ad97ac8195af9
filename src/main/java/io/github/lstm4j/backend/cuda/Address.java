package io.github.lstm4j.backend.cuda;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/** A pointer of JCuda to host memory that shows its address. */
final class Address extends Pointer {
  Address() {}

  Address(long address) {
    super(address);
  }

  long value() {
    return getNativePointer();
  }

  /** A pointer of JCuda to device memory that shows its address. */
  static final class OfDevice extends CUdeviceptr {
    private static final CUdeviceptr NULL = new CUdeviceptr();

    OfDevice() {}

    OfDevice(long address) {
      super(NULL, address); // JCuda offers no other way to a pointer of a given address
    }

    long value() {
      return getNativePointer();
    }
  }
}
