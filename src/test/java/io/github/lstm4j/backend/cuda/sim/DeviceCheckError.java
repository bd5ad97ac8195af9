package io.github.lstm4j.backend.cuda.sim;

/**
 * A check of the simulated device found a fault that a real device would not, or not reliably,
 * report. It is an {@link AssertionError} so that no code under test takes it for a failing device
 * and carries on without it.
 */
public final class DeviceCheckError extends AssertionError {
  private static final long serialVersionUID = 1L;

  /** A finding, in words. */
  public DeviceCheckError(String message) {
    super(message);
  }

  /** A finding with the one that led to it. */
  public DeviceCheckError(String message, Throwable cause) {
    super(message, cause);
  }
}
