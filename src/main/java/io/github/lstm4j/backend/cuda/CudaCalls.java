package io.github.lstm4j.backend.cuda;

import java.util.Locale;
import jcuda.driver.CUresult;
import jcuda.jcublas.cublasStatus;

/** Turns the result codes of the driver and of cuBLAS into exceptions. */
final class CudaCalls {
  private CudaCalls() {}

  /** Throws unless {@code result} is CUDA_SUCCESS. */
  static void check(int result, String call) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(result, call, "");
    }
  }

  /**
   * What a failed driver call throws.
   *
   * @param details sizes and names, may be empty
   */
  static DeviceException failure(int result, String call, String details) {
    return new DeviceException(
        call + ": " + name(result) + (details.isEmpty() ? "" : ", " + details), result);
  }

  /** What a failed cuBLAS call throws. */
  static DeviceException cublasFailure(int status, String call, String details) {
    return new DeviceException(
        String.format(
            Locale.ROOT, "%s: %s (%d), %s", call, cublasStatus.stringFor(status), status, details),
        status);
  }

  /** What is thrown when a handle or pointer is not what it should be. */
  static DeviceException misuse(String message) {
    return new DeviceException(message, CUresult.CUDA_ERROR_INVALID_HANDLE);
  }

  /** An error as people know it: {@code CUDA_ERROR_NO_DEVICE (100)}. */
  static String name(int result) {
    return String.format(Locale.ROOT, "%s (%d)", CUresult.stringFor(result), result);
  }
}
