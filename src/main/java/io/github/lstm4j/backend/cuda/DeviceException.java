package io.github.lstm4j.backend.cuda;

/** A CUDA or cuBLAS call failed; the message names the call, the error and the sizes involved. */
public final class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int code;

  /**
   * @param code the CUresult, or the cuBLAS status
   */
  public DeviceException(String message, int code) {
    super(message);
    this.code = code;
  }

  /** The CUresult, or the cuBLAS status. */
  public int code() {
    return code;
  }
}
