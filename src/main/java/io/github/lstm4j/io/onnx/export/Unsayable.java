package io.github.lstm4j.io.onnx.export;

/** What a model has and ONNX's operators, or those of the version chosen, cannot say. */
final class Unsayable extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param what of a layer, which is named by who collects them: {@code peephole=full_output}
   */
  Unsayable(String what) {
    super(what);
  }
}
