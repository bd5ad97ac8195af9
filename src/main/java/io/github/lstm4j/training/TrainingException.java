package io.github.lstm4j.training;

/**
 * A training ended because a callback or a source of batches failed; what they threw is the cause.
 * What was measured until then is in {@link #history}. The model is as after the last step, and can
 * be trained again.
 *
 * <p>Where {@code fit} itself refuses something on the way (data with NaN, a batch of a wrong
 * shape) its own exception is thrown, and this one is among the {@linkplain #getSuppressed
 * suppressed} of it.
 */
public final class TrainingException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final transient History history;

  TrainingException(String message, Throwable cause, History history) {
    super(message, cause);
    this.history = history;
  }

  /** The epochs that were done. */
  public History history() {
    return history;
  }
}
