package io.github.lstm4j.backend.cuda.sim;

import java.util.List;

/** What an instruction works on, as written. */
sealed interface Operand {
  /** A register, a special register, a variable or a label. */
  record Name(String name) implements Operand {
    @Override
    public String toString() {
      return name;
    }
  }

  /** A number, as its bits. */
  record Literal(long bits) implements Operand {}

  /** {@code [base+offset]}; the base is a {@link Name} or a {@link Literal}. */
  record Address(Operand base, long offset) implements Operand {}

  /** <code>{a, b}</code>. */
  record Vector(List<Operand> elements) implements Operand {}

  /** {@code value|predicate}. */
  record Pair(Operand value, Operand predicate) implements Operand {}

  /** {@code !predicate}. */
  record Not(Operand predicate) implements Operand {}
}
