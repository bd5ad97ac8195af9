package io.github.lstm4j.backend.cuda.sim;

import java.util.List;
import java.util.stream.Collectors;

/**
 * One instruction as written.
 *
 * @param line its line in the file, from 1
 * @param guard the register of {@code @guard} or {@code @!guard}, or null
 * @param negated whether it is {@code @!guard}
 * @param opcode with its modifiers
 */
record PtxStatement(
    int line, String guard, boolean negated, String opcode, List<Operand> operands) {
  @Override
  public String toString() {
    String condition = guard == null ? "" : (negated ? "@!" : "@") + guard + " ";
    return condition
        + opcode
        + operands.stream().map(Object::toString).collect(Collectors.joining(", ", " ", ""));
  }
}
