package io.github.lstm4j.io.onnx;

/** A graph has constants of a value for each sample: it serves batches of that size alone. */
final class FixedBatch extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int samples;

  FixedBatch(int samples) {
    super(null, null, false, false);
    this.samples = samples;
  }

  int samples() {
    return samples;
  }
}
