package io.github.lstm4j.backend.cuda.sim;

import io.github.lstm4j.backend.cuda.DeviceException;
import java.util.Map;

/** The error codes the simulated driver gives, with their names. */
final class CudaErrors {
  static final int INVALID_VALUE = 1;
  static final int OUT_OF_MEMORY = 2;
  static final int DEINITIALIZED = 4;
  static final int DEVICE_UNAVAILABLE = 46;
  static final int INVALID_PTX = 218;
  static final int INVALID_HANDLE = 400;
  static final int NOT_FOUND = 500;
  static final int COOPERATIVE_TOO_LARGE = 720;
  static final int NOT_SUPPORTED = 801;
  static final int CAPTURE_UNSUPPORTED = 900;
  static final int CAPTURE_INVALIDATED = 901;
  static final int CAPTURE_MERGE = 902;
  static final int CAPTURE_UNMATCHED = 903;
  static final int CAPTURE_UNJOINED = 904;
  static final int CAPTURE_ISOLATION = 905;

  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE"),
          Map.entry(OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY"),
          Map.entry(DEINITIALIZED, "CUDA_ERROR_DEINITIALIZED"),
          Map.entry(DEVICE_UNAVAILABLE, "CUDA_ERROR_DEVICE_UNAVAILABLE"),
          Map.entry(INVALID_PTX, "CUDA_ERROR_INVALID_PTX"),
          Map.entry(INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE"),
          Map.entry(NOT_FOUND, "CUDA_ERROR_NOT_FOUND"),
          Map.entry(700, "CUDA_ERROR_ILLEGAL_ADDRESS"),
          Map.entry(701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"),
          Map.entry(719, "CUDA_ERROR_LAUNCH_FAILED"),
          Map.entry(COOPERATIVE_TOO_LARGE, "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE"),
          Map.entry(NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED"),
          Map.entry(CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"),
          Map.entry(CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"),
          Map.entry(CAPTURE_MERGE, "CUDA_ERROR_STREAM_CAPTURE_MERGE"),
          Map.entry(CAPTURE_UNMATCHED, "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED"),
          Map.entry(CAPTURE_UNJOINED, "CUDA_ERROR_STREAM_CAPTURE_UNJOINED"),
          Map.entry(CAPTURE_ISOLATION, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION"));

  private CudaErrors() {}

  /** A failed call: {@code cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY (2): details}. */
  static DeviceException error(CudaCall call, int code, String details) {
    String name = NAMES.getOrDefault(code, "error");
    return new DeviceException(
        call.function + ": " + name + " (" + code + ")" + (details.isEmpty() ? "" : ": " + details),
        code);
  }
}
