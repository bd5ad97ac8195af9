package io.github.lstm4j.io.onnx;

import io.github.lstm4j.io.onnx.proto.ElementType;
import java.util.List;

/** What a name in a graph stands for: numbers that are known at import, or data. */
sealed interface Operand permits Constant, Data {
  /** What its elements are. */
  ElementType type();

  /** The lengths of its axes. */
  List<Dim> shape();

  /** The number of axes. */
  default int rank() {
    return shape().size();
  }
}
