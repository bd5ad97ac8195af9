package io.github.lstm4j.backend.cuda;

import static io.github.lstm4j.backend.cuda.CudaCalls.check;
import static io.github.lstm4j.backend.cuda.CudaCalls.misuse;
import static jcuda.driver.JCudaDriver.cuStreamIsCapturing;

import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureStatus;

/** A stream, and its cuBLAS once it has multiplied. */
final class NativeStream {
  final CUstream handle;
  private Cublas cublas;

  NativeStream(CUstream handle) {
    this.handle = handle;
  }

  Cublas cublas(int computeCapability) {
    if (cublas == null) {
      int[] status = {CUstreamCaptureStatus.CU_STREAM_CAPTURE_STATUS_NONE};
      check(cuStreamIsCapturing(handle, status), "cuStreamIsCapturing");
      if (status[0] != CUstreamCaptureStatus.CU_STREAM_CAPTURE_STATUS_NONE) {
        throw misuse(
            "gemm: the first product in a stream allocates and cannot be recorded; run it once before");
      }
      cublas = new Cublas(handle, computeCapability);
    }
    return cublas;
  }

  void closeCublas() {
    if (cublas != null) {
      cublas.close();
      cublas = null;
    }
  }
}
